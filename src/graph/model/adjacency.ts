import {
  addToList,
  type ContainerNode,
  type EdgeReason,
  type GraphEdge,
  type GraphNode,
  isHard,
  type NodeKey,
} from './model';

/** Compressed sparse rows: the targets of node `n` are at `offsets[n]` up to `offsets[n + 1]`. */
export interface CsrAdjacency {
  readonly offsets: Int32Array;
  readonly targets: Int32Array;
}

/** An adjacency with its edges, at the same positions as `targets`. */
export interface EdgeList extends CsrAdjacency {
  /** 1 for a hard edge. */
  readonly hard: Uint8Array;
  readonly edges: readonly GraphEdge[];
}

/** Nodes and edges by index: on a whole graph, lookups by key would take longer than the algorithms. */
export interface IndexedGraph {
  readonly indexOf: ReadonlyMap<NodeKey, number>;
  readonly nodes: readonly GraphNode[];
  readonly successors: EdgeList;
  readonly predecessors: EdgeList;
}

const member: readonly EdgeReason[] = ['member'];

/**
 * Indexes nodes and edges. Edges of an infra container become edges of its pod; edges between the same two nodes are
 * merged. Adds dependencies that no list contains to `nodes`.
 */
export function buildIndex(
  edges: Iterable<GraphEdge>,
  nodes: Map<NodeKey, GraphNode>,
  infra: ReadonlyMap<NodeKey, ContainerNode>,
  createUnlisted: (key: NodeKey) => GraphNode,
): IndexedGraph {
  const indexOf = new Map<NodeKey, number>();
  const list: GraphNode[] = [];
  const add = (node: GraphNode) => {
    indexOf.set(node.key, list.length);
    return list.push(node) - 1;
  };
  for (const node of nodes.values()) add(node);
  const lookUp = (key: NodeKey | undefined) => (key === undefined ? undefined : indexOf.get(key));
  const builder = new EdgeBuilder();
  for (let from = 0, count = list.length; from < count; from++) {
    const node = list[from] as GraphNode;
    if (node.kind !== 'container' || !node.pod) continue;
    const to = indexOf.get(node.pod);
    if (to !== undefined) builder.add(from, to, { from: node.key, to: node.pod, reasons: member });
  }
  for (const edge of edges) {
    // Infra containers have no index. Checking for them first would cost most edges two more lookups.
    let from = indexOf.get(edge.from);
    const isFromInfra = from === undefined;
    if (from === undefined) from = lookUp(infra.get(edge.from)?.pod);
    // The dependent was removed, and its edges not yet.
    if (from === undefined) continue;
    let to = indexOf.get(edge.to);
    if (to !== undefined && !isFromInfra) {
      builder.add(from, to, edge);
      continue;
    }
    const toKey = infra.get(edge.to)?.pod ?? edge.to;
    to ??= lookUp(toKey);
    // An edge between an infra container and its own pod.
    if (from === to && edge.from !== edge.to) continue;
    if (to === undefined) {
      const unlisted = createUnlisted(toKey);
      nodes.set(toKey, unlisted);
      to = add(unlisted);
    }
    builder.add(from, to, { ...edge, from: (list[from] as GraphNode).key, to: toKey });
  }
  return { indexOf, nodes: list, ...builder.build(list.length) };
}

/** Collects edges by the indices of their ends. */
class EdgeBuilder {
  private readonly sources: number[] = [];
  private readonly targets: number[] = [];
  private readonly edges: GraphEdge[] = [];

  add(from: number, to: number, edge: GraphEdge) {
    this.sources.push(from);
    this.targets.push(to);
    this.edges.push(edge);
  }

  build(count: number): { successors: EdgeList; predecessors: EdgeList } {
    const { start, order, firstSeen } = groupBySource(this.sources, count);
    const merged: GraphEdge[] = [];
    const sources: number[] = [];
    const targets: number[] = [];
    /** For each target, its last position in `merged`; below the start of the current row if not in it. */
    const seenAt = new Int32Array(count).fill(-1);
    for (const from of firstSeen) {
      const rowStart = merged.length;
      for (let at = start[from] as number; at < (start[from + 1] as number); at++) {
        const slot = order[at] as number;
        const to = this.targets[slot] as number;
        const edge = this.edges[slot] as GraphEdge;
        const seen = seenAt[to] as number;
        if (seen < rowStart) {
          seenAt[to] = merged.push(edge) - 1;
          sources.push(from);
          targets.push(to);
        } else merged[seen] = mergeEdges(merged[seen] as GraphEdge, edge);
      }
    }
    return {
      successors: toEdgeList(sources, targets, merged, count),
      predecessors: toEdgeList(targets, sources, merged, count),
    };
  }
}

