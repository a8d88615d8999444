import type { Point, Rect, Size } from '../../../graph/layout/geometry';
import type { EdgeModel, GraphModel, NodeModel, NodePresentation } from '../messages';
import { el, type Strings, svg, type View } from './dom';
import { NodeElement } from './nodeElement';

/** Half the width, and the length, of a line's tip. */
const tip = { side: 4, length: 8 };

/** The picture itself. Whatever an engine said is set as text, and nothing else. */
export class Canvas {
  readonly root = el<SVGSVGElement>('drawing');
  readonly viewport = svg('g');
  private readonly hardLines = svg('path', { class: 'edge hard' });
  private readonly hardTips = svg('path', { class: 'tip' });
  private readonly softLines = svg('path', { class: 'edge soft' });
  private readonly softTips = svg('path', { class: 'edge' });
  private readonly litLines = svg('path', { class: 'edge lit' });
  private readonly litSoft = svg('path', { class: 'edge lit soft' });
  private readonly lines = svg('g', { class: 'lines' });
  private readonly drawnEdges = new Map<string, NodeElement>();
  private edges: readonly EdgeModel[] = [];

  constructor() {
    this.lines.append(this.hardLines, this.softLines, this.hardTips, this.softTips);
    this.root.append(this.viewport);
  }

  get nodes(): readonly NodeModel[] {
    return [...this.drawnEdges.values()].map(({ node }) => node);
  }

  get paths(): readonly EdgeModel[] {
    return this.edges;
  }

  get(key: string): NodeModel | undefined {
    return this.drawnEdges.get(key)?.node;
  }

  draw({ engines, nodes, edges }: GraphModel, text: Strings) {
    const before = new Map(this.drawnEdges);
    this.drawnEdges.clear();
    const frames = svg('g');
    const boxes = svg('g');
    for (const node of nodes) {
      const figure = nodeElementOf(node, before.get(node.key), text);
      this.drawnEdges.set(node.key, figure);
      (node.collapsed === false ? frames : boxes).append(figure.group);
    }
    const titles = engines.map(({ x, y, label }) => {
      const title = svg('text', { class: 'engine', x, y: y + 16 });
      title.textContent = label;
      return title;
    });
    this.edges = edges;
    this.drawLines();
    this.highlight([]);
    this.viewport.replaceChildren(...titles, frames, this.lines, this.litLines, this.litSoft, boxes);
  }

  /** Shows what looks different now, in place, and takes away what is gone. */
  updateNodes(presentations: readonly NodePresentation[], removed: readonly string[]) {
    for (const presentation of presentations) this.drawnEdges.get(presentation.key)?.update(presentation);
    if (removed.length === 0) return;
    for (const key of removed) {
      this.drawnEdges.get(key)?.group.remove();
      this.drawnEdges.delete(key);
    }
    this.edges = this.edges.filter(({ from, to }) => this.drawnEdges.has(from) && this.drawnEdges.has(to));
    this.drawLines();
  }

  /** Gives exactly these nodes a class. */
  mark(className: string, keys: ReadonlySet<string>) {
    for (const [key, figure] of this.drawnEdges) figure.mark(className, keys.has(key));
  }

  /** Stamps nodes with a number: the wave in which they go, counted from 0. */
  setBadges(waves: ReadonlyMap<string, number>) {
    for (const [key, figure] of this.drawnEdges) {
      const wave = waves.get(key);
      figure.setBadge(wave === undefined ? undefined : wave + 1);
    }
  }

  /** Lets lines between these keys stand out. */
  highlight(edges: readonly EdgeModel[]) {
    const of = (hard: boolean) => edges.filter((edge) => edge.hard === hard).map(({ path }) => path);
    // Tips are never dashed.
    const tips = edges.map(({ path, hard }) => arrowHeadOf(path, hard));
    this.litLines.setAttribute('d', [...of(true), ...tips].join(''));
    this.litSoft.setAttribute('d', of(false).join(''));
  }

  private drawLines() {
    const of = (hard: boolean) => this.edges.filter((edge) => edge.hard === hard).map(({ path }) => path);
    const [hard, soft] = [of(true), of(false)];
    this.hardLines.setAttribute('d', hard.join(''));
    this.hardTips.setAttribute('d', hard.map((path) => arrowHeadOf(path, true)).join(''));
    this.softLines.setAttribute('d', soft.join(''));
    this.softTips.setAttribute('d', soft.map((path) => arrowHeadOf(path, false)).join(''));
  }
}

/** What is drawn of a node already, where it has the same parts, brought to its place; else drawn anew. */
function nodeElementOf(node: NodeModel, knownNodes: NodeElement | undefined, text: Strings): NodeElement {
  if (!knownNodes || knownNodes.node.collapsed !== node.collapsed) return new NodeElement(node, text);
  knownNodes.setBounds(node);
  return knownNodes;
}

