import type { NodeKey } from '../graph/model';

/** Whether two sets of nodes, undefined standing for all there are, are the same. */
export function sameNodes(a: ReadonlySet<NodeKey> | undefined, b: ReadonlySet<NodeKey> | undefined): boolean {
  if (a === b) return true;
  if (!a || !b || a.size !== b.size) return false;
  for (const key of a) if (!b.has(key)) return false;
  return true;
}
