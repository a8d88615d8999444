import { type ContainerNode, type EdgeReason, type GraphEdge, type GraphNode, isHard, type NodeKey } from './model';

/** Edges in one direction, in rows: that of node `n` goes from `start[n]` up to `start[n + 1]`. */
export interface CsrAdjacency {
  readonly offsets: Int32Array;
  /** The node at the other end. */
  readonly targets: Int32Array;
}

/** Rows that know their edges. */
export interface EdgeList extends CsrAdjacency {
  /** 1 where the edge is hard. */
  readonly hard: Uint8Array;
  readonly edges: readonly GraphEdge[];
}

/**
 * Nodes by number, and their edges by these numbers. Keys are long texts, and a lookup by text costs more than all that an
 * algorithm does with a node: whoever walks the whole graph walks it by number.
 */
export interface IndexedGraph {
  readonly indexOf: ReadonlyMap<NodeKey, number>;
  readonly nodes: readonly GraphNode[];
  readonly successors: EdgeList;
  readonly predecessors: EdgeList;
}

const member: readonly EdgeReason[] = ['member'];

/**
 * Numbers the nodes and connects them; edges that touch an infra container end at its pod, several between the same two
 * nodes become one with all reasons. Dependencies that no list holds are added to `nodes`.
 */
export function buildIndex(
  edges: Iterable<GraphEdge>,
  nodes: Map<NodeKey, GraphNode>,
  infra: ReadonlyMap<NodeKey, ContainerNode>,
  strangerNamed: (key: NodeKey) => GraphNode,
): IndexedGraph {
  const indexOf = new Map<NodeKey, number>();
  const list: GraphNode[] = [];
  const take = (node: GraphNode) => {
    indexOf.set(node.key, list.length);
    return list.push(node) - 1;
  };
  for (const node of nodes.values()) take(node);
  const numberOf = (key: NodeKey | undefined) => (key === undefined ? undefined : indexOf.get(key));
  const found = new EdgeBuilder();
  for (let from = 0, count = list.length; from < count; from++) {
    const node = list[from] as GraphNode;
    if (node.kind !== 'container' || !node.pod) continue;
    const to = indexOf.get(node.pod);
    if (to !== undefined) found.add(from, to, { from: node.key, to: node.pod, reasons: member });
  }
  for (const edge of edges) {
    // Infra containers have no number; to ask for them first would cost most edges two lookups more.
    let from = indexOf.get(edge.from);
    const isFolded = from === undefined;
    if (from === undefined) from = numberOf(infra.get(edge.from)?.pod);
    // The dependent is gone: its edges outlive it for a moment.
    if (from === undefined) continue;
    let to = indexOf.get(edge.to);
    if (to !== undefined && !isFolded) {
      found.add(from, to, edge);
      continue;
    }
    const toKey = infra.get(edge.to)?.pod ?? edge.to;
    to ??= numberOf(toKey);
    // An infra container meets its own pod.
    if (from === to && edge.from !== edge.to) continue;
    if (to === undefined) {
      const stranger = strangerNamed(toKey);
      nodes.set(toKey, stranger);
      to = take(stranger);
    }
    found.add(from, to, { from: (list[from] as GraphNode).key, to: toKey, reasons: edge.reasons });
  }
  return { indexOf, nodes: list, ...found.links(list.length) };
}

/** Edges as they are found, by the numbers of both ends. */
class EdgeBuilder {
  private readonly froms: number[] = [];
  private readonly tos: number[] = [];
  private readonly edges: GraphEdge[] = [];

  add(from: number, to: number, edge: GraphEdge) {
    this.froms.push(from);
    this.tos.push(to);
    this.edges.push(edge);
  }

