import { EngineError } from '../../engine/error';
import type { NodeKey } from '../../graph/model';
import { isUp, type Observed } from '../observed';
import { isUnsent } from './doubt';
import type { UnitWork } from './unitWork';

/**
 * Sends a call that changes a target, and records it, with what it stops, unless it certainly never reached the engine.
 *
 * @param stops whether it stops what runs
 */
export async function sendCall(work: UnitWork, target: NodeKey, stops: boolean, call: () => Promise<void>) {
  const stopped = stops ? containersOf(work, target).filter((key) => isUp(work.observed, key)) : [];
  const takeBack = work.onStopSent(stopped);
  work.sent.add(target);
  try {
    await call();
  } catch (thrown) {
    if (isUnsent(EngineError.from(thrown))) {
      work.sent.delete(target);
      takeBack();
    }
    throw thrown;
  }
}

/** The containers of the unit that a call to a target concerns. */
export function containersOf(
  { observed, unit }: Pick<UnitWork, 'unit'> & { readonly observed: Pick<Observed, 'container'> },
  target: NodeKey,
): readonly NodeKey[] {
  return unit.nodes.filter((key) => key === target || observed.container(key)?.pod === target);
}
