import type { NodeKey } from '../../graph/model/model';
import { commandIds } from '../ids';
import type { NodeElement } from '../tree/treeElement';

/** The page's `data-vscode-context` hands menus this much about what was clicked. */
export interface PanelContext {
  /** The words of the clicked one, as `viewItem` has them in the tree. */
  readonly podgraphItem: string;
  /** What the command is to act on, the clicked one first. */
  readonly podgraphKeys: readonly string[];
}

/** A node without a place in the tree, for commands that were made for places. */
export function toCommandArgument(key: NodeKey): NodeElement {
  return { kind: 'node', id: key, parent: undefined, key, closesCycle: false };
}

/** The places that a menu of the panel means; undefined for what does not come from there. */
export function fromCommandArguments(argument: unknown): NodeElement[] | undefined {
  const keys = (argument as Partial<PanelContext> | undefined)?.podgraphKeys;
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string')) return undefined;
  return keys.map((key) => toCommandArgument(key as NodeKey));
}

interface MenuEntry {
  readonly command: string;
  readonly when: string;
  readonly group: string;
}

/**
 * The panel's menu for nodes, made from the tree's: the one table of what fits which node is `view/item/context` in
 * package.json. Buttons that stand in the tree's lines have no place in a menu, and
 * the graph is open already.
 */
export function panelMenu(treeMenu: readonly MenuEntry[]): MenuEntry[] {
  return treeMenu
    .filter(({ command, group }) => !group.startsWith('inline') && command !== commandIds.openGraph)
    .map(({ command, when, group }) => ({
      command,
      when: when
        .replaceAll('view == podgraph.tree', "webviewId == 'podgraph.graph'")
        .replaceAll('viewItem', 'podgraphItem'),
      group,
    }));
}
