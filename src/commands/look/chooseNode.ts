import { l10n } from 'vscode';
import type { GraphNode } from '../../graph/model';
import { engineOf } from '../../graph/model';
import type { GraphSnapshot } from '../../service/service';
import { pick } from '../../view/display';
import { engineName } from '../../view/words/engine';
import { nameOfNode } from '../../view/words/plan';
import { plainText } from '../../view/words/plainText';
import { membersOf, stateOf } from '../../view/words/state';

/** Asks which node is meant, where the palette was used and nothing is selected. */
export async function chooseNode(
  snapshot: GraphSnapshot,
  fits: (node: GraphNode) => boolean,
): Promise<GraphNode | undefined> {
  const { graph, engines } = snapshot;
  const items = [...graph.nodes.values()].filter(fits).map((node) => ({
    label: plainText(nameOfNode(node)),
    description: plainText(node.kind === 'pod' ? membersOf(node.state, graph.membersOf(node.key)) : stateOf(node)),
    ...(engines.size > 1 && { detail: plainText(engineName(engineOf(node.key), snapshot)) }),
    node,
  }));
  items.sort((one, other) => one.label.localeCompare(other.label, undefined, { numeric: true }));
  const placeHolder = plainText(l10n.t('Which one?'));
  return (await pick(items, { placeHolder, matchOnDetail: true }))?.node;
}
