import type { EdgeRoute, LayoutEdge, LayoutNode, Placement, Point } from './geometry';
import { type AcyclicGraph, assignRanks, removeBackEdges } from './ranks';

/** Node indices of each layer, from left to right; dummy nodes follow the items. */
type Layers = number[][];

/** Maximum number of barycenter sweeps, alternately down and up. */
const maxSweeps = 8;

/** Orders each layer by the barycenter heuristic, and returns the order with the fewest edge crossings. */
function reduceCrossings(layers: Layers, above: readonly (readonly number[])[], below: readonly (readonly number[])[]) {
  const position = new Float64Array(above.length);
  const updatePositions = (layer: readonly number[]) => layer.forEach((node, at) => (position[node] = at));
  layers.forEach(updatePositions);
  let best = layers.map((layer) => [...layer]);
  let fewest = countCrossings(layers, below, position);
  for (let sweep = 0; sweep < maxSweeps && fewest > 0; sweep++) {
    const down = sweep % 2 === 0;
    const neighbors = down ? above : below;
    const inOrder = down ? layers : [...layers].reverse();
    for (const layer of inOrder) {
      sortBy(layer, neighbors, position);
      updatePositions(layer);
    }
    const count = countCrossings(layers, below, position);
    if (count >= fewest) continue;
    fewest = count;
    best = layers.map((layer) => [...layer]);
  }
  return best;
}

function sortBy(layer: number[], neighbors: readonly (readonly number[])[], position: Float64Array) {
  const barycenter = new Map<number, number>();
  for (const node of layer) {
    const own = neighbors[node] ?? [];
    const sum = own.reduce((total, other) => total + (position[other] ?? 0), 0);
    // Without neighbors in that layer, the node keeps its position.
    barycenter.set(node, own.length > 0 ? sum / own.length : (position[node] ?? 0));
  }
  layer.sort((a, b) => (barycenter.get(a) ?? 0) - (barycenter.get(b) ?? 0) || (position[a] ?? 0) - (position[b] ?? 0));
}

/** Edge crossings between adjacent layers, counted with an accumulator tree (Barth, Jünger, Mutzel). */
function countCrossings(layers: Layers, below: readonly (readonly number[])[], position: Float64Array): number {
  let count = 0;
  for (let at = 0; at + 1 < layers.length; at++) {
    const width = layers[at + 1]?.length ?? 0;
    let first = 1;
    while (first < width) first *= 2;
    const tree = new Uint32Array(2 * first);
    for (const node of layers[at] ?? []) {
      const ends = (below[node] ?? []).map((other) => position[other] ?? 0).sort((a, b) => a - b);
      // Sorted, so that edges of the same node are not counted as crossings.
      for (const end of ends) {
        let slot = end + first;
        tree[slot] = (tree[slot] ?? 0) + 1;
        while (slot > 1) {
          if (slot % 2 === 0) count += tree[slot + 1] ?? 0;
          slot >>= 1;
          tree[slot] = (tree[slot] ?? 0) + 1;
        }
      }
    }
  }
  return count;
}

/**
 * Places the nodes of a layer as close to their desired centers as the widths allow: isotonic regression, by pooling
 * adjacent violators.
 *
 * @param widths including the gap to the next node
 * @returns the center of each node
 */
export function assignCoordinates(desired: readonly number[], widths: readonly number[]): number[] {
  // Offsets of the centers if all nodes were adjacent; without them, the centers only need to be non-decreasing.
  const offsets: number[] = [];
  let sum = 0;
  for (const width of widths) {
    offsets.push(sum + width / 2);
    sum += width;
  }
  const pools: { total: number; count: number }[] = [];
  desired.forEach((center, at) => {
    let pool = { total: center - (offsets[at] ?? 0), count: 1 };
    for (let last = pools.at(-1); last && last.total / last.count >= pool.total / pool.count; last = pools.at(-1)) {
      pool = { total: last.total + pool.total, count: last.count + pool.count };
      pools.pop();
    }
    pools.push(pool);
  });
  const centers: number[] = [];
  for (const { total, count } of pools) {
    for (let n = 0; n < count; n++) centers.push(total / count + (offsets[centers.length] ?? 0));
  }
  return centers;
}

/** Between nodes of a layer. */
const gap = 20;
const layerGap = 40;
/** Of a dummy node. */
const dummyWidth = 10;
/** Number of alignment passes, alternately down and up. */
const alignmentPasses = 6;
/** Beyond this, long edges are drawn straight, to limit the time. */
const maxDummyNodes = 6_000;

/** A wider layer is split, so that a hundred dependents of one node are not in a single row. */
function maxLayerWidth(items: readonly LayoutNode[]): number {
  const area = items.reduce((sum, { width, height }) => sum + (width + gap) * (height + layerGap), 0);
  return Math.max(900, 1.6 * Math.sqrt(area));
}

/**
 * Layered layout (Sugiyama) of a connected graph: edges point down, except for those that close a cycle. Deterministic.
 *
 * @param items in the preferred order
 */
