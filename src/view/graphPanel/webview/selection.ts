import type { NodeModel } from '../messages';
import type { Canvas } from './canvas';
import { el, type Store } from './dom';

/**
 * The graph as a list of sentences, for those who hear it: a tree of boxes and what is in them. It is what has the focus; the
 * drawing is its picture.
 */
export class AccessibleTree {
  readonly root = el('tree');
  private readonly items = new Map<string, HTMLElement>();

  /** Takes over what is drawn, in its order. */
  draw(nodes: readonly NodeModel[]) {
    const before = new Map(this.items);
    this.items.clear();
    const items = nodes.map((node) => {
      const item = before.get(node.key) ?? this.make(node.key);
      this.items.set(node.key, item);
      this.dress(item, node);
      return item;
    });
    this.root.replaceChildren(...items);
  }

  setVisible(nodes: readonly NodeModel[], removed: readonly string[]) {
    for (const node of nodes) {
      const item = this.items.get(node.key);
      if (item) this.dress(item, node);
    }
    for (const key of removed) {
      this.items.get(key)?.remove();
      this.items.delete(key);
    }
  }

  select(keys: ReadonlySet<string>) {
    for (const [key, item] of this.items) setAttribute(item, 'aria-selected', String(keys.has(key)));
  }

  /** @param more what is to be said of the one that has the focus beside its sentence */
  setCurrent(key: string | undefined, more: string) {
    const item = key === undefined ? undefined : this.items.get(key);
    if (!item) return this.root.removeAttribute('aria-activedescendant');
    item.setAttribute('aria-description', more);
    this.root.setAttribute('aria-activedescendant', item.id);
  }

  private make(key: string): HTMLElement {
    const item = document.createElement('div');
    item.id = `item ${key}`.replace(/\s/g, '-');
    item.setAttribute('role', 'treeitem');
    return item;
  }

  private dress(item: HTMLElement, { ariaLabel, box, collapsed }: NodeModel) {
    setAttribute(item, 'aria-label', ariaLabel);
    setAttribute(item, 'aria-level', box === undefined ? '1' : '2');
    if (collapsed === undefined) item.removeAttribute('aria-expanded');
    else setAttribute(item, 'aria-expanded', String(!collapsed));
  }
}

function setAttribute(element: Element, name: string, value: string) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** What is selected of what is drawn, and the one that keys mean; it outlives a reload. */
export class Selection {
  constructor(
    private readonly store: Store,
    private readonly canvas: Canvas,
    private readonly outline: AccessibleTree,
    /** What is to be said of the current one beside its own sentence. */
    private readonly more: (key: string) => string,
  ) {}

  get keys(): readonly string[] {
    return this.store.current.selected;
  }

  get current(): string | undefined {
    const { current } = this.store.current;
    return current !== undefined && this.canvas.get(current) ? current : undefined;
  }

  /** The nodes that are selected, those in folded boxes too. */
  get nodes(): readonly string[] {
    return this.nodesOf(this.keys);
  }

  /** The last one becomes the current one. */
  set(keys: readonly string[]) {
    const current = keys.at(-1);
    this.store.save({ selected: keys, ...(current !== undefined && { current }) });
    this.show();
  }

  /** Takes out what is drawn no longer. */
  prune() {
    const left = this.keys.filter((key) => this.canvas.get(key));
    if (left.length < this.keys.length) this.store.save({ selected: left });
    this.show();
  }

  show() {
    const { current } = this;
    const keys = new Set(this.keys);
    this.canvas.mark('selected', keys);
    this.canvas.mark('current', new Set(current === undefined ? [] : [current]));
    this.outline.select(keys);
    this.outline.setCurrent(current, current === undefined ? '' : this.more(current));
    const own = current ?? this.canvas.nodes[0]?.key;
    if (own !== undefined) this.outline.root.setAttribute('data-vscode-context', this.contextFor(own));
  }

  /** What menus are told of the clicked one, and of the selection if it is part of that. */
  contextFor(key: string): string {
    const others = this.keys.includes(key) ? this.keys.filter((one) => one !== key) : [];
    return JSON.stringify({
      webviewSection: 'node',
      preventDefaultContextMenuItems: true,
      podgraphItem: this.canvas.get(key)?.contextValues ?? '',
      podgraphKeys: this.nodesOf([key, ...others]),
    });
  }

  /** What is drawn for some nodes: themselves, or the folded box that they are in. */
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
