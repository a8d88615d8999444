import type { NodeKey } from '../graph/model/model';
import type { Report } from '../graph/plan/report';
import type { Run } from '../service/service';
import { withNotification } from './display';
import { plainMessage } from './text/format';
import { progressText } from './text/status';

/** Minimum milliseconds between updates: each is a message to the window, and a run may have 10,000 steps. */
const debounce = 100;
/** Milliseconds between updates of the elapsed seconds. */
const timerInterval = 1000;

/** Shows a run in a cancellable notification until it ends. */
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
    let pending: NodeJS.Timeout | undefined;
    const showSoon = () => {
      pending ??= setTimeout(() => {
        pending = undefined;
        show();
      }, debounce);
    };
    const subscriptions = [run.onDidProgress(showSoon), token.onCancellationRequested(() => run.cancel())];
    const timer = setInterval(show, timerInterval);
    show();
    try {
      return await run.done;
    } finally {
      clearInterval(timer);
      clearTimeout(pending);
      for (const subscription of subscriptions) subscription.dispose();
    }
  });
}
