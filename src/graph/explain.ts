import type { ContainerGraph } from './graph';
import type { ContainerNode, GraphEdge, GraphNode, NodeKey } from './model';
import { engineOf, isActive, isHard } from './model';
import type { PlanOptions, Plan, StayingNode } from './plan';
import { planRemoval } from './planRemoval';
import type { Protection } from './protection';

/** The way from a node to the one in question. */
export interface Path {
  /** From dependent to dependency; each edge's `to` is the next one's `from`. */
  readonly edges: readonly GraphEdge[];
  /** Other dependencies of the first node that lead there too. */
  readonly also: readonly NodeKey[];
}

/** Some of many: the nearest ones, and how many more there are. */
export interface Some<T> {
  readonly shown: readonly T[];
  readonly more: number;
}

/** What needs a node, however far: one shortest path for each, the nearest first. */
export interface Needers {
  /** Over hard edges alone: these stand in the way of a removal. */
  readonly hard: Some<Path>;
  /** With a soft edge somewhere on the way, and by no hard path: these order, and block nothing. */
  readonly soft: Some<Path>;
}

/** Why a node cannot be removed just like that; codes, worded above. */
export type Obstacle =
  | { readonly kind: 'external' }
  | { readonly kind: 'protected'; readonly by: Protection }
  /** Something that needs it, however far, is protected: what that needs stays with it. */
  | { readonly kind: 'neededByProtected'; readonly path: Path; readonly by: Protection }
  | { readonly kind: 'service'; readonly pods: number }
  | { readonly kind: 'cycle'; readonly nodes: readonly NodeKey[] }
  /** It runs, or members of it do where it is a pod. */
  | { readonly kind: 'active'; readonly of: GraphNode['kind']; readonly containers: Some<ContainerNode> }
  | { readonly kind: 'needed'; readonly paths: Some<Path> };

/** All that can be said about the removal of one node, from one picture. */
export interface Explanation {
  readonly node: GraphNode;
  readonly obstacles: readonly Obstacle[];
  readonly needers: Needers;
  /** Its dependencies: what it needs itself stays when it goes. */
  readonly needs: Some<GraphEdge>;
  /** What its removal together with all that needs it would take along. */
  readonly along: Along;
}

export interface Along {
  readonly plan: Plan;
  /** Members of a chosen pod. */
  readonly members: Some<ContainerNode>;
  /** What goes because it needs something that goes, each with its way there. */
  readonly dependents: Some<Path>;
  readonly stays: Some<StayingNode>;
}

/** How many of each list are told; a person reads no longer ones. */
const usual = 40;

/**
 * Explains a node. Linear in nodes and edges, whatever is shown of it; undefined when the graph does not hold the node.
 */
export function explain(
  graph: ContainerGraph,
  key: NodeKey,
  protects: PlanOptions['protects'],
  most = usual,
): Explanation | undefined {
  const node = graph.get(key);
  if (!node) return undefined;
  const needers = neededBy(graph, node.key, most);
  const dependencies = graph.dependencies(node.key);
  return {
    node,
    obstacles: obstacles(graph, node, needers, protects, most),
    needers,
    needs: some(dependencies, most),
    along: alongOf(graph, node, protects, most),
  };
}

/** What needs a node over hard and over soft edges. Members of a pod in question are left out: they are the pod. */
export function neededBy(graph: ContainerGraph, key: NodeKey, most = usual): Needers {
  const hard = ways(graph, key, isHard);
  const all = ways(graph, key, () => true);
  const softOnly = [...all.keys()].filter((from) => !hard.has(from));
  return { hard: pathsIn(graph, hard, [...hard.keys()], most), soft: pathsIn(graph, all, softOnly, most) };
}

/** For each node that needs `key`, the first edge of a shortest way there. Breadth first, so in order of distance. */
function ways(graph: ContainerGraph, key: NodeKey, follows: (edge: GraphEdge) => boolean): Map<NodeKey, GraphEdge> {
  const next = new Map<NodeKey, GraphEdge>();
  const own = new Set(graph.membersOf(key).map((member) => member.key));
  const queue: NodeKey[] = [key, ...own];
  for (const at of queue) {
    for (const edge of graph.dependents(at)) {
      if (edge.from === key || own.has(edge.from) || next.has(edge.from) || !follows(edge)) continue;
      next.set(edge.from, edge);
      queue.push(edge.from);
    }
  }
  return next;
}

