import { l10n } from 'vscode';
import { engineOf, type GraphNode } from '../../graph/model/model';
import type { GraphSnapshot } from '../../service/service';
import { pick } from '../../view/display';
import { engineName } from '../../view/text/engines';
import { plainText } from '../../view/text/format';
import { displayName } from '../../view/text/plan';
import { membersOf, stateText } from '../../view/text/state';

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