function mergeEdges(a: GraphEdge, b: GraphEdge): GraphEdge {
  const condition = a.condition ?? b.condition;
  const propagatesRestart = a.propagatesRestart ?? b.propagatesRestart;
  return {
    from: a.from,
    to: a.to,
    reasons: [...new Set([...a.reasons, ...b.reasons])],
    ...(condition && { condition }),
    ...(propagatesRestart && { propagatesRestart }),
  };
}

function toEdgeList(
  sources: readonly number[],
  targets: readonly number[],
  edges: readonly GraphEdge[],
  count: number,
) {
  const { start: offsets, order } = groupBySource(sources, count);
  const ends = new Int32Array(order.length);
  const hard = new Uint8Array(order.length);
  const sorted = new Array<GraphEdge>(order.length);
  for (let at = 0; at < order.length; at++) {
    const slot = order[at] as number;
    const edge = edges[slot] as GraphEdge;
    ends[at] = targets[slot] as number;
    hard[at] = isHard(edge) ? 1 : 0;
    sorted[at] = edge;
  }
  return { offsets, targets: ends, hard, edges: sorted };
}

/** Stable counting sort of slots by source. `firstSeen`: the sources in order of first occurrence. */
function groupBySource(sources: readonly number[], count: number) {
  const start = new Int32Array(count + 1);
  const firstSeen: number[] = [];
  for (const from of sources) {
    if (start[from + 1] === 0) firstSeen.push(from);
    start[from + 1] = (start[from + 1] as number) + 1;
  }
  for (let node = 0; node < count; node++) start[node + 1] = (start[node + 1] as number) + (start[node] as number);
  const next = start.slice(0, count);
  const order = new Int32Array(sources.length);
  for (let slot = 0; slot < sources.length; slot++) {
    const from = sources[slot] as number;
    order[next[from] as number] = slot;
    next[from] = (next[from] as number) + 1;
  }
  return { start, order, firstSeen };
}

/** An adjacency without duplicate edges. `firstSeen`: the sources in order of first occurrence. */
export function toAdjacency(
  sources: readonly number[],
  targets: readonly number[],
  count: number,
): CsrAdjacency & { readonly firstSeen: readonly number[] } {
  const { start, order, firstSeen } = groupBySource(sources, count);
  const offsets = new Int32Array(count + 1);
  const ends = new Int32Array(order.length);
  const lastSource = new Int32Array(count).fill(-1);
  let length = 0;
  for (let from = 0; from < count; from++) {
    offsets[from] = length;
    for (let at = start[from] as number; at < (start[from + 1] as number); at++) {
      const to = targets[order[at] as number] as number;
      if (lastSource[to] === from) continue;
      lastSource[to] = from;
      ends[length++] = to;
    }
  }
  offsets[count] = length;
  return { offsets, targets: ends.subarray(0, length), firstSeen };
}

/** The hard edges, or those between included nodes (1 in `included`). */
export function hardEdges({ offsets, targets, hard }: EdgeList, included?: Uint8Array): CsrAdjacency {
  const kept: number[] = [];
  const starts = new Int32Array(offsets.length);
  for (let node = 0; node < offsets.length - 1; node++) {
    starts[node] = kept.length;
    if (included?.[node] === 0) continue;
    for (let at = offsets[node] as number; at < (offsets[node + 1] as number); at++) {
      if (hard[at] === 1 && included?.[targets[at] as number] !== 0) kept.push(targets[at] as number);
    }
  }
  starts[offsets.length - 1] = kept.length;
  return { offsets: starts, targets: Int32Array.from(kept) };
}

/** For each node, its direct hard dependents; a pod's members are among them. */
export type DependentsIndex = ReadonlyMap<string, readonly string[]>;

/** @param edges dependent and dependency of each hard edge */
export function buildDependentsIndex(edges: Iterable<readonly [string, string]>): DependentsIndex {
  const dependents = new Map<string, string[]>();
  for (const [from, to] of edges) addToList(dependents, to, from);
  return dependents;
}

/** All direct and indirect dependents of these nodes, without the nodes themselves. */
export function transitiveDependents(keys: Iterable<string>, dependents: DependentsIndex): Set<string> {
  const given = new Set(keys);
  const reached = new Set<string>();
  const pending = [...given];
  for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
    for (const next of dependents.get(key) ?? []) {
      if (given.has(next) || reached.has(next)) continue;
      reached.add(next);
      pending.push(next);
    }
  }
  return reached;
}
