import type { Size } from '../../graph/drawing/geometry';

/** Sizes of letters, in the units of the drawing; the page's style sheet has them too. */
export const nameSize = 13;
export const lineSize = 11;
/** A container's box. */
export const nodeHeight = 46;
/** Wide enough for what is said most during a removal. */
const narrowest = 196;
const widest = 250;
/** Beside the text: the sign, and the edges of the box. */
export const textLeft = 34;
const textRight = 12;
/** In the head of an open box, for the button that folds it. */
const foldRoom = 26;

/** About how wide a letter is, as a part of its size: nobody can measure where nothing is drawn. */
function letter(code: number): number {
  // Ideographs, Hangul, emoji and what else fills a square.
  if (code >= 0x1100 && !(code >= 0x2000 && code < 0x2e80)) return 1.05;
  const char = String.fromCodePoint(code);
  if (/[iljtf.,:;'|!() ]/.test(char)) return 0.4;
  return /[A-Zmw@%]/.test(char) ? 0.82 : 0.62;
}

export function textWidth(text: string, size: number): number {
  let width = 0;
  for (const char of text) width += letter(char.codePointAt(0) ?? 0);
  return width * size;
}

/** As much of a text as fits. */
export function fitting(text: string, size: number, room: number): string {
  if (textWidth(text, size) <= room) return text;
  let width = letter(0x4d) * size;
  let cut = '';
  for (const char of text) {
    width += letter(char.codePointAt(0) ?? 0) * size;
    if (width > room) break;
    cut += char;
  }
  return `${cut}…`;
}

export function nodeSize(label: string): Size {
  const wanted = textLeft + textWidth(label, nameSize) + textRight;
  return { width: Math.ceil(Math.min(widest, Math.max(narrowest, wanted))), height: nodeHeight };
}

/** The least that an open box needs for its name and what its members do. */
export function frameSize(label: string): Size {
  return { width: nodeSize(label).width + foldRoom + 60, height: nodeHeight };
}

/** How much room there is for text in a box. */
export function textRoom(width: number): number {
  return width - textLeft - textRight;
}
