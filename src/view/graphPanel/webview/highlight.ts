import { buildDependentsIndex, type DependentsIndex, transitiveDependents } from '../../../graph/model/adjacency';
import type { EdgeModel, GraphModel, Overlay } from '../messages';
import type { Canvas } from './canvas';
import { format, type Strings } from './dom';

/** How many names a sentence about what goes along has. */
const named = 7;

/** What stands out: what is under the pointer, with all that would go along with it, or else what a search found. */
export class Highlighter {
  private dependents: DependentsIndex = new Map();
  private text: Strings = {};
  private node: string | undefined;
  private line: EdgeModel | undefined;
  private found: readonly string[] = [];

  constructor(private readonly canvas: Canvas) {}

  /** The node under the pointer. */
  get hovered(): string | undefined {
    return this.node;
  }

  /** Takes over what is drawn now. */
  draw({ dependencies }: GraphModel, text: Strings) {
    this.dependents = buildDependentsIndex(dependencies);
    this.text = text;
    this.line = undefined;
  }

  /** @returns whether something else stands out now */
  hover(node: string | undefined, line: EdgeModel | undefined): boolean {
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
      const along = transitiveDependents(node.nodes, this.dependents);
      for (const other of this.canvas.nodes) if (other.nodes.some((one) => along.has(one))) lit.add(other.key);
    }
    this.canvas.mark('lit', lit);
    this.canvas.root.classList.toggle('dimmed', lit.size > 0);
    const within = node ? this.canvas.paths.filter(({ from, to }) => lit.has(from) && lit.has(to)) : [];
    this.canvas.highlight(this.line ? [this.line] : within);
  }

  /** What is to be said of what is under the pointer. */
  get description(): string | undefined {
    const { line, node } = this;
    if (!line) return node === undefined ? undefined : this.nodeText(node);
    const kind = line.hard ? this.text.hard : this.text.soft;
    return `${this.canvas.get(line.from)?.label ?? ''}: ${line.label} · ${kind ?? ''}`;
  }

  /** What stands in its box, in full, where it cannot go or did not; else what would go along. */
  private nodeText(key: string): string {
    const node = this.canvas.get(key);
    if (!node) return '';
    const canGo = node.contextValues.split(' ').includes('removable') && node.shape !== 'failed';
    return canGo ? this.alongText(key) : `${node.label}: ${node.subtitle}`;
  }

  /** What would go along with a node, in one sentence. */
  alongText(key: string): string {
    const node = this.canvas.get(key);
    if (!node || node.isRemoved) return '';
    const along = [...transitiveDependents(node.nodes, this.dependents)].filter((one) => !node.nodes.includes(one));
    if (along.length === 0) return format(this.text.alone, node.label);
    // What is hidden in a folded box, or by a filter, has no name here.
    const names = along.flatMap((one) => this.canvas.get(one)?.label ?? []).sort();
    const rest = along.length - Math.min(named, names.length);
    const more = rest > 0 ? [format(this.text.more, rest)] : [];
    const list = [...names.slice(0, named), ...more].join(this.text.apart);
    return format(along.length === 1 ? this.text.alongOne : this.text.along, node.label, along.length, list);
  }
}

/** A plan that is looked at, drawn on the graph: which wave takes what, and why something stays. */
export class PlanOverlay {
  private overlay: Overlay | undefined;
  /** The one wave that is looked at; all of them when undefined. */
  private wave: number | undefined;

  constructor(private readonly canvas: Canvas) {}

  setPlan(overlay: Overlay | undefined) {
    this.overlay = overlay;
    this.wave = undefined;
    this.show();
  }

  showWave(wave: number | undefined) {
    this.wave = wave;
    this.show();
  }

  show() {
    const elements = new Map(this.overlay?.waveOf);
    const numbers = new Map<string, number>();
    for (const { key, nodes } of this.canvas.nodes) {
      const waves = nodes.flatMap((node) => elements.get(node) ?? []);
      if (waves.length > 0) numbers.set(key, Math.max(...waves));
    }
    const { wave } = this;
    const among = (is: (number: number) => boolean) =>
      new Set([...numbers].filter(([, number]) => is(number)).map(([key]) => key));
    this.canvas.setBadges(numbers);
    this.canvas.mark(
      'wave',
      among((number) => wave === undefined || number === wave),
    );
    this.canvas.mark(
      'past',
      among((number) => wave !== undefined && number < wave),
    );
    this.canvas.root.classList.toggle('planned', this.overlay !== undefined);
  }

  /** What is to be said of the wave that is looked at. */
  get sentence(): string | undefined {
    return this.wave === undefined ? undefined : this.overlay?.waves[this.wave];
  }

  /** Why a node stays. */
  retainReason(key: string): string | undefined {
    const why = this.overlay?.retained.find(([node]) => node === key)?.[1];
    return why && `${this.canvas.get(key)?.label ?? ''}: ${why}`;
  }
}
