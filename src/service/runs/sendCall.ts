import { EngineError } from '../../engine/error';
import type { NodeKey } from '../../graph/model/model';
import { type EngineStateView, isContainerActive } from '../state/engineStateView';
import { isUnsent, type UnitContext } from './runContext';

/**
 * Sends a request that changes a target, and records it unless it certainly did not reach the engine.
 *
 * @param stops whether it stops running containers
 */
export async function sendCall(context: UnitContext, target: NodeKey, stops: boolean, call: () => Promise<void>) {
  const stopped = stops ? containersOf(context, target).filter((key) => isContainerActive(context.observed, key)) : [];
  const undo = context.onStopSent(stopped);
  context.sent.add(target);
  try {
    await call();
  } catch (thrown) {
    if (isUnsent(EngineError.from(thrown))) {
      context.sent.delete(target);
      undo();
    }
    throw thrown;
  }
}

/** The containers of the unit that a call to a target affects. */
export function containersOf(
  { observed, unit }: Pick<UnitContext, 'unit'> & { readonly observed: Pick<EngineStateView, 'container'> },
  target: NodeKey,
): readonly NodeKey[] {
  return unit.nodes.filter((key) => key === target || observed.container(key)?.pod === target);
}
