import type { Point, Rect, Size } from '../../../graph/layout/geometry';
import type { EdgeModel, GraphModel, NodeModel, NodePresentation } from '../messages';
import { el, type Strings, svg, type View } from './dom';
import { NodeElement } from './nodeElement';

/** Arrow heads: half the width, and the length. */
const arrow = { side: 4, length: 8 };

/** The SVG drawing. Engine data is only set as text. */
export class Canvas {
  readonly root = el<SVGSVGElement>('drawing');
  readonly content = svg('g');
  private readonly hardEdges = svg('path', { class: 'edge hard' });
  private readonly hardArrows = svg('path', { class: 'arrow' });
  private readonly softEdges = svg('path', { class: 'edge soft' });
  private readonly softArrows = svg('path', { class: 'edge' });
  private readonly highlightedHard = svg('path', { class: 'edge highlighted' });
  private readonly highlightedSoft = svg('path', { class: 'edge highlighted soft' });
  private readonly edgeGroup = svg('g', { class: 'edges' });
  private readonly elements = new Map<string, NodeElement>();
  private drawnEdges: readonly EdgeModel[] = [];

  constructor() {
    this.edgeGroup.append(this.hardEdges, this.softEdges, this.hardArrows, this.softArrows);
    this.root.append(this.content);
  }

  get nodes(): readonly NodeModel[] {
    return [...this.elements.values()].map(({ node }) => node);
  }

  get edges(): readonly EdgeModel[] {
    return this.drawnEdges;
  }

  get(key: string): NodeModel | undefined {
    return this.elements.get(key)?.node;
  }

  draw({ engines, nodes, edges }: GraphModel, strings: Strings) {
    const before = new Map(this.elements);
    this.elements.clear();
    const frames = svg('g');
    const boxes = svg('g');
    for (const node of nodes) {
      const element = nodeElementOf(node, before.get(node.key), strings);
      this.elements.set(node.key, element);
      (node.collapsed === false ? frames : boxes).append(element.group);
    }
    const titles = engines.map(({ x, y, label }) => {
      const title = svg('text', { class: 'engine', x, y: y + 16 });
      title.textContent = label;
      return title;
    });
    this.drawnEdges = edges;
    this.drawEdges();
    this.highlight([]);
    this.content.replaceChildren(...titles, frames, this.edgeGroup, this.highlightedHard, this.highlightedSoft, boxes);
  }

  updateNodes(presentations: readonly NodePresentation[], removed: readonly string[]) {
    for (const presentation of presentations) this.elements.get(presentation.key)?.update(presentation);
    if (removed.length === 0) return;
    for (const key of removed) {
      this.elements.get(key)?.group.remove();
      this.elements.delete(key);
    }
    this.drawnEdges = this.drawnEdges.filter(({ from, to }) => this.elements.has(from) && this.elements.has(to));
    this.drawEdges();
  }

  /** Sets a class on exactly these nodes. */
  mark(className: string, keys: ReadonlySet<string>) {
    for (const [key, element] of this.elements) element.mark(className, keys.has(key));
  }

  /** @param badges the step of each node, from 1, or a shield */
  setBadges(badges: ReadonlyMap<string, number | 'kept'>) {
    for (const [key, element] of this.elements) element.setBadge(badges.get(key));
  }

  highlight(edges: readonly EdgeModel[]) {
    const of = (hard: boolean) => edges.filter((edge) => edge.hard === hard).map(({ path }) => path);
    // In the solid path, because arrow heads are never dashed.
    const arrows = edges.map(({ path, hard }) => arrowHeadOf(path, hard));
    this.highlightedHard.setAttribute('d', [...of(true), ...arrows].join(''));
    this.highlightedSoft.setAttribute('d', of(false).join(''));
  }

  private drawEdges() {
    const of = (hard: boolean) => this.drawnEdges.filter((edge) => edge.hard === hard).map(({ path }) => path);
    const [hard, soft] = [of(true), of(false)];
    this.hardEdges.setAttribute('d', hard.join(''));
    this.hardArrows.setAttribute('d', hard.map((path) => arrowHeadOf(path, true)).join(''));
    this.softEdges.setAttribute('d', soft.join(''));
    this.softArrows.setAttribute('d', soft.map((path) => arrowHeadOf(path, false)).join(''));
  }
}

/** Reuses the existing element if it has the same parts. */
function nodeElementOf(node: NodeModel, existing: NodeElement | undefined, strings: Strings): NodeElement {
  if (!existing || existing.node.collapsed !== node.collapsed) return new NodeElement(node, strings);
  existing.setBounds(node);
  return existing;
}

/** The arrow head at the last point of an edge's path; reversed edges arrive from the side. */
function arrowHeadOf(path: string, solid: boolean): string {
  const numbers = path
    .slice(path.lastIndexOf('C') + 1)
    .split(' ')
    .map(Number);
  const [bx = 0, by = 0, x = 0, y = 0] = numbers.slice(2);
  const { side, length } = arrow;
  const end = solid ? 'z' : '';
  if (by === y && bx > x) return `M${x + length} ${y - side}L${x} ${y}L${x + length} ${y + side}${end}`;
  return `M${x - side} ${y - length}L${x} ${y}L${x + side} ${y - length}${end}`;
}

