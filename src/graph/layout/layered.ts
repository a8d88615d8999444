import type { EdgeRoute, LayoutEdge, LayoutNode, Placement, Point } from './geometry';
import { type AcyclicGraph, assignRanks, reverseBackEdges } from './ranks';

/** One layer's members, from left to right. Members are numbers, those of all layers in one series. */
type Layers = number[][];

/** How many times the layers are gone through, each time down or up. */
const sweeps = 8;

/**
 * Puts the members of each layer in an order in which few lines cross: each goes to the middle of its neighbours, down and
 * up in turn; the best order met on the way is kept.
 */
function reduceCrossings(layers: Layers, above: readonly (readonly number[])[], below: readonly (readonly number[])[]) {
  const position = new Float64Array(above.length);
  const note = (layer: readonly number[]) => layer.forEach((member, at) => (position[member] = at));
  layers.forEach(note);
  let best = layers.map((layer) => [...layer]);
  let fewest = countCrossings(layers, below, position);
  for (let sweep = 0; sweep < sweeps && fewest > 0; sweep++) {
    const down = sweep % 2 === 0;
    const neighbours = down ? above : below;
    const inOrder = down ? layers : [...layers].reverse();
    for (const layer of inOrder) {
      sortBy(layer, neighbours, position);
      note(layer);
    }
    const count = countCrossings(layers, below, position);
    if (count >= fewest) continue;
    fewest = count;
    best = layers.map((layer) => [...layer]);
  }
  return best;
}

function sortBy(layer: number[], neighbours: readonly (readonly number[])[], position: Float64Array) {
  const middle = new Map<number, number>();
  for (const member of layer) {
    const own = neighbours[member] ?? [];
    const sum = own.reduce((total, other) => total + (position[other] ?? 0), 0);
    // Who has no neighbour there keeps its place.
    middle.set(member, own.length > 0 ? sum / own.length : (position[member] ?? 0));
  }
  layer.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0) || (position[a] ?? 0) - (position[b] ?? 0));
}

/** How many pairs of lines between neighbouring layers cross, counted with a tree of sums (Barth, Jünger, Mutzel). */
function countCrossings(layers: Layers, below: readonly (readonly number[])[], position: Float64Array): number {
  let count = 0;
  for (let at = 0; at + 1 < layers.length; at++) {
    const width = layers[at + 1]?.length ?? 0;
    let first = 1;
    while (first < width) first *= 2;
    const tree = new Uint32Array(2 * first);
    for (const member of layers[at] ?? []) {
      const ends = (below[member] ?? []).map((other) => position[other] ?? 0).sort((a, b) => a - b);
      for (const end of ends) {
        let node = end + first;
        tree[node] = (tree[node] ?? 0) + 1;
        while (node > 1) {
          if (node % 2 === 0) count += tree[node + 1] ?? 0;
          node >>= 1;
          tree[node] = (tree[node] ?? 0) + 1;
        }
      }
      // Lines that begin at one member do not cross: those counted among themselves are none, for they were sorted.
    }
  }
  return count;
}

/**
 * Places members of a row as near to where they want to be as their widths allow, in the given order (least squares, by
 * pooling neighbours that would overlap).
 *
 * @param wishes  where the middle of each wants to be
 * @param widths  of each, the gap to the next one included
 * @returns the middle of each
 */
function assignCoordinates(wishes: readonly number[], widths: readonly number[]): number[] {
  // With the widths before each taken off, what is wanted is an order that never falls.
  const before: number[] = [];
  let sum = 0;
  for (const width of widths) {
    before.push(sum + width / 2);
    sum += width;
  }
  const pools: { total: number; count: number }[] = [];
  wishes.forEach((options, at) => {
    let pool = { total: options - (before[at] ?? 0), count: 1 };
    for (let last = pools.at(-1); last && last.total / last.count >= pool.total / pool.count; last = pools.at(-1)) {
      pool = { total: last.total + pool.total, count: last.count + pool.count };
      pools.pop();
    }
    pools.push(pool);
  });
  const middles: number[] = [];
  for (const { total, count } of pools) {
    for (let n = 0; n < count; n++) middles.push(total / count + (before[middles.length] ?? 0));
  }
  return middles;
}

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
function maxLayerWidth(items: readonly LayoutNode[]): number {
  const area = items.reduce((sum, { width, height }) => sum + (width + gap) * (height + layerGap), 0);
  return Math.max(900, 1.6 * Math.sqrt(area));
}

