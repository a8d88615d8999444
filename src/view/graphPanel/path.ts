import type { Point } from '../../graph/drawing/geometry';

/** How far a line that leads back swings out to the side. */
const swing = 36;

/** A line through points as an SVG path: it leaves and enters each of them vertically. */
export function pathOf(points: readonly Point[], back: boolean): string {
  const [first, ...rest] = points;
  if (!first) return '';
  const parts = [`M${first.x} ${first.y}`];
  let at = first;
  for (const next of rest) {
    if (back) {
      const out = Math.max(at.x, next.x) + swing;
      parts.push(`C${out} ${at.y} ${out} ${next.y} ${next.x} ${next.y}`);
    } else {
      const middle = (at.y + next.y) / 2;
      parts.push(`C${at.x} ${middle} ${next.x} ${middle} ${next.x} ${next.y}`);
    }
    at = next;
  }
  return parts.join('');
}
