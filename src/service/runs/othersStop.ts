import { sleep } from '../../clock';
import type { NodeKey } from '../../graph/model/model';
import { inMilliseconds } from '../../graph/model/stopTimeout';
import { refreshUntilConsistent } from '../state/engineStateView';
import { isLaterStart } from './startTime';
import { stopTimeoutIn } from './stopTimes';
import type { UnitContext } from './runContext';

/** Milliseconds. How often the state of what another client stops is looked at, as events and lists have told it. */
const poll = 200;
/** How long what was killed may take to be down. */
const afterKill = 5_000;

/**
 * Waits for containers that another client is stopping, each for no longer than its stop timeout, and kills what has had it in
 * full. A second stop would cut the first one short (Podman 4.3.1 kills at once) or give the whole time once more (5.8.6, 6.1.1:
 * where the other client was killed, nothing else ends it).
 */
export async function awaitOthersStop(work: UnitContext, keys: readonly NodeKey[]): Promise<void> {
  await Promise.all(keys.map((key) => awaitOne(work, key)));
}

async function awaitOne(work: UnitContext, key: NodeKey): Promise<void> {
  const { clock, observed, plan, engine, unit, cancelled } = work;
  const life = observed.container(key)?.startedAt;
  const isStopping = () => {
    const container = observed.container(key);
    return container?.state === 'stopping' && !(life !== undefined && isLaterStart(container.startedAt, life));
  };
  const until = clock.now() + inMilliseconds(stopTimeoutIn(plan, key));
  while (isStopping() && clock.now() < until && !cancelled.aborted) await sleep(clock, poll, cancelled);
  if (!isStopping() || cancelled.aborted) return;
  try {
    // No event tells of a stop that was given up.
    await refreshUntilConsistent(observed, key);
    if (!isStopping() || cancelled.aborted) return;
    work.onStopSent([key]);
    await engine.kill(key, 'SIGKILL');
    await observed.waitUntil(unit.engine, () => !isStopping(), afterKill);
  } catch {
    // It ended meanwhile, or the engine is away: what follows says so better.
  }
}
