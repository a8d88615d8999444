import { engineOf, isStoppedUnit, type NodeKey } from '../graph/model/model';
import type { Scope } from '../graph/plan/plan';
import type { GraphSnapshot } from '../service/service';
import type { GraphView } from '../view/graphView';
import { countVisible } from '../view/viewFilter';
import type { TreeElement } from '../view/tree/treeElement';
import type { TreeInput } from '../view/tree/treeModel';

/** All nodes that the view shows, without those that other containers only refer to. */
export function scopeOfView(model: Pick<TreeInput, 'graph' | 'visible'>, filter: string): Scope {
  const { graph, visible } = model;
  const chosen = [...graph.nodes.values()].filter(
    (node) => (visible?.has(node.key) ?? true) && (node.kind === 'pod' || !node.unlisted || isStoppedUnit(node)),
  );
  const { shown, all } = countVisible(model);
  const filterInfo = visible ? { viewFilter: { filter, hidden: all - shown } } : {};
  return { chosen: chosen.map((node) => node.key), isAll: true, ...filterInfo };
}

/** The clicked element, or the whole selection if the element is part of it or nothing was clicked (palette, keyboard). */
export function resolveSelection(
  clicked: TreeElement | undefined,
  selected: readonly TreeElement[] | undefined,
  view: Pick<GraphView, 'selection'>,
): readonly TreeElement[] {
  if (!clicked) return view.selection;
  return selected?.includes(clicked) ? selected : [clicked];
}

export function isDemoNode(key: NodeKey, { engines }: Pick<GraphSnapshot, 'engines'>): boolean {
  return engines.get(engineOf(key))?.isDemo === true;
}

/** Without the demo engine's nodes if there are others: no plan includes sample containers and real ones. */
export function withoutDemo(keys: readonly NodeKey[], snapshot: Pick<GraphSnapshot, 'engines'>): readonly NodeKey[] {
  const real = keys.filter((key) => !isDemoNode(key, snapshot));
  return real.length > 0 ? real : keys;
}

export function toScope(elements: readonly TreeElement[], view: Pick<GraphView, 'nodesAt'>): Scope {
  return { chosen: [...new Set<NodeKey>(view.nodesAt(elements))], isAll: false };
}
