import type { Point, Rect, Size } from '../../../graph/drawing/geometry';
import { part } from './dom';
import type { View } from './store';

const smallest = 0.05;
const largest = 3;
/** Below these scales, lines of states and then names are too small to be read, and are not drawn. */
const far = 0.5;
const farther = 0.25;
/** How much one turn of a wheel, one key, or one button changes the scale. */
export const zoomStep = 1.25;

/** Which part of the drawing is in sight: all of it, until a person looks closer. */
export class Viewport {
  private readonly stage = part('stage');
  private now: View = { x: 0, y: 0, scale: 1 };
  private whole: Size = { width: 1, height: 1 };
  private room: Size;
  private fitted: boolean;

  /** @param keep takes what is to outlive a reload; undefined while all is in sight */
  constructor(
    private readonly world: SVGGElement,
    private readonly root: SVGSVGElement,
    kept: View | undefined,
    private readonly keep: (view: View | undefined) => void,
  ) {
    this.fitted = kept === undefined;
    this.room = this.measured();
    if (kept) this.set(kept);
  }

  /** Whether all is in sight because nobody has looked closer. */
  get isFitted(): boolean {
    return this.fitted;
  }

  get view(): View {
    return this.now;
  }

  /** Of the stage, as it was told: to ask would make the browser lay out what is about to change once more. */
  get size(): Size {
    return this.room;
  }

  setWhole(whole: Size) {
    this.whole = whole;
  }

  /** The point of the drawing that is seen at a point of the screen. */
  at({ clientX, clientY }: { readonly clientX: number; readonly clientY: number }): Point {
    const { left, top } = this.stage.getBoundingClientRect();
    const { x, y, scale } = this.now;
    return { x: x + (clientX - left) / scale, y: y + (clientY - top) / scale };
  }

  show(view: View) {
    this.fitted = false;
    this.set(view);
    this.keep(this.now);
  }

  /** All in sight, in the middle, never larger than it is. */
  fit() {
    const { width, height } = this.size;
    const scale = Math.max(smallest, Math.min(1, width / this.whole.width, height / this.whole.height));
    const x = (this.whole.width - width / scale) / 2;
    const y = Math.min(0, (this.whole.height - height / scale) / 2);
    this.fitted = true;
    this.set({ x, y, scale });
    this.keep(undefined);
  }

  /** The stage has another size now: all stays in sight if it was, and so does this. */
  resized(current: Rect | undefined) {
    const before = this.room;
    this.room = this.measured();
    if (this.fitted) return this.fit();
    const { x, y, scale } = this.now;
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
    const { x, y, scale } = this.now;
    this.show({ x: x + dx / scale, y: y + dy / scale, scale });
  }

  /** Zooms around a point of the stage, by itself its middle. */
  zoom(factor: number, at = { x: this.size.width / 2, y: this.size.height / 2 }) {
    const { x, y, scale } = this.now;
    const next = Math.min(largest, Math.max(smallest, scale * factor));
    this.show({ x: x + at.x / scale - at.x / next, y: y + at.y / scale - at.y / next, scale: next });
  }

  /** Moves no more than needed to have this in sight. */
  bringIntoSight({ x, y, width, height }: Rect) {
    const { scale } = this.now;
    if (this.fitted && scale > smallest) return;
    const [across, down] = [this.size.width / scale, this.size.height / scale];
    const room = 20 / scale;
    const within = (at: number, from: number, length: number, sight: number) => {
      if (at < from + room && at + length > from + sight - room) return from;
      if (at < from + room) return at - room;
      return at + length > from + sight - room ? Math.min(at - room, at + length + room - sight) : from;
    };
    const next = { x: within(x, this.now.x, width, across), y: within(y, this.now.y, height, down), scale };
    if (next.x !== this.now.x || next.y !== this.now.y) this.show(next);
  }

  private measured(): Size {
    return { width: this.stage.clientWidth || 1, height: this.stage.clientHeight || 1 };
  }

  private set(view: View) {
    const scale = Math.min(largest, Math.max(smallest, view.scale));
    this.now = { x: view.x, y: view.y, scale };
    this.world.setAttribute('transform', `scale(${scale}) translate(${-view.x} ${-view.y})`);
    this.root.classList.toggle('far', scale < far);
    this.root.classList.toggle('farther', scale < farther);
  }
}
