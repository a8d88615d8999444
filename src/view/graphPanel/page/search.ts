import type { DrawnNode } from '../messages';

/** What has a text in its name, in the order in which it is drawn, and at which of them one is. */
export class Search {
  private found: readonly string[] = [];
  private at = 0;

  get keys(): readonly string[] {
    return this.found;
  }

  /** From 1 on; 0 where nothing was found. */
  get place(): number {
    return this.found.length > 0 ? this.at + 1 : 0;
  }

  look(text: string, nodes: readonly DrawnNode[]) {
    const wanted = text.trim().toLowerCase();
    this.at = 0;
    this.found = wanted ? nodes.filter(({ label }) => label.toLowerCase().includes(wanted)).map(({ key }) => key) : [];
  }

  /** The one to go to: the first that one is not at already, around and around. */
  next(current: string | undefined, back: boolean): string | undefined {
    const count = this.found.length;
    if (count === 0) return undefined;
    if (this.found[this.at] === current) this.at = (this.at + (back ? count - 1 : 1)) % count;
    return this.found[this.at];
  }
}