  links(count: number): { successors: EdgeList; predecessors: EdgeList } {
    const slots = bySource(this.froms, count);
    const { order } = slots;
    const merged: GraphEdge[] = [];
    const sources: number[] = [];
    const targets: number[] = [];
    /** Where the edge to a node stands among the merged ones, if it belongs to the row at hand. */
    const seenAt = new Int32Array(count).fill(-1);
    for (const from of slots.firstSeen) {
      const begin = merged.length;
      for (let at = slots.start[from] as number; at < (slots.start[from + 1] as number); at++) {
        const slot = order[at] as number;
        const to = this.tos[slot] as number;
        const edge = this.edges[slot] as GraphEdge;
        const seen = seenAt[to] as number;
        if (seen < begin) {
          seenAt[to] = merged.push(edge) - 1;
          sources.push(from);
          targets.push(to);
        } else merged[seen] = withReasons(merged[seen] as GraphEdge, edge.reasons);
      }
    }
    return {
      successors: toEdgeList(sources, targets, merged, count),
      predecessors: toEdgeList(targets, sources, merged, count),
    };
  }
}

function withReasons(edge: GraphEdge, more: readonly EdgeReason[]): GraphEdge {
  return { from: edge.from, to: edge.to, reasons: [...new Set([...edge.reasons, ...more])] };
}

function toEdgeList(
  sources: readonly number[],
  targets: readonly number[],
  edges: readonly GraphEdge[],
  count: number,
) {
  const { start: offsets, order } = bySource(sources, count);
  const ends = new Int32Array(order.length);
  const hard = new Uint8Array(order.length);
  const own = new Array<GraphEdge>(order.length);
  for (let at = 0; at < order.length; at++) {
    const slot = order[at] as number;
    const edge = edges[slot] as GraphEdge;
    ends[at] = targets[slot] as number;
    hard[at] = isHard(edge) ? 1 : 0;
    own[at] = edge;
  }
  return { offsets, targets: ends, hard, edges: own };
}

/** Sorts slots by their source, keeping their order otherwise. `firstSeen` has the sources in the order in which they came. */
function bySource(sources: readonly number[], count: number) {
  const start = new Int32Array(count + 1);
  const firstSeen: number[] = [];
  for (const from of sources) {
    if (start[from + 1] === 0) firstSeen.push(from);
    start[from + 1] = (start[from + 1] as number) + 1;
  }
  for (let number = 0; number < count; number++)
    start[number + 1] = (start[number + 1] as number) + (start[number] as number);
  const next = start.slice(0, count);
  const order = new Int32Array(sources.length);
  for (let slot = 0; slot < sources.length; slot++) {
    const from = sources[slot] as number;
    order[next[from] as number] = slot;
    next[from] = (next[from] as number) + 1;
  }
  return { start, order, firstSeen };
}

/** Rows from pairs of numbers, each pair once; `firstSeen` has the sources in the order in which they came. */
export function toAdjacency(
  sources: readonly number[],
  targets: readonly number[],
  count: number,
): CsrAdjacency & { readonly firstSeen: readonly number[] } {
  const { start: wide, order, firstSeen } = bySource(sources, count);
  const offsets = new Int32Array(count + 1);
  const ends = new Int32Array(order.length);
  const seenIn = new Int32Array(count).fill(-1);
  let length = 0;
  for (let from = 0; from < count; from++) {
    offsets[from] = length;
    for (let at = wide[from] as number; at < (wide[from + 1] as number); at++) {
      const to = targets[order[at] as number] as number;
      if (seenIn[to] === from) continue;
      seenIn[to] = from;
      ends[length++] = to;
    }
  }
  offsets[count] = length;
  return { offsets, targets: ends.subarray(0, length), firstSeen };
}

/** What needs each node over hard edges, a pod's members among it; made once for a drawing. */
export type DependentsIndex = ReadonlyMap<string, readonly string[]>;

/** @param needs dependent and dependency of each hard edge */
export function buildDependentsIndex(needs: Iterable<readonly [string, string]>): DependentsIndex {
  const dependents = new Map<string, string[]>();
  for (const [from, to] of needs) {
    const list = dependents.get(to);
    if (list) list.push(from);
    else dependents.set(to, [from]);
  }
  return dependents;
}

/** All that goes along when these nodes are removed, without these themselves. */
export function transitiveDependents(keys: Iterable<string>, dependents: DependentsIndex): Set<string> {
  const given = new Set(keys);
  const reached = new Set<string>();
  const open = [...given];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    for (const next of dependents.get(key) ?? []) {
      if (given.has(next) || reached.has(next)) continue;
      reached.add(next);
      open.push(next);
    }
  }
  return reached;
}