function pathsIn(
  graph: ContainerGraph,
  next: ReadonlyMap<NodeKey, GraphEdge>,
  from: readonly NodeKey[],
  most: number,
): Some<Path> {
  return some(from, most, (start) => {
    const edges: GraphEdge[] = [];
    for (let edge = next.get(start); edge; edge = next.get(edge.to)) edges.push(edge);
    const target = edges.at(-1)?.to;
    const others = graph.dependencies(start).filter((edge) => isHard(edge) && edge.to !== edges[0]?.to);
    return { edges, also: others.flatMap(({ to }) => (to === target || next.has(to) ? [to] : [])) };
  });
}

type Protects = ((node: GraphNode, graph: ContainerGraph) => Protection | undefined) | undefined;

/** What stands in the way of a removal, given what needs the node. */
export function obstacles(
  graph: ContainerGraph,
  node: GraphNode,
  needers: Needers,
  protects: Protects,
  most = usual,
): Obstacle[] {
  const found: Obstacle[] = [];
  if (node.kind === 'container' && node.external) found.push({ kind: 'external' });
  const by = protects?.(node, graph);
  if (by !== undefined) found.push({ kind: 'protected', by });
  const shielded = protectedNeeder(graph, node.key, protects);
  if (shielded) found.push(shielded);
  if (node.kind === 'container' && node.service) {
    const pods = [...graph.nodes.values()].filter(
      (one) => one.kind === 'pod' && engineOf(one.key) === engineOf(node.key),
    );
    if (pods.length > 0) found.push({ kind: 'service', pods: pods.length });
  }
  const within = new Set([node.key, ...graph.membersOf(node.key).map((member) => member.key)]);
  for (const cycle of graph.cycles) {
    if (cycle.some((key) => within.has(key))) found.push({ kind: 'cycle', nodes: cycle });
  }
  const containers = node.kind === 'pod' ? graph.membersOf(node.key) : [node];
  const active = containers.filter((container) => isActive(container.state));
  if (active.length > 0) found.push({ kind: 'active', of: node.kind, containers: some(active, most) });
  if (needers.hard.shown.length > 0) found.push({ kind: 'needed', paths: needers.hard });
  return found;
}

function protectedNeeder(graph: ContainerGraph, key: NodeKey, protects: Protects): Obstacle | undefined {
  const next = ways(graph, key, isHard);
  for (const from of next.keys()) {
    const dependent = graph.get(from);
    const by = dependent && protects?.(dependent, graph);
    const [path] = by === undefined ? [] : pathsIn(graph, next, [from], 1).shown;
    if (by !== undefined && path) return { kind: 'neededByProtected', path, by };
  }
  return undefined;
}

function alongOf(graph: ContainerGraph, node: GraphNode, protects: PlanOptions['protects'], most: number): Along {
  const scope = { chosen: [node.key], everything: false };
  const plan = planRemoval('explanation', graph, scope, { dependents: 'include', running: 'stop', protects });
  const next = ways(graph, node.key, isHard);
  const members = graph.membersOf(node.key).filter((member) => plan.nodes.has(member.key));
  const own = new Set(graph.membersOf(node.key).map((member) => member.key));
  const going = [...next.keys()].filter((key) => plan.nodes.has(key) && !own.has(key));
  const reasons = plan.stays.filter(({ why }) => why.kind !== 'notChosen');
  return {
    plan,
    members: some(members, most),
    dependents: pathsIn(graph, next, going, most),
    stays: some(reasons, most),
  };
}

function some<T, R = T>(all: readonly T[], most: number, map: (one: T) => R = (one) => one as unknown as R): Some<R> {
  return { shown: all.slice(0, most).map(map), more: Math.max(0, all.length - most) };
}