export function sugiyamaLayout(items: readonly LayoutNode[], edges: readonly LayoutEdge[]): Placement {
  const acyclic = removeBackEdges(items, edges);
  const ranks = splitWideLayers(items, acyclic);
  const graph = new LayeredGraph(items, acyclic, ranks);
  const layers = reduceCrossings(graph.layers(), graph.above, graph.below);
  return toPlacement(items, graph, layers, align(layers, graph));
}

/** Ranks with wide layers split: nodes are assigned to the new rows in turn, so that neighbors stay close. */
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

/** Items and dummy nodes, which are the points where edges pass layers. */
class LayeredGraph {
  readonly above: number[][] = [];
  readonly below: number[][] = [];
  /** Edges with dummy nodes: the ends, and the nodes between. */
  readonly longEdges: { readonly from: number; readonly to: number; readonly points: readonly number[] }[] = [];
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
    graph.below.forEach((targets, from) => targets.forEach((to) => this.addEdge(from, to)));
  }

  widthOf(node: number): number {
    return (this.items[node]?.width ?? dummyWidth - gap) + gap;
  }

  heightOf(node: number): number {
    return this.items[node]?.height ?? 0;
  }

  rankOf(node: number): number {
    return this.rank[node] ?? 0;
  }

  layers(): Layers {
    const layers: Layers = [];
    // In depth-first order, so that connected nodes start side by side.
    const seen = new Set<number>();
    for (let start = 0; start < this.above.length; start++) {
      const pending = [start];
      for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
        if (seen.has(node)) continue;
        seen.add(node);
        (layers[this.rankOf(node)] ??= []).push(node);
        pending.push(...[...(this.below[node] ?? [])].reverse(), ...[...(this.above[node] ?? [])].reverse());
      }
    }
    return Array.from(layers, (layer) => layer ?? []);
  }

  private addEdge(from: number, to: number) {
    const [first, last] = [this.rankOf(from), this.rankOf(to)];
    const points: number[] = [];
    let at = from;
    if (this.above.length - this.items.length < maxDummyNodes) {
      for (let rank = first + 1; rank < last; rank++) {
        const dummy = this.above.push([]) - 1;
        this.below.push([]);
        this.rank.push(rank);
        this.connect(at, dummy);
        points.push(dummy);
        at = dummy;
      }
      this.connect(at, to);
    } else if (last === first + 1) this.connect(from, to);
    if (points.length > 0) this.longEdges.push({ from, to, points });
  }

  private connect(from: number, to: number) {
    this.below[from]?.push(to);
    this.above[to]?.push(from);
  }
}

/** The center of each node, as close to the mean of its neighbors as the layer permits. */
function align(layers: Layers, graph: LayeredGraph): Float64Array {
  const centers = new Float64Array(graph.above.length);
  const widths = layers.map((layer) => layer.map((node) => graph.widthOf(node)));
  const mean = (nodes: readonly number[]) => nodes.reduce((sum, node) => sum + (centers[node] ?? 0), 0) / nodes.length;
  for (let pass = 0; pass < alignmentPasses; pass++) {
    const down = pass % 2 === 0;
    const [near, far] = down ? [graph.above, graph.below] : [graph.below, graph.above];
    for (const at of down ? layers.keys() : [...layers.keys()].reverse()) {
      const layer = layers[at] as number[];
      const desired = layer.map((node) => {
        const neighbors = [near[node], far[node]].find((nodes) => nodes && nodes.length > 0);
        return neighbors ? mean(neighbors) : (centers[node] as number);
      });
      const own = assignCoordinates(desired, widths[at] as number[]);
      layer.forEach((node, index) => (centers[node] = own[index] as number));
    }
  }
  return centers;
}

function toPlacement(
  items: readonly LayoutNode[],
  graph: LayeredGraph,
  layers: Layers,
  centers: Float64Array,
): Placement {
  const tops: number[] = [];
  const heights = layers.map((layer) => layer.reduce((max, node) => Math.max(max, graph.heightOf(node)), 0));
  let y = 0;
  for (const height of heights) {
    tops.push(y);
    y += height + layerGap;
  }
  let left = Infinity;
  let right = -Infinity;
  centers.forEach((center, node) => {
    const half = (graph.widthOf(node) - gap) / 2;
    left = Math.min(left, center - half);
    right = Math.max(right, center + half);
  });
  const at = (value: number) => Math.round(value - left);
  const positions = new Map<string, Point>();
  items.forEach(({ id, width, height }, node) => {
    const rank = graph.rankOf(node);
    const slack = (heights[rank] ?? 0) - height;
    positions.set(id, { x: at((centers[node] ?? 0) - width / 2), y: (tops[rank] ?? 0) + Math.round(slack / 2) });
  });
  const routes = graph.longEdges.map(({ from, to, points }): EdgeRoute => {
    return {
      from: items[from]?.id ?? '',
      to: items[to]?.id ?? '',
      points: points.map((point) => {
        const rank = graph.rankOf(point);
        return { x: at(centers[point] ?? 0), y: (tops[rank] ?? 0) + Math.round((heights[rank] ?? 0) / 2) };
      }),
    };
  });
  return { positions, routes, width: Math.ceil(right - left), height: Math.max(0, y - layerGap) };
}