/**
 * A layered drawing of items that hang together (Sugiyama's method): lines run downwards, but for those that close a
 * cycle, and no two items overlap. The same input makes the same drawing.
 *
 * @param items in the order in which they are to stand where lines do not matter
 */
export function sugiyamaLayout(items: readonly LayoutNode[], lines: readonly LayoutEdge[]): Placement {
  const graph = reverseBackEdges(items, lines);
  const ranks = splitWideLayers(items, graph);
  const net = new LayeredGraph(items, graph, ranks);
  const layers = reduceCrossings(net.layers(), net.above, net.below);
  const middles = align(layers, net);
  return placed(items, net, layers, middles);
}

/** Ranks in which no layer is too wide: members are dealt out to its rows one by one, so that neighbours stay near. */
function splitWideLayers(items: readonly LayoutNode[], graph: AcyclicGraph): number[] {
  const ranks = assignRanks(graph);
  const rows: number[][] = [];
  ranks.forEach((rank, item) => (rows[rank] ??= []).push(item));
  const limit = maxLayerWidth(items);
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

/** Items and the points at which lines pass a layer, indexed in one series, items first. */
class LayeredGraph {
  readonly above: number[][] = [];
  readonly below: number[][] = [];
  /** Lines that pass layers: the two items, and the points between. */
  readonly dummyNodes: { readonly from: number; readonly to: number; readonly points: readonly number[] }[] = [];
  private readonly rank: number[];

  constructor(
    private readonly items: readonly LayoutNode[],
    graph: AcyclicGraph,
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
    if (points.length > 0) this.dummyNodes.push({ from, to, points });
  }

  private join(from: number, to: number) {
    this.below[from]?.push(to);
    this.above[to]?.push(from);
  }
}

/** The middle of each member: between its neighbours, as far as the others of its layer leave room. */
function align(layers: Layers, net: LayeredGraph): Float64Array {
  const middles = new Float64Array(net.above.length);
  const widths = layers.map((layer) => layer.map((member) => net.widthOf(member)));
  layers.forEach((layer, at) => {
    const own = assignCoordinates(new Array<number>(layer.length).fill(0), widths[at] ?? []);
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
      const own = assignCoordinates(wishes, widths[at] ?? []);
      layer.forEach((member, place) => (middles[member] = own[place] ?? 0));
    }
  }
  return middles;
}

function placed(items: readonly LayoutNode[], net: LayeredGraph, layers: Layers, middles: Float64Array): Placement {
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
  const positions = new Map<string, Point>();
  items.forEach(({ id, width, height }, member) => {
    const rank = net.rankOf(member);
    const slack = (heights[rank] ?? 0) - height;
    positions.set(id, { x: at((middles[member] ?? 0) - width / 2), y: (tops[rank] ?? 0) + Math.round(slack / 2) });
  });
  const routes = net.dummyNodes.map(({ from, to, points }): EdgeRoute => {
    return {
      from: items[from]?.id ?? '',
      to: items[to]?.id ?? '',
      points: points.map((point) => {
        const rank = net.rankOf(point);
        return { x: at(middles[point] ?? 0), y: (tops[rank] ?? 0) + Math.round((heights[rank] ?? 0) / 2) };
      }),
    };
  });
  return { positions, routes, width: Math.ceil(right - left), height: Math.max(0, y - layerGap) };
}
