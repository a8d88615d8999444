import type { DrawnEdge, DrawnNode, Drawing, Face } from '../messages';
import { part, svg, type Words } from './dom';
import { Figure } from './figure';

/** Half the width, and the length, of a line's tip. */
const tip = { side: 4, length: 8 };

/** The picture itself. Whatever an engine said is set as text, and nothing else. */
export class Canvas {
  readonly root = part<SVGSVGElement>('drawing');
  readonly world = svg('g');
  private readonly hardLines = svg('path', { class: 'edge hard' });
  private readonly hardTips = svg('path', { class: 'tip' });
  private readonly softLines = svg('path', { class: 'edge soft' });
  private readonly softTips = svg('path', { class: 'edge' });
  private readonly litLines = svg('path', { class: 'edge lit' });
  private readonly litSoft = svg('path', { class: 'edge lit soft' });
  private readonly lines = svg('g', { class: 'lines' });
  private readonly drawn = new Map<string, Figure>();
  private edges: readonly DrawnEdge[] = [];

  constructor() {
    this.lines.append(this.hardLines, this.softLines, this.hardTips, this.softTips);
    this.root.append(this.world);
  }

  get nodes(): readonly DrawnNode[] {
    return [...this.drawn.values()].map(({ node }) => node);
  }

  get ways(): readonly DrawnEdge[] {
    return this.edges;
  }

  get(key: string): DrawnNode | undefined {
    return this.drawn.get(key)?.node;
  }

  draw({ engines, nodes, edges }: Drawing, words: Words) {
    const before = new Map(this.drawn);
    this.drawn.clear();
    const frames = svg('g');
    const boxes = svg('g');
    for (const node of nodes) {
      const figure = figureOf(node, before.get(node.key), words);
      this.drawn.set(node.key, figure);
      (node.folded === false ? frames : boxes).append(figure.group);
    }
    const titles = engines.map(({ x, y, label }) => {
      const title = svg('text', { class: 'engine', x, y: y + 16 });
      title.textContent = label;
      return title;
    });
    this.edges = edges;
    this.drawLines();
    this.light([]);
    this.world.replaceChildren(...titles, frames, this.lines, this.litLines, this.litSoft, boxes);
  }

  /** Shows what looks different now, in place, and takes away what is gone. */
  look(faces: readonly Face[], gone: readonly string[]) {
    for (const face of faces) this.drawn.get(face.key)?.dress(face);
    if (gone.length === 0) return;
    for (const key of gone) {
      this.drawn.get(key)?.group.remove();
      this.drawn.delete(key);
    }
    this.edges = this.edges.filter(({ from, to }) => this.drawn.has(from) && this.drawn.has(to));
    this.drawLines();
  }

  /** Gives exactly these nodes a class. */
  mark(className: string, keys: ReadonlySet<string>) {
    for (const [key, figure] of this.drawn) figure.mark(className, keys.has(key));
  }

  /** Stamps nodes with a number: the wave in which they go, counted from 0. */
  stamp(waves: ReadonlyMap<string, number>) {
    for (const [key, figure] of this.drawn) {
      const wave = waves.get(key);
      figure.stamp(wave === undefined ? undefined : wave + 1);
    }
  }

  /** Lets lines between these keys stand out. */
  light(edges: readonly DrawnEdge[]) {
    const of = (hard: boolean) => edges.filter((edge) => edge.hard === hard).map(({ path }) => path);
    // Tips are never dashed.
    const tips = edges.map(({ path, hard }) => tipOf(path, hard));
    this.litLines.setAttribute('d', [...of(true), ...tips].join(''));
    this.litSoft.setAttribute('d', of(false).join(''));
  }

  private drawLines() {
    const of = (hard: boolean) => this.edges.filter((edge) => edge.hard === hard).map(({ path }) => path);
    const [hard, soft] = [of(true), of(false)];
    this.hardLines.setAttribute('d', hard.join(''));
    this.hardTips.setAttribute('d', hard.map((path) => tipOf(path, true)).join(''));
    this.softLines.setAttribute('d', soft.join(''));
    this.softTips.setAttribute('d', soft.map((path) => tipOf(path, false)).join(''));
  }
}

/** What is drawn of a node already, where it has the same parts, brought to its place; else drawn anew. */
function figureOf(node: DrawnNode, known: Figure | undefined, words: Words): Figure {
  if (!known || known.node.folded !== node.folded) return new Figure(node, words);
  known.place(node);
  return known;
}

/** The tip of a line, at its path's last point; lines that lead back come from the side. */
function tipOf(path: string, solid: boolean): string {
  const numbers = path
    .slice(path.lastIndexOf('C') + 1)
    .split(' ')
    .map(Number);
  const [bx = 0, by = 0, x = 0, y = 0] = numbers.slice(2);
  const { side, length } = tip;
  const end = solid ? 'z' : '';
  if (by === y && bx > x) return `M${x + length} ${y - side}L${x} ${y}L${x + length} ${y + side}${end}`;
  return `M${x - side} ${y - length}L${x} ${y}L${x + side} ${y - length}${end}`;
}
