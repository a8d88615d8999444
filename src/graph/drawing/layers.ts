import type { Bend, Item, Line, Placement, Point } from './geometry';
import { order, type Layers } from './ordering';
import { ranksOf, withoutCycles, type Acyclic } from './ranks';
import { spread } from './spread';

/** Between neighbours in a layer, and between layers. */
const gap = 20;
const layerGap = 46;
/** How much room a passing line takes in a layer. */
const lineWidth = 10;
/** How many times the layers are aligned, down and up in turn. */
const alignments = 6;
/** With more passing points than this, long lines go straight: a drawing so dense is read by hovering anyway. */
const mostBends = 6_000;

/** A layer wider than this is broken into several, so that a hundred dependents of one do not stand in a line. */
export function widestLayer(items: readonly Item[]): number {
  const area = items.reduce((sum, { width, height }) => sum + (width + gap) * (height + layerGap), 0);
  return Math.max(900, 1.6 * Math.sqrt(area));
}

/**
 * A layered drawing of items that hang together (Sugiyama's method): lines run downwards, but for those that close a
 * cycle, and no two items overlap. The same input makes the same drawing.
 *
 * @param items in the order in which they are to stand where lines do not matter
 */
export function layered(items: readonly Item[], lines: readonly Line[]): Placement {
  const graph = withoutCycles(items, lines);
  const ranks = broken(items, graph);
  const net = new Net(items, graph, ranks);
  const layers = order(net.layers(), net.above, net.below);
  const middles = align(layers, net);
  return placed(items, net, layers, middles);
}

/** Ranks in which no layer is too wide: members are dealt out to its rows one by one, so that neighbours stay near. */
function broken(items: readonly Item[], graph: Acyclic): number[] {
  const ranks = ranksOf(graph);
  const rows: number[][] = [];
  ranks.forEach((rank, item) => (rows[rank] ??= []).push(item));
  const limit = widestLayer(items);
  const result = new Array<number>(items.length).fill(0);
  let next = 0;
  for (const row of rows) {
    if (!row) continue;
    const width = row.reduce((sum, item) => sum + (items[item]?.width ?? 0) + gap, 0);
    const count = Math.max(1, Math.ceil(width / limit));
    row.forEach((item, at) => (result[item] = next + (at % count)));
    next += Math.min(count, row.length);
  }
  return result;
}

/** Items and the points at which lines pass a layer, numbered in one series, items first. */
class Net {
  readonly above: number[][] = [];
  readonly below: number[][] = [];
  /** Lines that pass layers: the two items, and the points between. */
  readonly passing: { readonly from: number; readonly to: number; readonly points: readonly number[] }[] = [];
  private readonly rank: number[];

  constructor(
    private readonly items: readonly Item[],
    graph: Acyclic,
    ranks: readonly number[],
  ) {
    this.rank = [...ranks];
    for (let at = 0; at < items.length; at++) {
      this.above.push([]);
      this.below.push([]);
    }
    graph.below.forEach((targets, from) => targets.forEach((to) => this.draw(from, to)));
  }

  widthOf(member: number): number {
    return (this.items[member]?.width ?? lineWidth - gap) + gap;
  }

  heightOf(member: number): number {
    return this.items[member]?.height ?? 0;
  }

  rankOf(member: number): number {
    return this.rank[member] ?? 0;
  }

  layers(): Layers {
    const layers: Layers = [];
    // Walked from item to item, so that what hangs together begins side by side.
    const seen = new Set<number>();
    for (let start = 0; start < this.above.length; start++) {
      const open = [start];
      for (let member = open.pop(); member !== undefined; member = open.pop()) {
        if (seen.has(member)) continue;
        seen.add(member);
        (layers[this.rankOf(member)] ??= []).push(member);
        open.push(...[...(this.below[member] ?? [])].reverse(), ...[...(this.above[member] ?? [])].reverse());
      }
    }
    return Array.from(layers, (layer) => layer ?? []);
  }

  private draw(from: number, to: number) {
    const [first, last] = [this.rankOf(from), this.rankOf(to)];
    const points: number[] = [];
    let at = from;
    if (this.above.length - this.items.length < mostBends) {
      for (let rank = first + 1; rank < last; rank++) {
        const point = this.above.push([]) - 1;
        this.below.push([]);
        this.rank.push(rank);
        this.join(at, point);
        points.push(point);
        at = point;
      }
      this.join(at, to);
    } else if (last === first + 1) this.join(from, to);
    if (points.length > 0) this.passing.push({ from, to, points });
  }

  private join(from: number, to: number) {
    this.below[from]?.push(to);
    this.above[to]?.push(from);
  }
}

/** The middle of each member: between its neighbours, as far as the others of its layer leave room. */
function align(layers: Layers, net: Net): Float64Array {
  const middles = new Float64Array(net.above.length);
  const widths = layers.map((layer) => layer.map((member) => net.widthOf(member)));
  layers.forEach((layer, at) => {
    const own = spread(new Array<number>(layer.length).fill(0), widths[at] ?? []);
    layer.forEach((member, place) => (middles[member] = own[place] ?? 0));
  });
  const mean = (members: readonly number[]) =>
    members.reduce((sum, member) => sum + (middles[member] ?? 0), 0) / members.length;
  for (let round = 0; round < alignments; round++) {
    const down = round % 2 === 0;
    for (let step = 0; step < layers.length; step++) {
      const at = down ? step : layers.length - 1 - step;
      const layer = layers[at] ?? [];
      const wishes = layer.map((member) => {
        const near = (down ? net.above : net.below)[member] ?? [];
        const far = (down ? net.below : net.above)[member] ?? [];
        return near.length > 0 ? mean(near) : far.length > 0 ? mean(far) : (middles[member] ?? 0);
      });
      const own = spread(wishes, widths[at] ?? []);
      layer.forEach((member, place) => (middles[member] = own[place] ?? 0));
    }
  }
  return middles;
}

function placed(items: readonly Item[], net: Net, layers: Layers, middles: Float64Array): Placement {
  const tops: number[] = [];
  const heights = layers.map((layer) => layer.reduce((most, member) => Math.max(most, net.heightOf(member)), 0));
  let y = 0;
  for (const height of heights) {
    tops.push(y);
    y += height + layerGap;
  }
  let left = Infinity;
  let right = -Infinity;
  middles.forEach((middle, member) => {
    const half = (net.widthOf(member) - gap) / 2;
    left = Math.min(left, middle - half);
    right = Math.max(right, middle + half);
  });
  const at = (value: number) => Math.round(value - left);
  const places = new Map<string, Point>();
  items.forEach(({ id, width, height }, member) => {
    const rank = net.rankOf(member);
    const slack = (heights[rank] ?? 0) - height;
    places.set(id, { x: at((middles[member] ?? 0) - width / 2), y: (tops[rank] ?? 0) + Math.round(slack / 2) });
  });
  const bends = net.passing.map(({ from, to, points }): Bend => {
    return {
      from: items[from]?.id ?? '',
      to: items[to]?.id ?? '',
      points: points.map((point) => {
        const rank = net.rankOf(point);
        return { x: at(middles[point] ?? 0), y: (tops[rank] ?? 0) + Math.round((heights[rank] ?? 0) / 2) };
      }),
    };
  });
  return { places, bends, width: Math.ceil(right - left), height: Math.max(0, y - layerGap) };
}
