import { EngineError } from '../../engine/error';
import type { NodeKey } from '../../graph/model/model';
import { type EngineStateView, isContainerActive } from '../state/engineStateView';
import { isUnsent, type UnitContext } from './runContext';

/**
 * Sends a call that changes a target, and records it, with what it stops, unless it certainly never reached the engine.
 *
 * @param stops whether it stops what runs
 */
export async function sendCall(work: UnitContext, target: NodeKey, stops: boolean, call: () => Promise<void>) {
  const stopped = stops ? containersOf(work, target).filter((key) => isContainerActive(work.observed, key)) : [];
  const cancel = work.onStopSent(stopped);
  work.sent.add(target);
  try {
    await call();
  } catch (thrown) {
    if (isUnsent(EngineError.from(thrown))) {
      work.sent.delete(target);
      cancel();
    }
    throw thrown;
  }
}

/** The containers of the unit that a call to a target concerns. */
export function containersOf(
  { observed, unit }: Pick<UnitContext, 'unit'> & { readonly observed: Pick<EngineStateView, 'container'> },
  target: NodeKey,
): readonly NodeKey[] {
  return unit.nodes.filter((key) => key === target || observed.container(key)?.pod === target);
}
