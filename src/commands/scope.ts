import type { NodeKey } from '../graph/model';
import type { Scope } from '../graph/plan';
import type { GraphView } from '../view/graphView';
import { countShown } from '../view/narrowing';
import type { Occurrence } from '../view/tree/occurrence';
import type { Picture } from '../view/tree/treeModel';

/** All that the view shows, and nothing else. */
export function everythingIn(picture: Pick<Picture, 'graph' | 'visible'>, filter: string): Scope {
  const { graph, visible } = picture;
  const chosen = [...graph.nodes.values()].filter(
    (node) => (visible?.has(node.key) ?? true) && (node.kind === 'pod' || !node.external),
  );
  const { shown, all } = countShown(picture);
  const narrowed = visible ? { narrowed: { filter, hidden: all - shown } } : {};
  return { chosen: chosen.map((node) => node.key), everything: true, ...narrowed };
}

/**
 * What a command on nodes means: the node that was clicked, with the selection if it is part of it; from palette and
 * keyboard, which pass nothing, the selection.
 */
export function placesMeant(
  clicked: Occurrence | undefined,
  selected: readonly Occurrence[] | undefined,
  view: Pick<GraphView, 'selection'>,
): readonly Occurrence[] {
  if (!clicked) return view.selection;
  return selected?.includes(clicked) ? selected : [clicked];
}

/** The nodes at some places, each once. */
export function scopeOf(places: readonly Occurrence[], view: Pick<GraphView, 'nodesAt'>): Scope {
  return { chosen: [...new Set<NodeKey>(view.nodesAt(places))], everything: false };
}
