import type { Point, Rect, Size } from '../../../graph/layout/geometry';
import { el, type View } from './dom';
import { minNameScale } from './zoomLevel';

const minScale = 0.05;
const maxScale = 3;
/** The part of the drawing's width and height that a fitted view shows at least. */
const maxCropped = 0.75;
/** CSS pixels of the zoom buttons in the bottom right corner, with their margin, as in graph.css. */
const zoomButtons: Size = { width: 96, height: 44 };
/** CSS pixels of the minimap, which a cropped drawing shows above these buttons. */
const minimapWidth = 194;
/** Factor of one key press, button press or wheel step. */
export const zoomStep = 1.25;

/**
 * The visible part of the drawing; fitted until the user pans or zooms. CSS transforms outside of the SVG need no layout of
 * its texts; only the layer, which just moves, is composited, so that texts are rendered at their scale.
 */
export class Viewport {
  private readonly stage = el('stage');
  private readonly layer = el('layer');
  private readonly content = el<SVGSVGElement>('content');
  private transform: View = { x: 0, y: 0, scale: 1 };
  private contentSize: Size = { width: 1, height: 1 };
  private viewSize: Size;
  private fittedView: boolean;

  /** Called after each change of the view. */
  onDidChange: () => void = () => {};

  /** @param save persists the view; undefined while it is fitted */
  constructor(
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

  toStagePoint({ clientX, clientY }: { readonly clientX: number; readonly clientY: number }): Point {
    const { left, top } = this.stage.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  show(view: View) {
    this.fittedView = false;
    this.set(view);
    this.save(this.transform);
  }

  /**
   * Centers the whole drawing beside the zoom buttons, at a scale of at most 1; its top left, beside the minimap if it has the
   * space, if names would only just become illegible.
   */
  fit() {
    const { whole, width, height } = this.fittedArea();
    const scale = whole < minNameScale && whole > minNameScale * maxCropped ? minNameScale : whole;
    const free = width / scale - this.contentSize.width;
    const left = scale > whole ? Math.min(free / 2, free - minimapWidth / scale) : free / 2;
    const x = -Math.max(0, left);
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

  /** Width to height. */
  get aspectRatio(): number {
    return this.viewSize.width / this.viewSize.height;
  }

  /** A rectangle of the graph in CSS pixels of the stage. */
  toStage(rect: Rect): Rect {
    const { x, y, scale } = this.transform;
    return { x: (rect.x - x) * scale, y: (rect.y - y) * scale, width: rect.width * scale, height: rect.height * scale };
  }

  /** Centers a point of the graph. */
  center({ x, y }: Point, scale = this.transform.scale) {
    const { width, height } = this.size;
    this.show({ x: x - width / 2 / scale, y: y - height / 2 / scale, scale });
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

  /** The scale of the whole drawing, and the part of the stage in which it does not reach the zoom buttons. */
  private fittedArea(): Size & { readonly whole: number } {
    const { width, height } = this.size;
    const content = this.contentSize;
    const areaOf = (size: Size) => {
      const whole = Math.min(1, size.width / content.width, size.height / content.height);
      return { ...size, whole: Math.max(minScale, whole) };
    };
    const stage = areaOf(this.size);
    const isClear =
      (width - content.width * stage.whole) / 2 >= zoomButtons.width ||
      (height - content.height * stage.whole) / 2 >= zoomButtons.height;
    if (isClear) return stage;
    const [above, beside] = [
      areaOf({ width, height: height - zoomButtons.height }),
      areaOf({ width: width - zoomButtons.width, height }),
    ];
    return above.whole >= beside.whole ? above : beside;
  }

  private measure(): Size {
    return { width: this.stage.clientWidth || 1, height: this.stage.clientHeight || 1 };
  }

  private set(view: View) {
    const scale = Math.min(maxScale, Math.max(minScale, view.scale));
    this.transform = { x: view.x, y: view.y, scale };
    // Whole pixels of the screen keep texts sharp.
    const toPixels = (length: number) => Math.round(length * scale * devicePixelRatio) / devicePixelRatio;
    this.layer.style.transform = `translate(${-toPixels(view.x)}px, ${-toPixels(view.y)}px)`;
    this.content.style.transform = `scale(${scale})`;
    this.onDidChange();
  }
}
