import type { Point, Size } from '../../graph/layout/geometry';
import type { Health } from '../../graph/model/model';
import type { Shape, Tone } from '../nodeShape';

/** Sideways offset of the control points of a reversed edge. */
const reversedOffset = 36;

/** An edge as an SVG path of cubic curves with vertical tangents at each point. */
export function toSvgPath(points: readonly Point[], isReversed: boolean): string {
  const [first, ...rest] = points;
  if (!first) return '';
  const parts = [`M${first.x} ${first.y}`];
  let at = first;
  for (const next of rest) {
    if (isReversed) {
      const out = Math.max(at.x, next.x) + reversedOffset;
      parts.push(`C${out} ${at.y} ${out} ${next.y} ${next.x} ${next.y}`);
    } else {
      const middle = (at.y + next.y) / 2;
      parts.push(`C${at.x} ${middle} ${next.x} ${middle} ${next.x} ${next.y}`);
    }
    at = next;
  }
  return parts.join('');
}

/** A point of the curve that `toSvgPath` draws between two points, rounded; `t` from 0 to 1. */
export function curveAt(from: Point, to: Point, isReversed: boolean, t: number): Point {
  const out = Math.max(from.x, to.x) + reversedOffset;
  const middle = (from.y + to.y) / 2;
  const at = (start: number, first: number, second: number, end: number) =>
    Math.round((1 - t) ** 3 * start + 3 * (1 - t) ** 2 * t * first + 3 * (1 - t) * t ** 2 * second + t ** 3 * end);
  return isReversed
    ? { x: at(from.x, out, out, to.x), y: at(from.y, from.y, to.y, to.y) }
    : { x: at(from.x, from.x, to.x, to.x), y: at(from.y, middle, middle, to.y) };
}

/** The middle of an edge, where its label is drawn if no node is there. */
export function middleOf(points: readonly Point[], isReversed: boolean): Point {
  const at = Math.floor((points.length - 1) / 2);
  const [from, to] = [points[at] ?? { x: 0, y: 0 }, points[at + 1] ?? points[at] ?? { x: 0, y: 0 }];
  // Three quarters of the offset: where the cubic curve is at its middle.
  const out = isReversed ? Math.max(from.x, to.x) + 0.75 * reversedOffset - (from.x + to.x) / 2 : 0;
  return { x: Math.round((from.x + to.x) / 2 + out), y: Math.round((from.y + to.y) / 2) };
}

/** An icon in a square of 16, as an SVG path in which only moves are absolute. */
export interface Icon {
  readonly path: string;
  /** Filled, not stroked. */
  readonly solid: boolean;
  readonly dotted?: boolean;
}

const circle = 'M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12z';

export const icons: Readonly<Record<Shape, Icon>> = {
  running: { path: circle, solid: true },
  exited: { path: circle, solid: false },
  exitedWithError: { path: `${circle}M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4`, solid: false },
  created: { path: circle, solid: false, dotted: true },
  paused: { path: 'M4 3h3v10h-3zM9 3h3v10h-3z', solid: true },
  restarting: { path: 'M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3', solid: false },
  stopping: { path: `${circle}M8 2v12a6 6 0 0 1 0-12z`, solid: false },
  removing: { path: 'M3 4h10M6 4v-2h4v2M4.5 4l.7 10h5.6l.7-10', solid: false },
  waiting: { path: `${circle}M8 4.5v3.5l2.5 2`, solid: false },
  otherWindow: { path: 'M2 2h8v8h-8zM12 6h2v8h-8v-2', solid: false },
  warning: { path: 'M8 2l6.5 12h-13zM8 6.5v4M8 12v.6', solid: false },
  unlisted: { path: 'M5.5 6a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.8-1.1 1.8M8 12.4v.8', solid: false },
  failed: { path: 'M3 3l10 10M13 3l-10 10', solid: false },
  removed: { path: 'M2.5 8.5l3.5 3.5l7.5-8', solid: false },
  pod: { path: 'M8 1.5l6 3.2v6.6l-6 3.2l-6-3.2v-6.6zM2 4.7l6 3.3l6-3.3M8 8v6.5', solid: false },
  box: { path: 'M2 5l6-3l6 3l-6 3zM2 8l6 3l6-3M2 11l6 3l6-3', solid: false },
  volume: { path: 'M3 4c0-2.6 10-2.6 10 0v8c0 2.6-10 2.6-10 0zM3 4c0 2.6 10 2.6 10 0', solid: false },
  network: { path: 'M6 2h4v4h-4zM2 10h4v4h-4zM10 10h4v4h-4zM8 6v2M4 10v-2h8v2', solid: false },
  image: { path: 'M5 2h9v9h-9zM11 11v3h-9v-9h3', solid: false },
};

export function iconClass({ solid, dotted }: Icon): string {
  return ['icon', ...(solid ? ['solid'] : []), ...(dotted ? ['dotted'] : [])].join(' ');
}

/** The icon's path, translated. */
export function iconAt({ path }: Icon, x: number, y: number): string {
  return path.replace(/M(\S+) ([\d.]+)/g, (_, atX: string, atY: string) => `M${Number(atX) + x} ${Number(atY) + y}`);
}

export const shield: Icon = { path: 'M8 1.5l5.5 2v4c0 3.5-2.3 5.9-5.5 7c-3.2-1.1-5.5-3.5-5.5-7v-4z', solid: false };

