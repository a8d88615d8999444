import { type EngineId, type NodeKey, nodeKey } from '../../graph/model';
import { goError, podRefusal } from '../answers/refusal';
import { fields } from '../answers/json';
import type { EngineError } from '../error';

/**
 * What is wrong with a 200 to a pod's removal, undefined if nothing: `{Id, Err, RemovedCtrs: {id: null | "error"}}`. Podman
 * answers 200 with errors inside; `RemovedCtrs` is there since 4.6.
 */
export function podRemovalError(answer: unknown, engine: EngineId): EngineError | undefined {
  const { Err, RemovedCtrs } = fields(answer);
  const members = new Map<NodeKey, string>();
  for (const [id, error] of Object.entries(fields(RemovedCtrs))) {
    if (error !== null) members.set(nodeKey(engine, 'container', id), goError(error));
  }
  const own = Err === null || Err === undefined ? '' : goError(Err);
  if (!own && members.size === 0) return undefined;
  const errors = [...members.values()];
  return podRefusal(members, errors, own || errors.join('; '), 200);
}
