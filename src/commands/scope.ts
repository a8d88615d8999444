import { l10n } from 'vscode';
import { engineOf, type GraphNode, isStoppedUnit, type NodeKey } from '../graph/model/model';
import type { Scope } from '../graph/plan/plan';
import type { GraphSnapshot } from '../service/service';
import type { GraphView } from '../view/graphView';
import { countVisible } from '../view/viewFilter';
import type { TreeElement } from '../view/tree/treeElement';
import type { TreeInput } from '../view/tree/treeModel';
import { pick } from '../view/display';
import { engineName } from '../view/text/engines';
import { plainText } from '../view/text/format';
import { displayName } from '../view/text/plan';
import { membersOf, stateText } from '../view/text/state';

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

/** Asks for a node, for commands from the palette without a selection. */
export async function pickNode(
  snapshot: GraphSnapshot,
  matches: (node: GraphNode) => boolean,
): Promise<GraphNode | undefined> {
  const { graph, engines } = snapshot;
  const items = [...graph.nodes.values()].filter(matches).map((node) => ({
    label: plainText(displayName(node)),
    description: plainText(node.kind === 'pod' ? membersOf(node.state, graph.membersOf(node.key)) : stateText(node)),
    ...(engines.size > 1 && { detail: plainText(engineName(engineOf(node.key), snapshot)) }),
    node,
  }));
  items.sort((one, other) => one.label.localeCompare(other.label, undefined, { numeric: true }));
  const placeHolder = plainText(l10n.t('Select a pod or container'));
  return (await pick(items, { placeHolder, matchOnDetail: true }))?.node;
}
