import type { DrawnNode } from '../messages';
import { part } from './dom';

/**
 * The graph as a list of sentences, for those who hear it: a tree of boxes and what is in them. It is what has the focus; the
 * drawing is its picture.
 */
export class Outline {
  readonly root = part('tree');
  private readonly items = new Map<string, HTMLElement>();

  /** Takes over what is drawn, in its order. */
  draw(nodes: readonly DrawnNode[]) {
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

  look(nodes: readonly DrawnNode[], gone: readonly string[]) {
    for (const node of nodes) {
      const item = this.items.get(node.key);
      if (item) this.dress(item, node);
    }
    for (const key of gone) {
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

  private dress(item: HTMLElement, { spoken, box, folded }: DrawnNode) {
    setAttribute(item, 'aria-label', spoken);
    setAttribute(item, 'aria-level', box === undefined ? '1' : '2');
    if (folded === undefined) item.removeAttribute('aria-expanded');
    else setAttribute(item, 'aria-expanded', String(!folded));
  }
}

function setAttribute(element: Element, name: string, value: string) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
