import { buildIndex, type EdgeList, hardEdges, type IndexedGraph } from './adjacency';
import {
  type ContainerNode,
  type ContainerState,
  engineOf,
  type GraphEdge,
  type GraphNode,
  isHard,
  isInitContainer,
  parseKey,
  type NodeKey,
  type PodNode,
  type PodState,
  shortId,
  unlistedContainer,
} from './model';
import { findCycles } from './scc';

/** Input of a graph: the lists of all engines, and edges from the inspections so far. */
export interface GraphData {
  readonly containers: Iterable<ContainerNode>;
  /** A pod that only its containers name is created from them. */
  readonly pods: Iterable<PodNode>;
  readonly edges: Iterable<GraphEdge>;
  /** The former name of a removed container. */
  readonly nameOf?: (key: NodeKey) => string | undefined;
}

/** A pod and its containers. */
interface PodGroup {
  readonly pod: PodNode;
  infra: ContainerNode | undefined;
  readonly members: ContainerNode[];
}

const none: readonly GraphEdge[] = [];
const noMembers: readonly ContainerNode[] = [];

/**
 * Immutable graph of pods and containers with hard and soft edges. Infra containers are merged into their pod, see
 * `resolve`. Built in linear time; no method recurses, so chains of 100,000 do not overflow the stack.
 */
export class ContainerGraph {
  static readonly empty = ContainerGraph.build({ containers: [], pods: [], edges: [] });

  private cachedCycles: readonly (readonly NodeKey[])[] | undefined;

  private constructor(
    readonly nodes: ReadonlyMap<NodeKey, GraphNode>,
    private readonly infra: ReadonlyMap<NodeKey, ContainerNode>,
    private readonly members: ReadonlyMap<NodeKey, readonly ContainerNode[]>,
    /** The same nodes and edges by index, for algorithms on the whole graph. */
    readonly indexed: IndexedGraph,
  ) {}

  static build(data: GraphData): ContainerGraph {
    const nodes = new Map<NodeKey, GraphNode>();
    const infra = new Map<NodeKey, ContainerNode>();
    const members = new Map<NodeKey, readonly ContainerNode[]>();
    const pods = new Map<NodeKey, PodGroup>();
    for (const pod of data.pods) pods.set(pod.key, { pod, infra: undefined, members: [] });
    for (const container of data.containers) {
      if (container.isInfra) infra.set(container.key, container);
      else nodes.set(container.key, container);
      const { pod: key } = container;
      if (key === undefined) continue;
      let group = pods.get(key);
      if (!group) pods.set(key, (group = { pod: impliedPod(container, key), infra: undefined, members: [] }));
      if (container.isInfra) group.infra = container;
      else group.members.push(container);
    }
    for (const [key, group] of pods) {
      if (group.members.length > 0) members.set(key, group.members);
      const state = podState(countedStates(group.pod, group.members), group.infra?.state);
      nodes.set(key, { ...group.pod, infra: group.infra?.key ?? group.pod.infra, state });
    }
    const unlisted = (key: NodeKey) => createUnlisted(key, data.nameOf?.(key));
    return new ContainerGraph(nodes, infra, members, buildIndex(data.edges, nodes, infra, unlisted));
  }

  /** A copy in which these containers of the graph have other states; nothing else of them may differ. */
  withStates(containers: Iterable<ContainerNode>): ContainerGraph {
    const [nodes, infra, members] = [new Map(this.nodes), new Map(this.infra), new Map(this.members)];
    const list = [...this.indexed.nodes];
    const replace = (node: GraphNode) => {
      nodes.set(node.key, node);
      list[this.indexed.indexOf.get(node.key) as number] = node;
    };
    const pods = new Set<NodeKey>();
    for (const container of containers) {
      if (container.isInfra) infra.set(container.key, container);
      else replace(container);
      if (container.pod !== undefined) pods.add(container.pod);
    }
    for (const key of pods) {
      const pod = nodes.get(key) as PodNode;
      const own = this.membersOf(key).map((member) => nodes.get(member.key) as ContainerNode);
      if (own.length > 0) members.set(key, own);
      const state = podState(countedStates(pod, own), pod.infra ? infra.get(pod.infra)?.state : undefined);
      replace({ ...pod, state });
    }
    const graph = new ContainerGraph(nodes, infra, members, { ...this.indexed, nodes: list });
    graph.cachedCycles = this.cachedCycles;
    return graph;
  }

  get(key: NodeKey): GraphNode | undefined {
    return this.nodes.get(this.resolve(key));
  }

