import type { Dependents } from '../../../graph/drawing/closure';
import { closureOf, dependentsIn } from '../../../graph/drawing/closure';
import type { DrawnEdge, Drawing } from '../messages';
import type { Canvas } from './canvas';
import { filled, type Words } from './dom';

/** How many names a sentence about what goes along has. */
const named = 7;

/** What stands out: what is under the pointer, with all that would go along with it, or else what a search found. */
export class Light {
  private dependents: Dependents = new Map();
  private words: Words = {};
  private node: string | undefined;
  private line: DrawnEdge | undefined;
  private found: readonly string[] = [];

  constructor(private readonly canvas: Canvas) {}

  /** The node under the pointer. */
  get hovered(): string | undefined {
    return this.node;
  }

  /** Takes over what is drawn now. */
  draw({ needs }: Drawing, words: Words) {
    this.dependents = dependentsIn(needs);
    this.words = words;
    this.line = undefined;
  }

  /** @returns whether something else stands out now */
  hover(node: string | undefined, line: DrawnEdge | undefined): boolean {
    if (node === this.node && line === this.line) return false;
    this.node = node;
    this.line = line;
    this.show();
    return true;
  }

  find(keys: readonly string[]) {
    this.found = keys;
    this.canvas.mark('found', new Set(keys));
    this.show();
  }

  show() {
    const node = this.node === undefined ? undefined : this.canvas.get(this.node);
    const lit = new Set<string>(node ? [node.key] : this.found);
    if (node) {
      const along = closureOf(node.nodes, this.dependents);
      for (const other of this.canvas.nodes) if (other.nodes.some((one) => along.has(one))) lit.add(other.key);
    }
    this.canvas.mark('lit', lit);
    this.canvas.root.classList.toggle('dimmed', lit.size > 0);
    const within = node ? this.canvas.ways.filter(({ from, to }) => lit.has(from) && lit.has(to)) : [];
    this.canvas.light(this.line ? [this.line] : within);
  }

  /** What is to be said of what is under the pointer. */
  get sentence(): string | undefined {
    const { line, node } = this;
    if (!line) return node === undefined ? undefined : this.nodeWords(node);
    const kind = line.hard ? this.words.hard : this.words.soft;
    return `${this.canvas.get(line.from)?.label ?? ''}: ${line.words} · ${kind ?? ''}`;
  }

  /** What stands in its box, in full, where it cannot go or did not; else what would go along. */
  private nodeWords(key: string): string {
    const node = this.canvas.get(key);
    if (!node) return '';
    const canGo = node.words.split(' ').includes('removable') && node.shape !== 'failed';
    return canGo ? this.alongWords(key) : `${node.label}: ${node.line}`;
  }

  /** What would go along with a node, in one sentence. */
  alongWords(key: string): string {
    const node = this.canvas.get(key);
    if (!node || node.gone) return '';
    const along = [...closureOf(node.nodes, this.dependents)].filter((one) => !node.nodes.includes(one));
    if (along.length === 0) return filled(this.words.alone, node.label);
    // What is hidden in a folded box, or by a filter, has no name here.
    const names = along.flatMap((one) => this.canvas.get(one)?.label ?? []).sort();
    const rest = along.length - Math.min(named, names.length);
    const more = rest > 0 ? [filled(this.words.more, rest)] : [];
    const list = [...names.slice(0, named), ...more].join(this.words.apart);
    return filled(along.length === 1 ? this.words.alongOne : this.words.along, node.label, along.length, list);
  }
}
