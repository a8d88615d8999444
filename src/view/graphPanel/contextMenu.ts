import type { NodeKey } from '../../graph/model/model';
import { commandIds } from '../ids';
import type { NodeElement } from '../tree/treeElement';

/** `data-vscode-context` of a node in the webview. */
interface PanelContext {
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
  const { podgraphItem, podgraphKeys: keys } = (argument ?? {}) as Partial<PanelContext>;
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string')) return undefined;
  const isProject = typeof podgraphItem === 'string' && podgraphItem.split(' ').includes('project');
  return keys.map((key) => ({
    ...toCommandArgument(key as NodeKey),
    ...(isProject && { isOfProject: true as const }),
  }));
}

interface MenuEntry {
  readonly command: string;
  readonly when: string;
  readonly group: string;
  readonly alt?: string;
}

/** The panel shows the graph already, and has no space for buttons. */
const isOnlyInTree = ({ command, group }: MenuEntry) =>
  group.startsWith('inline') || command === commandIds.showInGraph;

/** Of the boxes, which are passed as their members, only projects have a name of their own. */
const panelItems = ({ command, when }: MenuEntry) =>
  command === commandIds.copyName ? when.replaceAll('group', 'project') : when;

/** Derives the panel's context menu from `view/item/context` in package.json. */
export function panelMenu(treeMenu: readonly MenuEntry[]): MenuEntry[] {
  return treeMenu
    .filter((entry) => !isOnlyInTree(entry))
    .map((entry) => ({
      command: entry.command,
      ...(entry.alt && { alt: entry.alt }),
      when: panelItems(entry)
        .replaceAll('view == podgraph.tree', "webviewId == 'podgraph.graph'")
        .replaceAll('viewItem', 'podgraphItem'),
      group: entry.group,
    }));
}
