import type { Point } from '../../../graph/layout/geometry';

/** Points for each bend of a line: as many as the eye needs, and no more. */
const steps = 12;

/** What a line is drawn by: `M x y`, then bends of three points each, as `pathOf` writes them. */
interface HighlightTarget {
  readonly path: string;
}

const knownNodes = new WeakMap<HighlightTarget, readonly Point[]>();

/** The line nearest to a point, if one is within reach. */
export function findEdgeAt<T extends HighlightTarget>(lines: readonly T[], at: Point, reach: number): T | undefined {
  let best: T | undefined;
  let least = reach;
  for (const line of lines) {
    const far = distance(pointsOf(line), at, least);
    if (far >= least) continue;
    least = far;
    best = line;
  }
  return best;
}

/** The least distance to a row of points, as far as it is below a bound. */
function distance(points: readonly Point[], at: Point, bound: number): number {
  let least = bound;
  for (let next = 1; next < points.length; next++) {
    const [a, b] = [points[next - 1], points[next]];
    if (!a || !b) continue;
    if (at.x < Math.min(a.x, b.x) - least || at.x > Math.max(a.x, b.x) + least) continue;
    if (at.y < Math.min(a.y, b.y) - least || at.y > Math.max(a.y, b.y) + least) continue;
    const [dx, dy] = [b.x - a.x, b.y - a.y];
    const along = ((at.x - a.x) * dx + (at.y - a.y) * dy) / (dx * dx + dy * dy || 1);
    const part = Math.max(0, Math.min(1, along));
    least = Math.min(least, Math.hypot(at.x - a.x - part * dx, at.y - a.y - part * dy));
  }
  return least;
}

function pointsOf(line: HighlightTarget): readonly Point[] {
  const before = knownNodes.get(line);
  if (before) return before;
  const numbers = line.path.match(/-?\d+(\.\d+)?/g)?.map(Number) ?? [];
  const at = (element: number): Point => ({ x: numbers[element] ?? 0, y: numbers[element + 1] ?? 0 });
  const points = [at(0)];
  for (let element = 0; element + 7 < numbers.length; element += 6) {
    const [from, leaves, enters, to] = [at(element), at(element + 2), at(element + 4), at(element + 6)];
    for (let step = 1; step <= steps; step++) points.push(bend(from, leaves, enters, to, step / steps));
  }
  knownNodes.set(line, points);
  return points;
}

/** A point of a cubic curve. */
function bend(a: Point, b: Point, c: Point, d: Point, t: number): Point {
  const s = 1 - t;
  const [wa, wb, wc, wd] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
  return { x: wa * a.x + wb * b.x + wc * c.x + wd * d.x, y: wa * a.y + wb * b.y + wc * c.y + wd * d.y };
}