/** The tip of a line, at its path's last point; lines that lead back come from the side. */
function arrowHeadOf(path: string, solid: boolean): string {
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

const smallest = 0.05;
const largest = 3;
/** Below these scales, lines of states and then names are too small to be read, and are not drawn. */
const far = 0.5;
const farther = 0.25;
/** How much one turn of a wheel, one key, or one button changes the scale. */
export const zoomStep = 1.25;

/** Which part of the drawing is in sight: all of it, until a person looks closer. */
export class Viewport {
  private readonly stage = el('stage');
  private transform: View = { x: 0, y: 0, scale: 1 };
  private contentSize: Size = { width: 1, height: 1 };
  private viewSize: Size;
  private fittedView: boolean;

  /** @param keep takes what is to outlive a reload; undefined while all is in sight */
  constructor(
    private readonly world: SVGGElement,
    private readonly root: SVGSVGElement,
    kept: View | undefined,
    private readonly keep: (view: View | undefined) => void,
  ) {
    this.fittedView = kept === undefined;
    this.viewSize = this.measured();
    if (kept) this.set(kept);
  }

  /** Whether all is in sight because nobody has looked closer. */
  get isFitted(): boolean {
    return this.fittedView;
  }

  get view(): View {
    return this.transform;
  }

  /** Of the stage, as it was told: to ask would make the browser lay out what is about to change once more. */
  get size(): Size {
    return this.viewSize;
  }

  setWhole(whole: Size) {
    this.contentSize = whole;
  }

  /** The point of the drawing that is seen at a point of the screen. */
  at({ clientX, clientY }: { readonly clientX: number; readonly clientY: number }): Point {
    const { left, top } = this.stage.getBoundingClientRect();
    const { x, y, scale } = this.transform;
    return { x: x + (clientX - left) / scale, y: y + (clientY - top) / scale };
  }

  show(view: View) {
    this.fittedView = false;
    this.set(view);
    this.keep(this.transform);
  }

  /** All in sight, in the middle, never larger than it is. */
  fit() {
    const { width, height } = this.size;
    const scale = Math.max(smallest, Math.min(1, width / this.contentSize.width, height / this.contentSize.height));
    const x = (this.contentSize.width - width / scale) / 2;
    const y = Math.min(0, (this.contentSize.height - height / scale) / 2);
    this.fittedView = true;
    this.set({ x, y, scale });
    this.keep(undefined);
  }

  /** The stage has another size now: all stays in sight if it was, and so does this. */
  resized(current: Rect | undefined) {
    const before = this.viewSize;
    this.viewSize = this.measured();
    if (this.fittedView) return this.fit();
    const { x, y, scale } = this.transform;
    if (!current) return;
    const wasInSight =
      current.x >= x &&
      current.y >= y &&
      current.x + current.width <= x + before.width / scale &&
      current.y + current.height <= y + before.height / scale;
    if (wasInSight) this.bringIntoSight(current);
  }

  /** Moves by lengths of the screen. */
  pan(dx: number, dy: number) {
    const { x, y, scale } = this.transform;
    this.show({ x: x + dx / scale, y: y + dy / scale, scale });
  }

  /** Zooms around a point of the stage, by itself its middle. */
  zoom(factor: number, at = { x: this.size.width / 2, y: this.size.height / 2 }) {
    const { x, y, scale } = this.transform;
    const next = Math.min(largest, Math.max(smallest, scale * factor));
    this.show({ x: x + at.x / scale - at.x / next, y: y + at.y / scale - at.y / next, scale: next });
  }

  /** Moves no more than needed to have this in sight. */
  bringIntoSight({ x, y, width, height }: Rect) {
    const { scale } = this.transform;
    if (this.fittedView && scale > smallest) return;
    const [across, down] = [this.size.width / scale, this.size.height / scale];
    const room = 20 / scale;
    const within = (at: number, from: number, length: number, context: number) => {
      if (at < from + room && at + length > from + context - room) return from;
      if (at < from + room) return at - room;
      return at + length > from + context - room ? Math.min(at - room, at + length + room - context) : from;
    };
    const next = { x: within(x, this.transform.x, width, across), y: within(y, this.transform.y, height, down), scale };
    if (next.x !== this.transform.x || next.y !== this.transform.y) this.show(next);
  }

  private measured(): Size {
    return { width: this.stage.clientWidth || 1, height: this.stage.clientHeight || 1 };
  }

  private set(view: View) {
    const scale = Math.min(largest, Math.max(smallest, view.scale));
    this.transform = { x: view.x, y: view.y, scale };
    this.world.setAttribute('transform', `scale(${scale}) translate(${-view.x} ${-view.y})`);
    this.root.classList.toggle('far', scale < far);
    this.root.classList.toggle('farther', scale < farther);
  }
}
