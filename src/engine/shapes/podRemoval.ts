import { type EngineId, type NodeKey, nodeKey } from '../../graph/model';
import { podRefusal } from '../answers/refusal';
import { fields, firstWords } from '../answers/json';
import type { EngineError } from '../error';

/**
 * What is wrong with a 200 to a pod's removal, undefined if nothing: `{Id, Err, RemovedCtrs: {id: null | "error"}}`. Podman
 * answers 200 with errors inside; `RemovedCtrs` is there since 4.6.
 */
export function podRemovalError(answer: unknown, engine: EngineId): EngineError | undefined {
  const { Err, RemovedCtrs } = fields(answer);
  const members = new Map<NodeKey, string>();
  for (const [id, error] of Object.entries(fields(RemovedCtrs))) {
    if (error !== null) members.set(nodeKey(engine, 'container', id), firstWords(said(error), 500));
  }
  const own = Err === null || Err === undefined ? '' : firstWords(said(Err), 500);
  if (!own && members.size === 0) return undefined;
  return podRefusal(members, own || [...members.values()].join('; '), 200);
}

/** Go errors arrive as text, or as `{}` where the type has no fields to show. */
function said(error: unknown): string {
  return typeof error === 'string' ? error : JSON.stringify(error);
}
