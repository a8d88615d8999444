import { sleep, systemClock } from '../clock';
import type { NodeKey } from '../graph/model/model';
import type { Report } from '../graph/plan/report';
import type { Run } from '../service/service';
import { Throttle } from '../service/throttle';
import { withNotification } from './display';
import { plainMessage } from './text/format';
import { progressText } from './text/status';

/** Minimum milliseconds between updates: each is a message to the window, and a run may have 10,000 steps. */
const updateDelay = 100;
/** Milliseconds between updates of the elapsed seconds. */
const timerInterval = 1000;

/** Milliseconds before a run gets a notification; the status bar shows shorter ones. */
const notificationDelay = 700;

/** Shows a run in a cancellable notification until it ends, unless it ends at once. */
export async function showRunProgress(run: Run, nameOf: (key: NodeKey) => string): Promise<Report> {
  const timeUp = new AbortController();
  const isShort = await Promise.race([
    run.done.then(() => true),
    sleep(systemClock, notificationDelay, timeUp.signal).then(() => false),
  ]);
  timeUp.abort();
  if (isShort) return run.done;
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
    const throttle = new Throttle(systemClock, show);
    const subscriptions = [
      run.onDidProgress(() => throttle.schedule(updateDelay)),
      token.onCancellationRequested(() => run.cancel()),
    ];
    const timer = setInterval(show, timerInterval);
    show();
    try {
      return await run.done;
    } finally {
      clearInterval(timer);
      throttle.dispose();
      for (const subscription of subscriptions) subscription.dispose();
    }
  });
}
