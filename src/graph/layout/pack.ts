import type { EdgeRoute, LayoutNode, LayoutEdge, Placement, Point } from './geometry';
import { sugiyamaLayout } from './layered';

/** Between parts that do not hang together. */
const gap = 28;
/** Width to height of a drawing of many parts, as screens are. */
const shape = 1.6;

/** A placement that the next one can begin from. */
export interface PackedLayout extends Placement {
  /** What hangs together, each by all that its drawing follows from. */
  readonly deps: ReadonlyMap<string, Placement>;
}

interface Part {
  readonly placement: Placement;
  readonly signature: string;
  readonly isIsolated: boolean;
  /** Where it stood before. */
  readonly previousPosition: Point | undefined;
}

/**
 * Places items: what hangs together as a layered drawing, these drawings beside and below each other in rows, and what has
 * no line behind them. Nothing overlaps, and the same input makes the same drawing.
 *
 * @param items  in the order in which they are to stand where lines do not matter
 * @param before an earlier arrangement: what has not changed keeps its drawing, what stood keeps its order, and what is
 *               new stands behind it
 */
export function layoutComponents(
  items: readonly LayoutNode[],
  lines: readonly LayoutEdge[],
  before?: PackedLayout,
): PackedLayout {
  const known = new Set(items.map(({ id }) => id));
  const inner = lines.filter(({ from, to }) => from !== to && known.has(from) && known.has(to));
  const parts = connected(items, inner).map((group) => layoutComponent(group, before));
  const placement = packRows(inOrder(parts), before);
  return { ...placement, deps: new Map(parts.map((part) => [part.signature, part.placement])) };
}

interface Group {
  readonly items: readonly LayoutNode[];
  readonly lines: readonly LayoutEdge[];
}

function connected(items: readonly LayoutNode[], lines: readonly LayoutEdge[]): Group[] {
  const head = new Map(items.map(({ id }) => [id, id]));
  const find = (id: string): string => {
    let at = id;
    for (let up = head.get(at) ?? at; up !== at; up = head.get(at) ?? at) {
      head.set(at, head.get(up) ?? up);
      at = up;
    }
    return at;
  };
  for (const { from, to } of lines) head.set(find(from), find(to));
  const groups = new Map<string, { items: LayoutNode[]; lines: LayoutEdge[] }>();
  for (const item of items) {
    const root = find(item.id);
    const group = groups.get(root);
    if (group) group.items.push(item);
    else groups.set(root, { items: [item], lines: [] });
  }
  for (const line of lines) groups.get(find(line.from))?.lines.push(line);
  return [...groups.values()];
}

function layoutComponent({ items, lines }: Group, before: PackedLayout | undefined): Part {
  const [first] = items;
  const signature = signatureOf(items, lines);
  const isIsolated = items.length === 1;
  const positions = items.flatMap(({ id }) => before?.positions.get(id) ?? []);
  const previousPosition = positions.length > 0 ? { x: lowest(positions, 'x'), y: lowest(positions, 'y') } : undefined;
  const known = before?.deps.get(signature);
  if (known) return { placement: known, signature, isIsolated, previousPosition };
  if (isIsolated && first) {
    const place = new Map([[first.id, { x: 0, y: 0 }]]);
    return {
      placement: { positions: place, routes: [], width: first.width, height: first.height },
      signature,
      isIsolated,
      previousPosition,
    };
  }
  const x = ({ id }: LayoutNode) => before?.positions.get(id)?.x ?? Number.MAX_VALUE;
  const sorted = before ? [...items].sort((a, b) => x(a) - x(b)) : items;
  return { placement: sugiyamaLayout(sorted, lines), signature, isIsolated, previousPosition };
}

function signatureOf(items: readonly LayoutNode[], lines: readonly LayoutEdge[]): string {
  const nodes = items.map(({ id, width, height }) => `${id} ${width} ${height}`).sort();
  return [...nodes, ...lines.map(({ from, to }) => `${from} > ${to}`).sort()].join('\n');
}

function lowest(positions: readonly Point[], axis: 'x' | 'y'): number {
  return positions.reduce((low, place) => Math.min(low, place[axis]), Infinity);
}

/** What stood somewhere comes first, in that order; of the new, what hangs together before what stands alone. */
function inOrder(parts: readonly Part[]): Placement[] {
  const sorted = parts.map((part, at) => ({ ...part, at }));
  sorted.sort((a, b) => {
    if (a.previousPosition && b.previousPosition)
      return a.previousPosition.y - b.previousPosition.y || a.previousPosition.x - b.previousPosition.x;
    if (a.previousPosition || b.previousPosition) return a.previousPosition ? -1 : 1;
    if (a.isIsolated !== b.isIsolated) return a.isIsolated ? 1 : -1;
    return a.isIsolated ? a.at - b.at : b.placement.height - a.placement.height || a.at - b.at;
  });
  return sorted.map(({ placement }) => placement);
}

/** In rows, from left to right; these break where they broke before. */
function packRows(parts: readonly Placement[], before: Placement | undefined): Placement {
  const area = parts.reduce((sum, { width, height }) => sum + (width + gap) * (height + gap), 0);
  const wished = before && before.positions.size > 0 ? before.width : Math.sqrt(area * shape);
  const limit = parts.reduce((most, { width }) => Math.max(most, width), wished);
  const positions = new Map<string, Point>();
  const routes: EdgeRoute[] = [];
  let [x, y, rowHeight, width] = [0, 0, 0, 0];
  for (const part of parts) {
    if (x > 0 && x + part.width > limit) {
      y += rowHeight + gap;
      x = 0;
      rowHeight = 0;
    }
    for (const [id, place] of part.positions) positions.set(id, translate(place, x, y));
    for (const bend of part.routes)
      routes.push({ ...bend, points: bend.points.map((point) => translate(point, x, y)) });
    x += part.width + gap;
    width = Math.max(width, x - gap);
    rowHeight = Math.max(rowHeight, part.height);
  }
  return { positions, routes, width, height: parts.length > 0 ? y + rowHeight : 0 };
}

function translate(point: Point, x: number, y: number): Point {
  return { x: point.x + x, y: point.y + y };
}
