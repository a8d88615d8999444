import type { Clock } from '../../clock';
import type { NodeKey } from '../../graph/model';
import type { Observed } from '../observed';
import { lookSurely } from './lookSurely';

// A container's start time tells one of its lives from the next.

/** Milliseconds. The engine's clock may differ from this machine's by so much. */
const near = 60_000;

/** Whether a time is in whole seconds, as lists have it, and so near that the next start could fall into that second. */
export function isVague(startedAt: number, wallTime: number): boolean {
  return startedAt % 1000 === 0 && Math.abs(wallTime - startedAt) < near;
}

/** Whether one start came after another. Lists tell it in whole seconds, inspects in full: these may be one and the same. */
export function isLater(now: number | undefined, then: number | undefined): boolean {
  if (now === undefined) return false;
  if (then === undefined) return true;
  return now > then && !(then % 1000 === 0 && now - then < 1000);
}

/** The start time of a container's present life, inspected where the list does not tell it well enough. */
export async function startTimeOf(
  observed: Pick<Observed, 'container' | 'look'>,
  clock: Pick<Clock, 'wallTime'>,
  key: NodeKey,
): Promise<number | undefined> {
  const known = observed.container(key)?.startedAt;
  if (known === undefined || isVague(known, clock.wallTime())) await lookSurely(observed, key);
  return observed.container(key)?.startedAt;
}