const minScale = 0.05;
const maxScale = 3;
/** Below these scales subtitles, then names, are illegible and not rendered. */
const minSubtitleScale = 0.5;
const minNameScale = 0.25;
/** Factor of one key press, button press or wheel step. */
export const zoomStep = 1.25;

/** The visible part of the drawing; fitted until the user pans or zooms. */
export class Viewport {
  private readonly stage = el('stage');
  private transform: View = { x: 0, y: 0, scale: 1 };
  private contentSize: Size = { width: 1, height: 1 };
  private viewSize: Size;
  private fittedView: boolean;

  /** @param save persists the view; undefined while it is fitted */
  constructor(
    private readonly content: SVGGElement,
    private readonly root: SVGSVGElement,
    saved: View | undefined,
    private readonly save: (view: View | undefined) => void,
  ) {
    this.fittedView = saved === undefined;
    this.viewSize = this.measure();
    if (saved) this.set(saved);
  }

  get isFitted(): boolean {
    return this.fittedView;
  }

  get view(): View {
    return this.transform;
  }

  /** Cached, because reading it from the DOM forces a layout. */
  get size(): Size {
    return this.viewSize;
  }

  setContentSize({ width, height }: Size) {
    this.contentSize = { width, height };
  }

  /** Converts client coordinates to graph coordinates. */
  toGraphPoint({ clientX, clientY }: { readonly clientX: number; readonly clientY: number }): Point {
    const { left, top } = this.stage.getBoundingClientRect();
    const { x, y, scale } = this.transform;
    return { x: x + (clientX - left) / scale, y: y + (clientY - top) / scale };
  }

  show(view: View) {
    this.fittedView = false;
    this.set(view);
    this.save(this.transform);
  }

  /** Centers the whole drawing at a scale of at most 1. */
  fit() {
    const { width, height } = this.size;
    const scale = Math.max(minScale, Math.min(1, width / this.contentSize.width, height / this.contentSize.height));
    const x = (this.contentSize.width - width / scale) / 2;
    const y = Math.min(0, (this.contentSize.height - height / scale) / 2);
    this.fittedView = true;
    this.set({ x, y, scale });
    this.save(undefined);
  }

  /** Keeps a fitted drawing fitted, and the current node visible. */
  onResize(current: Rect | undefined) {
    const before = this.viewSize;
    this.viewSize = this.measure();
    if (this.fittedView) return this.fit();
    const { x, y, scale } = this.transform;
    if (!current) return;
    const wasVisible =
      current.x >= x &&
      current.y >= y &&
      current.x + current.width <= x + before.width / scale &&
      current.y + current.height <= y + before.height / scale;
    if (wasVisible) this.scrollIntoView(current);
  }

  /** Moves by CSS pixels. */
  pan(dx: number, dy: number) {
    const { x, y, scale } = this.transform;
    this.show({ x: x + dx / scale, y: y + dy / scale, scale });
  }

  /** Zooms around a point of the stage, by default its center. */
  zoom(factor: number, at = { x: this.size.width / 2, y: this.size.height / 2 }) {
    const { x, y, scale } = this.transform;
    const next = Math.min(maxScale, Math.max(minScale, scale * factor));
    this.show({ x: x + at.x / scale - at.x / next, y: y + at.y / scale - at.y / next, scale: next });
  }

  /** Moves no more than needed. */
  scrollIntoView({ x, y, width, height }: Rect) {
    const { scale } = this.transform;
    if (this.fittedView && scale > minScale) return;
    const [viewWidth, viewHeight] = [this.size.width / scale, this.size.height / scale];
    const margin = 20 / scale;
    const scrolled = (at: number, from: number, length: number, viewLength: number) => {
      if (at < from + margin && at + length > from + viewLength - margin) return from;
      if (at < from + margin) return at - margin;
      return at + length > from + viewLength - margin ? Math.min(at - margin, at + length + margin - viewLength) : from;
    };
    const next = {
      x: scrolled(x, this.transform.x, width, viewWidth),
      y: scrolled(y, this.transform.y, height, viewHeight),
      scale,
    };
    if (next.x !== this.transform.x || next.y !== this.transform.y) this.show(next);
  }

  private measure(): Size {
    return { width: this.stage.clientWidth || 1, height: this.stage.clientHeight || 1 };
  }

  private set(view: View) {
    const scale = Math.min(maxScale, Math.max(minScale, view.scale));
    this.transform = { x: view.x, y: view.y, scale };
    this.content.setAttribute('transform', `scale(${scale}) translate(${-view.x} ${-view.y})`);
    this.root.classList.toggle('no-subtitles', scale < minSubtitleScale);
    this.root.classList.toggle('no-names', scale < minNameScale);
  }
}
