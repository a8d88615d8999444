import type { NodeKey } from '../graph/model/model';
import type { Scope } from '../graph/plan/plan';
import type { GraphView } from '../view/graphView';
import { countVisible } from '../view/viewFilter';
import type { TreeElement } from '../view/tree/treeElement';
import type { TreeInput } from '../view/tree/treeModel';

/** All that the view shows, and nothing else. */
export function scopeOfView(model: Pick<TreeInput, 'graph' | 'visible'>, filter: string): Scope {
  const { graph, visible } = model;
  const chosen = [...graph.nodes.values()].filter(
    (node) => (visible?.has(node.key) ?? true) && (node.kind === 'pod' || !node.unlisted),
  );
  const { shown, all } = countVisible(model);
  const narrowed = visible ? { FilterInfo: { filter, hidden: all - shown } } : {};
  return { chosen: chosen.map((node) => node.key), isAll: true, ...narrowed };
}

/**
 * What a command on nodes means: the node that was clicked, with the selection if it is part of it; from palette and
 * keyboard, which pass nothing, the selection.
 */
export function resolveSelection(
  clicked: TreeElement | undefined,
  selected: readonly TreeElement[] | undefined,
  view: Pick<GraphView, 'selection'>,
): readonly TreeElement[] {
  if (!clicked) return view.selection;
  return selected?.includes(clicked) ? selected : [clicked];
}

/** The nodes at some places, each once. */
export function toScope(elements: readonly TreeElement[], view: Pick<GraphView, 'nodesAt'>): Scope {
  return { chosen: [...new Set<NodeKey>(view.nodesAt(elements))], isAll: false };
}
