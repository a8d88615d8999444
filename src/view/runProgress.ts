import type { NodeKey } from '../graph/model/model';
import type { Report } from '../graph/plan/report';
import type { Run } from '../service/service';
import { withNotification } from './display';
import { plainMessage } from './text/format';
import { progressText } from './text/status';

/** Milliseconds for which steps are gathered: each telling is a message to the editor's window, and a removal may have ten thousand. */
const gather = 100;
/** Milliseconds between two looks at the clock: how long something has been stopping is told in seconds. */
const tick = 1000;

/** Shows a run in a notification with Cancel until it has ended. */
export function showRunProgress(run: Run, nameOf: (key: NodeKey) => string): Thenable<Report> {
  return withNotification(async (report, token) => {
    let shown = 0;
    const show = () => {
      const { finished, total } = run.progress;
      const done = total > 0 ? (100 * finished) / total : 0;
      report({
        message: plainMessage(progressText(run.progress, nameOf, Date.now(), run.plan.action)),
        increment: Math.max(0, done - shown),
      });
      shown = Math.max(shown, done);
    };
    let due: NodeJS.Timeout | undefined;
    const showSoon = () => {
      due ??= setTimeout(() => {
        due = undefined;
        show();
      }, gather);
    };
    const listening = [run.onDidProgress(showSoon), token.onCancellationRequested(() => run.cancel())];
    const ticker = setInterval(show, tick);
    show();
    try {
      return await run.done;
    } finally {
      clearInterval(ticker);
      clearTimeout(due);
      for (const listener of listening) listener.dispose();
    }
  });
}
