import type { Point } from '../../../graph/layout/geometry';

/** Line segments per cubic curve. */
const segments = 12;

/** A path as `toSvgPath` writes it: `M x y`, then cubic curves. */
interface Edge {
  readonly path: string;
}

const cache = new WeakMap<Edge, readonly Point[]>();

/** The edge nearest to a point, if one is nearer than `maxDistance`. */
export function findEdgeAt<T extends Edge>(edges: readonly T[], at: Point, maxDistance: number): T | undefined {
  let nearest: T | undefined;
  let least = maxDistance;
  for (const edge of edges) {
    const found = distance(pointsOf(edge), at, least);
    if (found >= least) continue;
    least = found;
    nearest = edge;
  }
  return nearest;
}

/** The distance to a polyline, or `bound` if it is not less. */
function distance(points: readonly Point[], at: Point, bound: number): number {
  let least = bound;
  for (let next = 1; next < points.length; next++) {
    const [a, b] = [points[next - 1], points[next]];
    if (!a || !b) continue;
    if (at.x < Math.min(a.x, b.x) - least || at.x > Math.max(a.x, b.x) + least) continue;
    if (at.y < Math.min(a.y, b.y) - least || at.y > Math.max(a.y, b.y) + least) continue;
    const [dx, dy] = [b.x - a.x, b.y - a.y];
    const projection = ((at.x - a.x) * dx + (at.y - a.y) * dy) / (dx * dx + dy * dy || 1);
    const t = Math.max(0, Math.min(1, projection));
    least = Math.min(least, Math.hypot(at.x - a.x - t * dx, at.y - a.y - t * dy));
  }
  return least;
}

function pointsOf(edge: Edge): readonly Point[] {
  const cached = cache.get(edge);
  if (cached) return cached;
  const numbers = edge.path.match(/-?\d+(\.\d+)?/g)?.map(Number) ?? [];
  const at = (index: number): Point => ({ x: numbers[index] ?? 0, y: numbers[index + 1] ?? 0 });
  const points = [at(0)];
  for (let start = 0; start + 7 < numbers.length; start += 6) {
    const [from, control1, control2, to] = [at(start), at(start + 2), at(start + 4), at(start + 6)];
    for (let step = 1; step <= segments; step++) points.push(cubic(from, control1, control2, to, step / segments));
  }
  cache.set(edge, points);
  return points;
}

/** The point of a cubic Bézier curve at `t`. */
function cubic(a: Point, b: Point, c: Point, d: Point, t: number): Point {
  const s = 1 - t;
  const [wa, wb, wc, wd] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
  return { x: wa * a.x + wb * b.x + wc * c.x + wd * d.x, y: wa * a.y + wb * b.y + wc * c.y + wd * d.y };
}
