import type { NodeKey } from '../graph/model';
import type { Scope } from '../graph/plan';
import type { GraphSnapshot } from '../service/service';
import type { GraphView } from '../view/graphView';
import type { Occurrence } from '../view/tree/occurrence';

/** All that the view shows. */
export function everythingIn({ graph }: GraphSnapshot): Scope {
  const chosen = [...graph.nodes.values()].filter((node) => node.kind === 'pod' || !node.external);
  return { chosen: chosen.map((node) => node.key), everything: true };
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
