import { type CsrAdjacency, toAdjacency } from '../model/adjacency';
import type { ContainerGraph } from '../model/graph';
import { engineOf, type GraphNode } from '../model/model';
import { stronglyConnectedIndices } from '../model/scc';

/** Rows with the order in which their sources were first met. */
type Edges = ReturnType<typeof toAdjacency>;

/**
 * The hard or the soft edges between the homes of these nodes, each pair once; those within a home are dropped.
 *
 * @param home by number, -1 for what stays
 */
export function unitEdges(
  { numbered }: ContainerGraph,
  nodes: readonly number[],
  home: Int32Array,
  hard: boolean,
): Edges {
  const { offsets, targets, hard: isHard } = numbered.successors;
  const froms: number[] = [];
  const tos: number[] = [];
  const connect = (from: number, to: number) => {
    if (from === to) return;
    froms.push(from);
    tos.push(to);
  };
  const wanted = hard ? 1 : 0;
  const services: number[] = [];
  for (const node of nodes) {
    const one = numbered.nodes[node] as GraphNode;
    if (one.kind === 'container' && one.isKubeService) services.push(node);
    for (let at = offsets[node] as number; at < (offsets[node + 1] as number); at++) {
      const to = home[targets[at] as number] as number;
      if (isHard[at] === wanted && to !== -1) connect(home[node] as number, to);
    }
  }
  // A kube service container goes after every pod of its engine: Podman takes it along with the last of them.
  if (hard && services.length > 0) {
    for (const node of nodes) {
      const { kind, key } = numbered.nodes[node] as GraphNode;
      if (kind !== 'pod') continue;
      for (const service of services) {
        const there = engineOf((numbered.nodes[service] as GraphNode).key);
        if (there === engineOf(key)) connect(node, home[service] as number);
      }
    }
  }
  return toAdjacency(froms, tos, numbered.nodes.length);
}

/** All pairs that rows hold, source by source in the order in which these were first met. */
function each({ offsets, targets, firstSeen }: Edges, tell: (from: number, to: number) => void) {
  for (const from of firstSeen) {
    for (let at = offsets[from] as number; at < (offsets[from + 1] as number); at++) tell(from, targets[at] as number);
  }
}

/** The same edges between the groups to which both ends belong; those within one are dropped. */
export function contractEdges(edges: Edges, groupOf: Int32Array, count: number): Edges {
  const froms: number[] = [];
  const tos: number[] = [];
  each(edges, (head, target) => {
    const [from, to] = [groupOf[head] as number, groupOf[target] as number];
    if (from === to) return;
    froms.push(from);
    tos.push(to);
  });
  return toAdjacency(froms, tos, count);
}

/** The soft edges without those that would close a cycle with hard ones or with each other. */
export function dropCyclicSoftEdges(count: number, hard: Edges, soft: Edges): Edges {
  if (soft.targets.length === 0) return soft;
  const partOf = new Int32Array(count);
  const all = Array.from({ length: count }, (_, number) => number);
  stronglyConnectedIndices(all, count, hard, soft).forEach((part, number) =>
    part.forEach((one) => (partOf[one] = number)),
  );
  const froms: number[] = [];
  const tos: number[] = [];
  each(soft, (from, to) => {
    if (partOf[from] === partOf[to]) return;
    froms.push(from);
    tos.push(to);
  });
  return toAdjacency(froms, tos, count);
}

/** The same edges, each the other way round. */
export function reverseEdges(edges: Edges, count: number): CsrAdjacency {
  const froms: number[] = [];
  const tos: number[] = [];
  each(edges, (from, to) => {
    froms.push(to);
    tos.push(from);
  });
  return toAdjacency(froms, tos, count);
}
