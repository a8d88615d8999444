import type { NodeModel } from '../messages';
import type { Canvas } from './canvas';
import { el, type Store } from './dom';

/** The graph for screen readers, as an ARIA tree of boxes and their members. It has the focus; the drawing is hidden. */
export class AccessibleTree {
  readonly root = el('tree');
  private readonly items = new Map<string, HTMLElement>();

  draw(nodes: readonly NodeModel[]) {
    const before = new Map(this.items);
    this.items.clear();
    const items = nodes.map((node) => {
      const item = before.get(node.key) ?? this.create(node.key);
      this.items.set(node.key, item);
      this.updateItem(item, node);
      return item;
    });
    this.root.replaceChildren(...items);
  }

  update(nodes: readonly NodeModel[], removed: readonly string[]) {
    for (const node of nodes) {
      const item = this.items.get(node.key);
      if (item) this.updateItem(item, node);
    }
    for (const key of removed) {
      this.items.get(key)?.remove();
      this.items.delete(key);
    }
  }

  select(keys: ReadonlySet<string>) {
    for (const [key, item] of this.items) setAttribute(item, 'aria-selected', String(keys.has(key)));
  }

  setCurrent(key: string | undefined, description: string) {
    const item = key === undefined ? undefined : this.items.get(key);
    if (!item) return this.root.removeAttribute('aria-activedescendant');
    item.setAttribute('aria-description', description);
    this.root.setAttribute('aria-activedescendant', item.id);
  }

  private create(key: string): HTMLElement {
    const item = document.createElement('div');
    item.id = `item ${key}`.replace(/\s/g, '-');
    item.setAttribute('role', 'treeitem');
    return item;
  }

  private updateItem(item: HTMLElement, { ariaLabel, box, collapsed }: NodeModel) {
    setAttribute(item, 'aria-label', ariaLabel);
    setAttribute(item, 'aria-level', box === undefined ? '1' : '2');
    if (collapsed === undefined) item.removeAttribute('aria-expanded');
    else setAttribute(item, 'aria-expanded', String(!collapsed));
  }
}

function setAttribute(element: Element, name: string, value: string) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** The selected nodes and the current one, which keys act on; persisted across reloads. */
export class Selection {
  constructor(
    private readonly store: Store,
    private readonly canvas: Canvas,
    private readonly tree: AccessibleTree,
    private readonly descriptionOf: (key: string) => string,
  ) {}

  get keys(): readonly string[] {
    return this.store.current.selected;
  }

  get current(): string | undefined {
    const { current } = this.store.current;
    return current !== undefined && this.canvas.get(current) ? current : undefined;
  }

  /** The selected nodes, members of collapsed boxes included. */
  get nodes(): readonly string[] {
    return this.nodesOf(this.keys);
  }

  /** The last key becomes the current one. */
  set(keys: readonly string[]) {
    const current = keys.at(-1);
    this.store.save({ selected: keys, ...(current !== undefined && { current }) });
    this.show();
  }

  /** Drops nodes that are no longer drawn. */
  prune() {
    const selected = this.keys.filter((key) => this.canvas.get(key));
    if (selected.length < this.keys.length) this.store.save({ selected });
    this.show();
  }

  show() {
    const { current } = this;
    const keys = new Set(this.keys);
    this.canvas.mark('selected', keys);
    this.canvas.mark('current', new Set(current === undefined ? [] : [current]));
    this.tree.select(keys);
    this.tree.setCurrent(current, current === undefined ? '' : this.descriptionOf(current));
    const target = current ?? this.canvas.nodes[0]?.key;
    if (target !== undefined) this.tree.root.setAttribute('data-vscode-context', this.contextFor(target));
  }

  /** The `data-vscode-context` of a node: its menu values, and the selection if the node is part of it. */
  contextFor(key: string): string {
    const others = this.keys.includes(key) ? this.keys.filter((one) => one !== key) : [];
    return JSON.stringify({
      webviewSection: 'node',
      preventDefaultContextMenuItems: true,
      podgraphItem: this.canvas.get(key)?.contextValues ?? '',
      podgraphKeys: this.nodesOf([key, ...others]),
    });
  }

  /** Replaces nodes in collapsed boxes by their box. */
  visibleFor(keys: readonly string[]): string[] {
    const shown = keys.flatMap(
      (key) => this.canvas.get(key)?.key ?? this.canvas.nodes.find(({ nodes }) => nodes.includes(key))?.key ?? [],
    );
    return [...new Set(shown)];
  }

  private nodesOf(keys: readonly string[]): string[] {
    return [...new Set(keys.flatMap((key) => this.canvas.get(key)?.nodes ?? []))];
  }
}
