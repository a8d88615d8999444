import { buildIndex, type EdgeList, type IndexedGraph } from './adjacency';
import {
  type ContainerNode,
  type ContainerState,
  engineOf,
  type GraphEdge,
  type GraphNode,
  isHard,
  isInitContainer,
  keyDeps,
  type NodeKey,
  type PodNode,
  type PodState,
} from './model';
import { findCycles } from './scc';

/** What a graph is built from: what engines listed, and what inspects said so far. */
export interface GraphData {
  readonly containers: Iterable<ContainerNode>;
  /** Pods may be missing: those that containers name are made up from them. */
  readonly pods: Iterable<PodNode>;
  readonly edges: Iterable<GraphEdge>;
}

/** A pod, and what of the list belongs to it. */
interface PodGroup {
  readonly pod: PodNode;
  infra: ContainerNode | undefined;
  readonly members: ContainerNode[];
}

const none: readonly GraphEdge[] = [];
const noMembers: readonly ContainerNode[] = [];

/**
 * Pods and containers with their hard and soft edges, never changed once built. Infra containers are folded into their
 * pod: `resolve` maps the one to the other, and edges that touch one end at the pod. Built in time linear in nodes and
 * edges; no method recurses, so that a chain of 100,000 is as safe as one of ten.
 */
export class ContainerGraph {
  static readonly empty = ContainerGraph.build({ containers: [], pods: [], edges: [] });

  private foundCycles: readonly (readonly NodeKey[])[] | undefined;

  private constructor(
    readonly nodes: ReadonlyMap<NodeKey, GraphNode>,
    private readonly infra: ReadonlyMap<NodeKey, ContainerNode>,
    private readonly members: ReadonlyMap<NodeKey, readonly ContainerNode[]>,
    /** The same nodes and edges by number, for those who walk all of it. */
    readonly numbered: IndexedGraph,
  ) {}

  static build(parts: GraphData): ContainerGraph {
    const nodes = new Map<NodeKey, GraphNode>();
    const infra = new Map<NodeKey, ContainerNode>();
    const members = new Map<NodeKey, readonly ContainerNode[]>();
    const pods = new Map<NodeKey, PodGroup>();
    for (const pod of parts.pods) pods.set(pod.key, { pod, infra: undefined, members: [] });
    for (const container of parts.containers) {
      if (container.isInfra) infra.set(container.key, container);
      else nodes.set(container.key, container);
      const { pod: key } = container;
      if (key === undefined) continue;
      let own = pods.get(key);
      if (!own) pods.set(key, (own = { pod: impliedPod(container, key), infra: undefined, members: [] }));
      if (container.isInfra) own.infra = container;
      else own.members.push(container);
    }
    for (const [key, { pod, infra: own, members: among }] of pods) {
      if (among.length > 0) members.set(key, among);
      const state = podState(countedStates(pod, among), own?.state);
      nodes.set(key, { ...pod, isInfra: own?.key ?? pod.isInfra, state });
    }
    return new ContainerGraph(nodes, infra, members, buildIndex(parts.edges, nodes, infra, externalNode));
  }

  /** The same graph, in which these containers of it, each as and where it was, are in other states. */
  inOtherStates(containers: Iterable<ContainerNode>): ContainerGraph {
    const [nodes, infra, members] = [new Map(this.nodes), new Map(this.infra), new Map(this.members)];
    const list = [...this.numbered.nodes];
    const put = (node: GraphNode) => {
      nodes.set(node.key, node);
      list[this.numbered.indexOf.get(node.key) as number] = node;
    };
    const pods = new Set<NodeKey>();
    for (const container of containers) {
      if (container.isInfra) infra.set(container.key, container);
      else put(container);
      if (container.pod !== undefined) pods.add(container.pod);
    }
    for (const key of pods) {
      const pod = nodes.get(key) as PodNode;
      const among = this.membersOf(key).map((member) => nodes.get(member.key) as ContainerNode);
      if (among.length > 0) members.set(key, among);
      const state = podState(countedStates(pod, among), pod.isInfra ? infra.get(pod.isInfra)?.state : undefined);
      put({ ...pod, state });
    }
    const graph = new ContainerGraph(nodes, infra, members, { ...this.numbered, nodes: list });
    graph.foundCycles = this.foundCycles;
    return graph;
  }

  get(key: NodeKey): GraphNode | undefined {
    return this.nodes.get(this.resolve(key));
  }

  /** The node a key stands for: an infra container stands for its pod, everything else for itself. */
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

