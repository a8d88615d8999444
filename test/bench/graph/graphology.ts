import { DirectedGraph } from 'graphology';
import { topologicalGenerations } from 'graphology-dag';
import type { GraphData } from '../../../src/graph/model/graph';
import type { ContainerNode, EdgeReason, GraphNode, NodeKey } from '../../../src/graph/model/model';

type Peer = DirectedGraph<{ node: GraphNode }, { reasons: readonly EdgeReason[] }>;

/** The same nodes and edges in graphology: infra containers merged into their pods, members depend on their pod. */
export function graphologyBuild({ containers, edges }: GraphData): Peer {
  const graph: Peer = new DirectedGraph();
  const podOfInfra = new Map<NodeKey, NodeKey>();
  for (const container of containers) {
    if (container.pod !== undefined && !graph.hasNode(container.pod)) {
      graph.addNode(container.pod, { node: podOf(container, container.pod) });
    }
    if (!container.isInfra) graph.addNode(container.key, { node: container });
    else if (container.pod !== undefined) podOfInfra.set(container.key, container.pod);
    if (!container.isInfra && container.pod !== undefined) {
      graph.addEdge(container.key, container.pod, { reasons: ['member'] });
    }
  }
  for (const { from, to, reasons } of edges) {
    const [source, target] = [podOfInfra.get(from) ?? from, podOfInfra.get(to) ?? to];
    if (source === target) continue;
    graph.updateEdge(source, target, (known) => ({ reasons: [...new Set([...(known.reasons ?? []), ...reasons])] }));
  }
  return graph;
}

/** Waves of a removal, dependents first, and the dependents of each node. */
export function graphologyPlan(graph: Peer): { waves: string[][]; dependents: Map<string, string[]> } {
  const waves = topologicalGenerations(graph);
  const dependents = new Map<string, string[]>();
  for (const wave of waves) for (const node of wave) dependents.set(node, graph.inNeighbors(node));
  return { waves, dependents };
}

function podOf({ podName, state, createdAt, key: infra }: ContainerNode, key: NodeKey): GraphNode {
  const id = key.slice(key.lastIndexOf('/') + 1);
  return {
    kind: 'pod',
    key,
    id,
    name: podName ?? id,
    state: state === 'running' ? 'running' : 'exited',
    createdAt,
    infra,
    labels: {},
  };
}