const heart = 'M8 13.5l-4.9-5a3 3 0 0 1 4.9-3.3a3 3 0 0 1 4.9 3.3z';

/** A mark beside the name of a node. */
export type Mark = Health | 'protected';

export const marks: Readonly<Record<Mark, { readonly icon: Icon; readonly tone: Tone }>> = {
  healthy: { icon: { path: heart, solid: true }, tone: 'good' },
  starting: { icon: { path: heart, solid: false }, tone: 'warn' },
  unhealthy: { icon: { path: `${heart}M8 5.2l-1.7 2.6l3.2 1.2l-1.5 2.2`, solid: false }, tone: 'bad' },
  protected: { icon: shield, tone: 'good' },
};
/** Space for one mark. */
export const markWidth = 18;

/** The marks of a node, from the right. */
export function marksOf({
  health,
  isProtected,
}: {
  readonly health?: Health | undefined;
  readonly isProtected: boolean;
}) {
  return [...(isProtected ? (['protected'] as const) : []), ...(health ? [health] : [])].map((mark) => marks[mark]);
}

/** Font sizes in graph units, as in graph.css. */
export const nameSize = 13;
export const subtitleSize = 11;
/** Of an engine's name. */
export const headingSize = 15;
const nodeHeight = 46;
/** Height of a pod member. */
const rowHeight = 24;
/** Fits the usual texts of operations. */
const minWidth = 190;
const maxWidth = 250;
/** Padding of the chip with the ports. */
export const chipPadding = 5;
/** Space for the icon. */
export const textStart = 34;
const textRight = 12;
const collapseToggleWidth = 26;
const maxRowWidth = 280;
/** For the states after the name of an expanded box. */
const frameSubtitleWidth = 116;
/** For the image after a member's name. */
const rowSubtitleWidth = 80;

/** Names of the largest font fit. */
const resourceHeight = 34;
const minResourceWidth = 140;
const maxResourceWidth = 230;
/** For `used by 3` after the name. */
const resourceSubtitleWidth = 78;

const narrow = new Set("iljtf.,:;'|!() ");
const wide = new Set('ABCDEFGHIJKLMNOPQRSTUVWXYZmw@%');

/** Estimated character width in em: the extension host has no fonts to measure. */
function charWidth(char: string): number {
  const code = char.codePointAt(0) ?? 0;
  // Ideographs, Hangul and emoji.
  if (code >= 0x1100 && !(code >= 0x2000 && code < 0x2e80)) return 1.05;
  if (narrow.has(char)) return 0.4;
  return wide.has(char) ? 0.82 : 0.62;
}

export function textWidth(text: string, size: number): number {
  let width = 0;
  for (const char of text) width += charWidth(char);
  return width * size;
}

export function truncateToWidth(text: string, size: number, space: number): string {
  if (textWidth(text, size) <= space) return text;
  let width = charWidth('M') * size;
  let cut = '';
  for (const char of text) {
    width += charWidth(char) * size;
    if (width > space) break;
    cut += char;
  }
  return `${cut}…`;
}

/** Like `truncateToWidth`, but in the middle: long names often differ at the end. */
export function truncateMiddle(text: string, size: number, space: number): string {
  if (textWidth(text, size) <= space) return text;
  const chars = [...text];
  // The end gets half as many characters as the beginning.
  let [head, tail] = [0, 0];
  let width = textWidth('…', size);
  for (let next = 0; head + tail < chars.length; next++) {
    const isTail = next % 3 === 2;
    width += charWidth(chars.at(isTail ? -tail - 1 : head) ?? '') * size;
    if (width > space) break;
    if (isTail) tail++;
    else head++;
  }
  return head > 0 ? `${chars.slice(0, head).join('')}…${chars.slice(chars.length - tail).join('')}` : '';
}

export function nodeSize(label: string): Size {
  const wanted = textStart + textWidth(label, nameSize) + textRight;
  return { width: Math.ceil(Math.min(maxWidth, Math.max(minWidth, wanted))), height: nodeHeight };
}

/** Of a volume, network or image: smaller than containers. */
export function resourceNodeSize(label: string): Size {
  const wanted = textStart + textWidth(label, nameSize) + resourceSubtitleWidth + textRight;
  return { width: Math.ceil(Math.min(maxResourceWidth, Math.max(minResourceWidth, wanted))), height: resourceHeight };
}

/** Of all resources of a kind, collapsed: its name is legible at every scale that shows names. */
export const resourceBoxSize: Size = { width: maxWidth, height: nodeHeight };

/** Size of each member of a pod, so that they align. */
export function rowSize(labels: readonly string[], minWidth: number): Size {
  const widest = labels.reduce((max, label) => Math.max(max, textWidth(label, nameSize)), 0);
  const width = textStart + widest + rowSubtitleWidth + textRight;
  return { width: Math.ceil(Math.min(maxRowWidth, Math.max(minWidth, width))), height: rowHeight };
}

/** Minimum size of an expanded box, for its label and state. */
export function frameSize(label: string): Size {
  const width = textStart + textWidth(label, nameSize) + frameSubtitleWidth + collapseToggleWidth;
  return { width: Math.ceil(Math.min(maxRowWidth, Math.max(minWidth, width))), height: nodeHeight };
}

export function textSpace(width: number): number {
  return width - textStart - textRight;
}
