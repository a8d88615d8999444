import type { Clock } from '../../clock';
import type { NodeKey } from '../../graph/model/model';
import { type EngineStateView, refreshUntilConsistent } from '../state/engineStateView';

// A container's start time tells one of its lives from the next.

/** Milliseconds. The engine's clock may differ from this machine's by so much. */
const imprecisionWindowMs = 60_000;

/** Whether a time is in whole seconds, as lists have it, and so near that the next start could fall into that second. */
export function isImprecise(startedAt: number, wallTime: number): boolean {
  return startedAt % 1000 === 0 && Math.abs(wallTime - startedAt) < imprecisionWindowMs;
}

/** Whether one start came after another. Lists tell it in whole seconds, inspects in full: these may be one and the same. */
export function isLaterStart(now: number | undefined, then: number | undefined): boolean {
  if (now === undefined) return false;
  if (then === undefined) return true;
  return now > then && !(then % 1000 === 0 && now - then < 1000);
}

/** The start time of a container's present life, inspected where the list does not tell it well enough. */
export async function startTimeOf(
  observed: Pick<EngineStateView, 'container' | 'refresh'>,
  clock: Pick<Clock, 'wallTime'>,
  key: NodeKey,
): Promise<number | undefined> {
  const known = observed.container(key)?.startedAt;
  if (known === undefined || isImprecise(known, clock.wallTime())) await refreshUntilConsistent(observed, key);
  return observed.container(key)?.startedAt;
}
