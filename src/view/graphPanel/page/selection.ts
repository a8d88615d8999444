import type { Canvas } from './canvas';
import type { Outline } from './outline';
import type { Store } from './store';

/** What is selected of what is drawn, and the one that keys mean; it outlives a reload. */
export class Selection {
  constructor(
    private readonly store: Store,
    private readonly canvas: Canvas,
    private readonly outline: Outline,
    /** What is to be said of the current one beside its own sentence. */
    private readonly more: (key: string) => string,
  ) {}

  get keys(): readonly string[] {
    return this.store.kept.selected;
  }

  get current(): string | undefined {
    const { current } = this.store.kept;
    return current !== undefined && this.canvas.get(current) ? current : undefined;
  }

  /** The nodes that are selected, those in folded boxes too. */
  get nodes(): readonly string[] {
    return this.nodesOf(this.keys);
  }

  /** The last one becomes the current one. */
  set(keys: readonly string[]) {
    const current = keys.at(-1);
    this.store.keep({ selected: keys, ...(current !== undefined && { current }) });
    this.show();
  }

  /** Takes out what is drawn no longer. */
  prune() {
    const left = this.keys.filter((key) => this.canvas.get(key));
    if (left.length < this.keys.length) this.store.keep({ selected: left });
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
      podgraphItem: this.canvas.get(key)?.words ?? '',
      podgraphKeys: this.nodesOf([key, ...others]),
    });
  }

  /** What is drawn for some nodes: themselves, or the folded box that they are in. */
  shownFor(keys: readonly string[]): string[] {
    const shown = keys.flatMap(
      (key) => this.canvas.get(key)?.key ?? this.canvas.nodes.find(({ nodes }) => nodes.includes(key))?.key ?? [],
    );
    return [...new Set(shown)];
  }

  private nodesOf(keys: readonly string[]): string[] {
    return [...new Set(keys.flatMap((key) => this.canvas.get(key)?.nodes ?? []))];
  }
}
