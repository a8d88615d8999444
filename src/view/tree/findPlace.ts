import type { NodeKey } from '../../graph/model';
import { engineOf } from '../../graph/model';
import type { Occurrence } from './occurrence';
import type { TreeModel } from './treeModel';

/**
 * The first place of a node from the top, by the way on which it stands open most likely: only what the node needs, or is
 * in, is looked into, and each of these once.
 */
export function findPlace(model: Pick<TreeModel, 'children' | 'layout'>, key: NodeKey): Occurrence | undefined {
  const { graph } = model.layout;
  const above = new Set<NodeKey>([key]);
  for (const next of above) for (const { to } of graph.dependencies(next)) above.add(to);
  const seen = new Set<NodeKey>();
  let row: Occurrence[] = [...model.children(undefined)];
  while (row.length > 0) {
    const found = row.find((place) => place.kind === 'node' && place.key === key);
    if (found) return found;
    row = row.flatMap((place) => {
      if (place.kind !== 'node') return place.engine === engineOf(key) ? model.children(place) : [];
      if (!above.has(place.key) || seen.has(place.key)) return [];
      seen.add(place.key);
      return model.children(place);
    });
  }
  return undefined;
}
