import type { Bend, Item, Line, Placement, Point } from './geometry';
import { layered } from './layers';

/** Between parts that do not hang together. */
const gap = 28;
/** Width to height of a drawing of many parts, as screens are. */
const shape = 1.6;

/** A placement that the next one can begin from. */
export interface Arranged extends Placement {
  /** What hangs together, each by all that its drawing follows from. */
  readonly parts: ReadonlyMap<string, Placement>;
}

interface Part {
  readonly placement: Placement;
  readonly signature: string;
  readonly loose: boolean;
  /** Where it stood before. */
  readonly stood: Point | undefined;
}

/**
 * Places items: what hangs together as a layered drawing, these drawings beside and below each other in rows, and what has
 * no line behind them. Nothing overlaps, and the same input makes the same drawing.
 *
 * @param items  in the order in which they are to stand where lines do not matter
 * @param before an earlier arrangement: what has not changed keeps its drawing, what stood keeps its order, and what is
 *               new stands behind it
 */
export function arrange(items: readonly Item[], lines: readonly Line[], before?: Arranged): Arranged {
  const known = new Set(items.map(({ id }) => id));
  const inner = lines.filter(({ from, to }) => from !== to && known.has(from) && known.has(to));
  const parts = connected(items, inner).map((group) => drawPart(group, before));
  const placement = packed(inOrder(parts), before);
  return { ...placement, parts: new Map(parts.map((part) => [part.signature, part.placement])) };
}

interface Group {
  readonly items: readonly Item[];
  readonly lines: readonly Line[];
}

function connected(items: readonly Item[], lines: readonly Line[]): Group[] {
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
  const groups = new Map<string, { items: Item[]; lines: Line[] }>();
  for (const item of items) {
    const root = find(item.id);
    const group = groups.get(root);
    if (group) group.items.push(item);
    else groups.set(root, { items: [item], lines: [] });
  }
  for (const line of lines) groups.get(find(line.from))?.lines.push(line);
  return [...groups.values()];
}

function drawPart({ items, lines }: Group, before: Arranged | undefined): Part {
  const [first] = items;
  const signature = signatureOf(items, lines);
  const loose = items.length === 1;
  const places = items.flatMap(({ id }) => before?.places.get(id) ?? []);
  const stood = places.length > 0 ? { x: lowest(places, 'x'), y: lowest(places, 'y') } : undefined;
  const known = before?.parts.get(signature);
  if (known) return { placement: known, signature, loose, stood };
  if (loose && first) {
    const place = new Map([[first.id, { x: 0, y: 0 }]]);
    return {
      placement: { places: place, bends: [], width: first.width, height: first.height },
      signature,
      loose,
      stood,
    };
  }
  const x = ({ id }: Item) => before?.places.get(id)?.x ?? Number.MAX_VALUE;
  const sorted = before ? [...items].sort((a, b) => x(a) - x(b)) : items;
  return { placement: layered(sorted, lines), signature, loose, stood };
}

function signatureOf(items: readonly Item[], lines: readonly Line[]): string {
  const nodes = items.map(({ id, width, height }) => `${id} ${width} ${height}`).sort();
  return [...nodes, ...lines.map(({ from, to }) => `${from} > ${to}`).sort()].join('\n');
}

function lowest(places: readonly Point[], axis: 'x' | 'y'): number {
  return places.reduce((low, place) => Math.min(low, place[axis]), Infinity);
}

/** What stood somewhere comes first, in that order; of the new, what hangs together before what stands alone. */
function inOrder(parts: readonly Part[]): Placement[] {
  const sorted = parts.map((part, at) => ({ ...part, at }));
  sorted.sort((a, b) => {
    if (a.stood && b.stood) return a.stood.y - b.stood.y || a.stood.x - b.stood.x;
    if (a.stood || b.stood) return a.stood ? -1 : 1;
    if (a.loose !== b.loose) return a.loose ? 1 : -1;
    return a.loose ? a.at - b.at : b.placement.height - a.placement.height || a.at - b.at;
  });
  return sorted.map(({ placement }) => placement);
}

/** In rows, from left to right; these break where they broke before. */
function packed(parts: readonly Placement[], before: Placement | undefined): Placement {
  const area = parts.reduce((sum, { width, height }) => sum + (width + gap) * (height + gap), 0);
  const wished = before && before.places.size > 0 ? before.width : Math.sqrt(area * shape);
  const limit = parts.reduce((most, { width }) => Math.max(most, width), wished);
  const places = new Map<string, Point>();
  const bends: Bend[] = [];
  let [x, y, rowHeight, width] = [0, 0, 0, 0];
  for (const part of parts) {
    if (x > 0 && x + part.width > limit) {
      y += rowHeight + gap;
      x = 0;
      rowHeight = 0;
    }
    for (const [id, place] of part.places) places.set(id, moved(place, x, y));
    for (const bend of part.bends) bends.push({ ...bend, points: bend.points.map((point) => moved(point, x, y)) });
    x += part.width + gap;
    width = Math.max(width, x - gap);
    rowHeight = Math.max(rowHeight, part.height);
  }
  return { places, bends, width, height: parts.length > 0 ? y + rowHeight : 0 };
}

function moved(point: Point, x: number, y: number): Point {
  return { x: point.x + x, y: point.y + y };
}