  /** The pod's key for an infra container; any other key unchanged. */
  resolve(key: NodeKey): NodeKey {
    return this.infra.get(key)?.pod ?? key;
  }

  container(key: NodeKey): ContainerNode | undefined {
    const node = this.nodes.get(key) ?? this.infra.get(key);
    return node?.kind === 'container' ? node : undefined;
  }

  /** Members without the infra container, in the order of the engine's list. */
  membersOf(pod: NodeKey): readonly ContainerNode[] {
    return this.members.get(pod) ?? noMembers;
  }

  /** The key, and those of its members if it is a pod's. */
  withMembers(key: NodeKey): readonly NodeKey[] {
    return [key, ...this.membersOf(key).map((member) => member.key)];
  }

  infraOf(pod: NodeKey): ContainerNode | undefined {
    const node = this.nodes.get(pod);
    return node?.kind === 'pod' && node.infra ? this.infra.get(node.infra) : undefined;
  }

  /** Edges to the direct dependencies of this node. */
  dependencies(key: NodeKey): readonly GraphEdge[] {
    return this.row(this.indexed.successors, key);
  }

  /** Edges from the direct dependents of this node; a pod's members are among them. */
  dependents(key: NodeKey): readonly GraphEdge[] {
    return this.row(this.indexed.predecessors, key);
  }

  /** All direct and indirect dependencies over hard edges, without the given nodes. */
  hardDependencies(keys: Iterable<NodeKey>): Set<NodeKey> {
    const given = new Set(keys);
    const reached = new Set<NodeKey>();
    const pending = [...given];
    for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
      for (const edge of this.dependencies(key)) {
        if (!isHard(edge) || given.has(edge.to) || reached.has(edge.to)) continue;
        reached.add(edge.to);
        pending.push(edge.to);
      }
    }
    return reached;
  }

  /** Cycles over hard edges, self-loops included; nodes in dependency order. */
  get cycles(): readonly (readonly NodeKey[])[] {
    const { nodes, successors } = this.indexed;
    this.cachedCycles ??= findCycles(nodes.keys(), hardEdges(successors)).map((cycle) =>
      cycle.map((index) => (nodes[index] as GraphNode).key),
    );
    return this.cachedCycles;
  }

  private row({ offsets, edges }: EdgeList, key: NodeKey): readonly GraphEdge[] {
    const index = this.indexed.indexOf.get(key);
    if (index === undefined) return none;
    const [start, end] = [offsets[index], offsets[index + 1]];
    return start === end ? none : edges.slice(start, end);
  }
}

function impliedPod(member: ContainerNode, key: NodeKey): PodNode {
  const { id } = parseKey(key);
  return {
    kind: 'pod',
    key,
    id,
    name: member.podName || shortId(id),
    state: 'empty',
    createdAt: undefined,
    infra: member.isInfra ? member.key : undefined,
    labels: {},
  };
}

/** A node that only an edge names: removed since, or not visible to this connection. */
function createUnlisted(key: NodeKey, formerName: string | undefined): GraphNode {
  const { id, kind } = parseKey(key);
  const name = formerName ?? shortId(id);
  if (kind === 'pod') {
    return { kind, key, id, name, state: 'empty', createdAt: undefined, infra: undefined, labels: {} };
  }
  return unlistedContainer(key, name);
}

/** The states that determine the pod's state: as in Podman, init containers count only where there is nothing else. */
function countedStates(pod: PodNode, members: readonly ContainerNode[]): ContainerState[] {
  const counted = members.filter((member) => !isInitContainer(member, pod));
  return (counted.length > 0 ? counted : members).map(({ state }) => state);
}

/**
 * A pod's state from those of its members. Unlike in `podman pod ps`, the infra container counts only in a pod without
 * members.
 */
export function podState(members: readonly ContainerState[], infra?: ContainerState): PodState {
  if (members.length === 0) return infra === 'running' ? 'running' : 'empty';
  const count = (state: ContainerState) => members.filter((member) => member === state).length;
  if (count('paused') === members.length) return 'paused';
  const active = count('running') + count('paused') + count('stopping') + count('restarting');
  if (active === members.length) return 'running';
  if (active > 0) return 'degraded';
  return count('created') === members.length ? 'created' : 'exited';
}

/** The number of an engine's nodes, without unlisted ones. */
export function countNodes(graph: ContainerGraph, engine: string): { pods: number; containers: number } {
  let pods = 0;
  let containers = 0;
  for (const node of graph.nodes.values()) {
    if (engineOf(node.key) !== engine) continue;
    if (node.kind === 'pod') pods++;
    else if (!node.unlisted) containers++;
  }
  return { pods, containers };
}
