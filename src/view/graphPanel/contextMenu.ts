import type { NodeKey } from '../../graph/model/model';
import { commandIds } from '../ids';
import type { NodeElement } from '../tree/treeElement';

/** `data-vscode-context` of a node in the webview. */
export interface PanelContext {
  /** Same values as `viewItem` in the tree. */
  readonly podgraphItem: string;
  /** The clicked node first, then the rest of the selection. */
  readonly podgraphKeys: readonly string[];
}

/** A tree element for a node of the graph panel. */
export function toCommandArgument(key: NodeKey): NodeElement {
  return { kind: 'node', id: key, parent: undefined, key, closesCycle: false };
}

/** The elements of a context menu of the panel; undefined for any other command argument. */
export function fromCommandArguments(argument: unknown): NodeElement[] | undefined {
  const keys = (argument as Partial<PanelContext> | undefined)?.podgraphKeys;
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string')) return undefined;
  return keys.map((key) => toCommandArgument(key as NodeKey));
}

interface MenuEntry {
  readonly command: string;
  readonly when: string;
  readonly group: string;
  readonly alt?: string;
}

/** Where the panel's menu differs: it shows the graph already, and passes a box as its members, without its name. */
const isOnlyInTree = ({ command, when, group }: MenuEntry) =>
  group.startsWith('inline') ||
  command === commandIds.showInGraph ||
  (command === commandIds.copyName && when.includes('group'));

/** Derives the panel's context menu from `view/item/context` in package.json. */
export function panelMenu(treeMenu: readonly MenuEntry[]): MenuEntry[] {
  return treeMenu
    .filter((entry) => !isOnlyInTree(entry))
    .map(({ command, alt, when, group }) => ({
      command,
      ...(alt && { alt }),
      when: when
        .replaceAll('view == podgraph.tree', "webviewId == 'podgraph.graph'")
        .replaceAll('viewItem', 'podgraphItem'),
      group,
    }));
}
