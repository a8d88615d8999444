import { sleep } from '../../clock';
import type { NodeKey } from '../../graph/model/model';
import { inMilliseconds } from '../../graph/model/stopTimeout';
import { refreshUntilConsistent } from '../state/engineStateView';
import { isLaterStart } from './startTime';
import { stopTimeoutIn } from './stopTimes';
import type { UnitContext } from './runContext';

/** Milliseconds; reads the observed state only. */
const pollInterval = 200;
/** Milliseconds to wait for the exit of a killed container. */
const exitWait = 5_000;

/**
 * Waits for containers that another client is stopping, up to their stop timeouts, then kills the rest. A second stop would
 * cut the first short (Podman 4.3.1 kills at once) or start the whole timeout again (5.8.6, 6.1.1).
 */
export async function awaitOthersStop(context: UnitContext, keys: readonly NodeKey[]): Promise<void> {
  await Promise.all(keys.map((key) => awaitOne(context, key)));
}

async function awaitOne(context: UnitContext, key: NodeKey): Promise<void> {
  const { clock, observed, plan, engine, unit, cancelled } = context;
  const startedAt = observed.container(key)?.startedAt;
  const isStopping = () => {
    const container = observed.container(key);
    return (
      container?.state === 'stopping' && !(startedAt !== undefined && isLaterStart(container.startedAt, startedAt))
    );
  };
  const until = clock.now() + inMilliseconds(stopTimeoutIn(plan, key));
  while (isStopping() && clock.now() < until && !cancelled.aborted) await sleep(clock, pollInterval, cancelled);
  if (!isStopping() || cancelled.aborted) return;
  try {
    // A stop whose client was killed ends without an event.
    await refreshUntilConsistent(observed, key);
    if (!isStopping() || cancelled.aborted) return;
    context.onStopSent([key]);
    await engine.kill(key, 'SIGKILL');
    await observed.waitUntil(unit.engine, () => !isStopping(), exitWait);
  } catch {
    // The request that follows reports the error if it persists.
  }
}
