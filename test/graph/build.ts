import { buildDependentsIndex, transitiveDependents } from '../../src/graph/model/adjacency';
import { ContainerGraph } from '../../src/graph/model/graph';
import {
  type ContainerDetails,
  type ContainerNode,
  type ContainerState,
  type EdgeReason,
  type GraphEdge,
  isHard,
  type NodeKey,
  nodeKey,
} from '../../src/graph/model/model';
import type { ImageNode, NetworkNode, VolumeNode } from '../../src/graph/model/resources';
import { makeContainer } from '../makeContainer';

export const key = (name: string): NodeKey => nodeKey('e', 'container', name);
export const podKey = (name: string): NodeKey => nodeKey('e', 'pod', name);

export const volumeKey = (name: string, engine = 'e'): NodeKey => nodeKey(engine, 'volume', name);

export function volume(name: string, more: Partial<VolumeNode> = {}): VolumeNode {
  return {
    kind: 'volume',
    key: volumeKey(name),
    id: name,
    name,
    createdAt: undefined,
    labels: {},
    isAnonymous: false,
    isInUse: false,
    ...more,
  };
}

export function network(name: string, more: Partial<NetworkNode> = {}): NetworkNode {
  const own = { key: nodeKey('e', 'network', name), id: name, name, createdAt: undefined, labels: {} };
  return { kind: 'network', ...own, driver: 'bridge', isDefault: false, subnets: [], ...more };
}

export function image(id: string, more: Partial<ImageNode> = {}): ImageNode {
  const own = { key: nodeKey('e', 'image', id), id, name: id.slice(0, 12), createdAt: undefined, labels: {} };
  return { kind: 'image', ...own, tags: [], size: undefined, isDangling: true, ...more };
}

/** Of an inspected container without volumes. */
export const details: ContainerDetails = {
  stopTimeout: 10,
  stopSignal: 'SIGTERM',
  restartPolicy: 'no',
  autoRemove: false,
  anonymousVolumes: [],
  namedVolumes: [],
};

export function container(name: string, more: Partial<ContainerNode> = {}): ContainerNode {
  return makeContainer(key(name), more);
}

export function podMember(pod: string, name: string, state: ContainerState = 'exited'): ContainerNode {
  return container(name, { pod: podKey(pod), podName: pod, state });
}

export function edge(from: string, to: string, reason: EdgeReason = 'requires'): GraphEdge {
  return { from: key(from), to: key(to), reasons: [reason] };
}

/** A graph of containers: `a>b` is a hard edge from a to b, `a~b` a soft one; a name alone is a node. */
export function graphOf(text: string, more: Record<string, Partial<ContainerNode>> = {}): ContainerGraph {
  const names = new Set<string>();
  const edges: GraphEdge[] = [];
  for (const token of text.split(' ').filter(Boolean)) {
    const [from = '', to] = token.split(/[>~]/);
    names.add(from);
    if (to === undefined) continue;
    names.add(to);
    edges.push(edge(from, to, token.includes('~') ? 'volumes-from' : 'requires'));
  }
  return ContainerGraph.build({ containers: [...names].map((name) => container(name, more[name])), pods: [], edges });
}

export const sortedNames = (keys: Iterable<NodeKey>): string[] =>
  [...keys].map((one) => one.split('/')[2] ?? '').sort();

/** All direct and indirect dependents over hard edges, without the given nodes. */
export function hardDependents(graph: ContainerGraph, keys: Iterable<NodeKey>): Set<NodeKey> {
  const edges = [...graph.nodes.keys()].flatMap((one) => graph.dependencies(one).filter(isHard));
  const dependents = buildDependentsIndex(edges.map(({ from, to }) => [from, to] as const));
  return transitiveDependents(keys, dependents) as Set<NodeKey>;
}
