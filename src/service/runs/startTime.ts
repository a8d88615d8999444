import type { Clock } from '../../clock';
import type { NodeKey } from '../../graph/model/model';
import { type EngineStateView, refreshUntilConsistent } from '../state/engineStateView';

/** Identifies one start of a container, in milliseconds since the epoch; undefined if the engine did not report it. */
export type StartTime = number | undefined;

/** Tolerated difference between the engine's clock and this machine's, in milliseconds. */
const imprecisionWindowMs = 60_000;

/** Whether a time is in whole seconds, as in lists, and so recent that the next start could be in the same second. */
export function isImprecise(startedAt: number, wallTime: number): boolean {
  return startedAt % 1000 === 0 && Math.abs(wallTime - startedAt) < imprecisionWindowMs;
}

/** Whether one start came after another; a time in whole seconds and a precise one in that second are the same start. */
export function isLaterStart(now: StartTime, then: StartTime): boolean {
  if (now === undefined) return false;
  if (then === undefined) return true;
  return now > then && !(then % 1000 === 0 && now - then < 1000);
}

/** The current start time of a container, inspected if the list's is too imprecise. */
export async function startTimeOf(
  observed: Pick<EngineStateView, 'container' | 'refresh'>,
  clock: Pick<Clock, 'wallTime'>,
  key: NodeKey,
): Promise<StartTime> {
  const known = observed.container(key)?.startedAt;
  if (known === undefined || isImprecise(known, clock.wallTime())) await refreshUntilConsistent(observed, key);
  return observed.container(key)?.startedAt;
}
