import { type CsrAdjacency, toAdjacency } from '../model/adjacency';
import type { ContainerGraph } from '../model/graph';
import { engineOf, type GraphNode } from '../model/model';
import { stronglyConnectedIndices } from '../model/scc';

type Edges = ReturnType<typeof toAdjacency>;

/**
 * The hard or soft edges between the unit roots of these nodes.
 *
 * @param rootOf unit root by node index, -1 for nodes outside of the plan
 */
export function unitEdges(
  { indexed }: ContainerGraph,
  nodes: readonly number[],
  rootOf: Int32Array,
  hard: boolean,
): Edges {
  const { offsets, targets, hard: isHard } = indexed.successors;
  const sources: number[] = [];
  const ends: number[] = [];
  const connect = (from: number, to: number) => {
    if (from === to) return;
    sources.push(from);
    ends.push(to);
  };
  const hardness = hard ? 1 : 0;
  const services: number[] = [];
  for (const node of nodes) {
    const one = indexed.nodes[node] as GraphNode;
    if (one.kind === 'container' && one.isKubeService) services.push(node);
    for (let at = offsets[node] as number; at < (offsets[node + 1] as number); at++) {
      const to = rootOf[targets[at] as number] as number;
      if (isHard[at] === hardness && to !== -1) connect(rootOf[node] as number, to);
    }
  }
  // A kube service container comes after all pods of its engine: Podman removes it with the last of them.
  if (hard && services.length > 0) {
    for (const node of nodes) {
      const { kind, key } = indexed.nodes[node] as GraphNode;
      if (kind !== 'pod') continue;
      for (const service of services) {
        const engine = engineOf((indexed.nodes[service] as GraphNode).key);
        if (engine === engineOf(key)) connect(node, rootOf[service] as number);
      }
    }
  }
  return toAdjacency(sources, ends, indexed.nodes.length);
}

/** Calls back for all edges, with the sources in order of first occurrence. */
function forEachEdge({ offsets, targets, firstSeen }: Edges, callback: (from: number, to: number) => void) {
  for (const from of firstSeen) {
    for (let at = offsets[from] as number; at < (offsets[from + 1] as number); at++)
      callback(from, targets[at] as number);
  }
}

/** The edges between different groups, by group index. */
export function contractEdges(edges: Edges, groupOf: Int32Array, count: number): Edges {
  const sources: number[] = [];
  const ends: number[] = [];
  forEachEdge(edges, (source, target) => {
    const [from, to] = [groupOf[source] as number, groupOf[target] as number];
    if (from === to) return;
    sources.push(from);
    ends.push(to);
  });
  return toAdjacency(sources, ends, count);
}

/** The soft edges that are in no cycle with hard or other soft edges. */
export function dropCyclicSoftEdges(count: number, hard: Edges, soft: Edges): Edges {
  if (soft.targets.length === 0) return soft;
  const componentOf = new Int32Array(count);
  const all = Array.from({ length: count }, (_, index) => index);
  stronglyConnectedIndices(all, count, hard, soft).forEach((component, index) =>
    component.forEach((one) => (componentOf[one] = index)),
  );
  const sources: number[] = [];
  const ends: number[] = [];
  forEachEdge(soft, (from, to) => {
    if (componentOf[from] === componentOf[to]) return;
    sources.push(from);
    ends.push(to);
  });
  return toAdjacency(sources, ends, count);
}

export function reverseEdges(edges: Edges, count: number): CsrAdjacency {
  const sources: number[] = [];
  const ends: number[] = [];
  forEachEdge(edges, (from, to) => {
    sources.push(to);
    ends.push(from);
  });
  return toAdjacency(sources, ends, count);
}