  infraOf(pod: NodeKey): ContainerNode | undefined {
    const node = this.nodes.get(pod);
    return node?.kind === 'pod' && node.isInfra ? this.infra.get(node.isInfra) : undefined;
  }

  /** Edges to what this node needs. */
  dependencies(key: NodeKey): readonly GraphEdge[] {
    return this.row(this.numbered.successors, key);
  }

  /** Edges from those that need this node; a pod's members among them. */
  dependents(key: NodeKey): readonly GraphEdge[] {
    return this.row(this.numbered.predecessors, key);
  }

  /** All nodes that need one of these over hard edges, however far; without the given ones themselves. */
  hardDependents(keys: Iterable<NodeKey>): Set<NodeKey> {
    return this.closure(keys, (key) => this.dependents(key), 'from');
  }

  /** All nodes that these need over hard edges, however far; without the given ones themselves. */
  hardDependencies(keys: Iterable<NodeKey>): Set<NodeKey> {
    return this.closure(keys, (key) => this.dependencies(key), 'to');
  }

  /** Cycles over hard edges, each as its nodes in the order in which they need each other. A node that needs itself is one. */
  get cycles(): readonly (readonly NodeKey[])[] {
    this.foundCycles ??= findCycles(this.nodes.keys(), (key) =>
      this.dependencies(key).flatMap((edge) => (isHard(edge) ? [edge.to] : [])),
    );
    return this.foundCycles;
  }

  private row({ offsets, edges }: EdgeList, key: NodeKey): readonly GraphEdge[] {
    const number = this.numbered.indexOf.get(key);
    if (number === undefined) return none;
    const [begin, end] = [offsets[number], offsets[number + 1]];
    return begin === end ? none : edges.slice(begin, end);
  }

  private closure(keys: Iterable<NodeKey>, edges: (key: NodeKey) => readonly GraphEdge[], end: 'from' | 'to') {
    const given = new Set(keys);
    const reached = new Set<NodeKey>();
    const open = [...given];
    for (let key = open.pop(); key !== undefined; key = open.pop()) {
      for (const edge of edges(key)) {
        const next = edge[end];
        if (!isHard(edge) || given.has(next) || reached.has(next)) continue;
        reached.add(next);
        open.push(next);
      }
    }
    return reached;
  }
}

function impliedPod(member: ContainerNode, key: NodeKey): PodNode {
  const { id } = keyDeps(key);
  return {
    kind: 'pod',
    key,
    id,
    name: member.podName || id.slice(0, 12),
    state: 'empty',
    createdAt: undefined,
    isInfra: member.isInfra ? member.key : undefined,
    labels: {},
  };
}

/** A node that only an edge tells of: removed behind our back, or hidden from us. */
function externalNode(key: NodeKey): GraphNode {
  const { id, kind } = keyDeps(key);
  const name = id.slice(0, 12);
  if (kind === 'pod') {
    return { kind, key, id, name, state: 'empty', createdAt: undefined, isInfra: undefined, labels: {} };
  }
  return {
    kind: 'container',
    key,
    id,
    name,
    state: 'unknown',
    image: '',
    createdAt: undefined,
    startedAt: undefined,
    exitCode: undefined,
    pod: undefined,
    podName: undefined,
    isInfra: false,
    isKubeService: false,
    labels: {},
    ports: [],
    details: undefined,
    unlisted: true,
  };
}

/** The members by which a pod's state is told: as Podman does it, its init containers do not count beside others. */
function countedStates(pod: PodNode, members: readonly ContainerNode[]): ContainerState[] {
  const counted = members.filter((member) => !isInitContainer(member, pod));
  return (counted.length > 0 ? counted : members).map(({ state }) => state);
}

/**
 * A pod's state from those of its members (`podman pod ps` counts the infra container too; it only speaks here when there
 * is no member, or when it is the only one that still runs).
 */
export function podState(members: readonly ContainerState[], infra?: ContainerState): PodState {
  if (members.length === 0) return infra === 'running' ? 'running' : 'empty';
  const is = (state: ContainerState) => members.filter((member) => member === state).length;
  if (is('paused') === members.length) return 'paused';
  const up = is('running') + is('paused') + is('stopping') + is('restarting');
  if (up === members.length) return 'running';
  if (up > 0) return 'degraded';
  return is('created') === members.length ? 'created' : 'exited';
}

/** How many nodes of an engine a graph holds; external ones do not count. */
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
