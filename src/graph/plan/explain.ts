import type { ContainerGraph } from '../model/graph';
import {
  type ContainerNode,
  engineOf,
  type GraphEdge,
  type GraphNode,
  isActive,
  isHard,
  type NodeKey,
} from '../model/model';
import type { ProtectionReason } from '../model/protection';
import { isDependenciesFirst } from './lifecycleAction';
import type { Plan, PlanOptions, RetainedNode } from './plan';
import { planRemoval } from './planRemoval';
import type { Report } from './report';

/** The way from a node to the one in question. */
export interface Path {
  /** From dependent to dependency; each edge's `to` is the next one's `from`. */
  readonly edges: readonly GraphEdge[];
  /** Other dependencies of the first node that lead there too. */
  readonly alternatives: readonly NodeKey[];
}

/** Some of many: the nearest ones, and how many more there are. */
export interface Truncated<T> {
  readonly shown: readonly T[];
  readonly items: number;
}

/** What needs a node, however far: one shortest path for each, the nearest first. */
interface DependentPaths {
  /** Over hard edges alone: these stand in the way of a removal. */
  readonly hard: Truncated<Path>;
  /** With a soft edge somewhere on the way, and by no hard path: these order, and block nothing. */
  readonly soft: Truncated<Path>;
}

/** Why a node cannot be removed just like that; codes, worded above. */
export type RemovalBlocker =
  | { readonly kind: 'external' }
  | { readonly kind: 'protected'; readonly by: ProtectionReason }
  /** Something that needs it, however far, is protected: what that needs stays with it. */
  | { readonly kind: 'neededByProtected'; readonly path: Path; readonly by: ProtectionReason }
  | { readonly kind: 'service'; readonly pods: number }
  | { readonly kind: 'cycle'; readonly nodes: readonly NodeKey[] }
  /** It runs, or members of it do where it is a pod. */
  | { readonly kind: 'active'; readonly of: GraphNode['kind']; readonly containers: Truncated<ContainerNode> }
  | { readonly kind: 'needed'; readonly paths: Truncated<Path> };

/** All that can be said about the removal of one node, from one picture. */
export interface Explanation {
  readonly node: GraphNode;
  readonly obstacles: readonly RemovalBlocker[];
  readonly needers: DependentPaths;
  /** Its dependencies: what it needs itself stays when it goes. */
  readonly needs: Truncated<GraphEdge>;
  /** What its removal together with all that needs it would take along. */
  readonly along: RemovalImpact;
}

interface RemovalImpact {
  readonly plan: Plan;
  /** Members of a chosen pod. */
  readonly members: Truncated<ContainerNode>;
  /** What goes because it needs something that goes, each with its way there. */
  readonly dependents: Truncated<Path>;
  readonly stays: Truncated<RetainedNode>;
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
  const needers = dependentPaths(graph, node.key, most);
  const dependencies = graph.dependencies(node.key);
  return {
    node,
    obstacles: removalBlockers(graph, node, needers, protects, most),
    needers,
    needs: some(dependencies, most),
    along: removalImpact(graph, node, protects, most),
  };
}

/** What needs a node over hard and over soft edges. Members of a pod in question are left out: they are the pod. */
export function dependentPaths(graph: ContainerGraph, key: NodeKey, most = usual): DependentPaths {
  const hard = shortestPaths(graph, key, isHard);
  const all = shortestPaths(graph, key, () => true);
  const softOnly = [...all.keys()].filter((from) => !hard.has(from));
  return { hard: pathsIn(graph, hard, [...hard.keys()], most), soft: pathsIn(graph, all, softOnly, most) };
}

/** For each node that needs `key`, the first edge of a shortest way there. Breadth first, so in order of distance. */
function shortestPaths(
  graph: ContainerGraph,
  key: NodeKey,
  follows: (edge: GraphEdge) => boolean,
): Map<NodeKey, GraphEdge> {
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
): Truncated<Path> {
  return some(from, most, (start) => {
    const edges: GraphEdge[] = [];
    for (let edge = next.get(start); edge; edge = next.get(edge.to)) edges.push(edge);
    const target = edges.at(-1)?.to;
    const others = graph.dependencies(start).filter((edge) => isHard(edge) && edge.to !== edges[0]?.to);
    return { edges, alternatives: others.flatMap(({ to }) => (to === target || next.has(to) ? [to] : [])) };
  });
}

type Protects = ((node: GraphNode, graph: ContainerGraph) => ProtectionReason | undefined) | undefined;

/** What stands in the way of a removal, given what needs the node. */
export function removalBlockers(
  graph: ContainerGraph,
  node: GraphNode,
  needers: DependentPaths,
  protects: Protects,
  most = usual,
): RemovalBlocker[] {
  const found: RemovalBlocker[] = [];
  if (node.kind === 'container' && node.unlisted) found.push({ kind: 'external' });
  const by = protects?.(node, graph);
  if (by !== undefined) found.push({ kind: 'protected', by });
  const shielded = protectedDependent(graph, node.key, protects);
  if (shielded) found.push(shielded);
  if (node.kind === 'container' && node.isKubeService) {
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

function protectedDependent(graph: ContainerGraph, key: NodeKey, protects: Protects): RemovalBlocker | undefined {
  const next = shortestPaths(graph, key, isHard);
  for (const from of next.keys()) {
    const dependent = graph.get(from);
    const by = dependent && protects?.(dependent, graph);
    const [path] = by === undefined ? [] : pathsIn(graph, next, [from], 1).shown;
    if (by !== undefined && path) return { kind: 'neededByProtected', path, by };
  }
  return undefined;
}

function removalImpact(
  graph: ContainerGraph,
  node: GraphNode,
  protects: PlanOptions['protects'],
  most: number,
): RemovalImpact {
  const scope = { chosen: [node.key], isAll: false };
  const plan = planRemoval('explanation', graph, scope, { dependents: 'include', running: 'stop', protects });
  const next = shortestPaths(graph, node.key, isHard);
  const members = graph.membersOf(node.key).filter((member) => plan.nodes.has(member.key));
  const own = new Set(graph.membersOf(node.key).map((member) => member.key));
  const going = [...next.keys()].filter((key) => plan.nodes.has(key) && !own.has(key));
  const reasons = plan.retained.filter(({ why }) => why.kind !== 'notChosen');
  return {
    plan,
    members: some(members, most),
    dependents: pathsIn(graph, next, going, most),
    stays: some(reasons, most),
  };
}

function some<T, R = T>(
  all: readonly T[],
  most: number,
  map: (one: T) => R = (one) => one as unknown as R,
): Truncated<R> {
  return { shown: all.slice(0, most).map(map), items: Math.max(0, all.length - most) };
}

/** One step of a way from a failure, and the step before it. */
interface Step {
  readonly edge: GraphEdge;
  readonly before: Step | undefined;
  /** Whether it leads from what is needed to what needs it. */
  readonly towardsDependents: boolean;
}

/**
 * How each skipped node hangs on the failure that it was skipped for: the edges between the two, from dependent to
 * dependency; none where the plan does not tell. The nodes of a unit hang on it together. Linear in the plan; a way is
 * written out when it is asked for, because a long chain has many long ones.
 */
export function skipPaths({ plan, nodes }: Report): (key: NodeKey) => readonly GraphEdge[] {
  const skipped = new Map<NodeKey, Set<NodeKey>>();
  for (const [key, { outcome }] of nodes) {
    if (outcome.kind !== 'skipped') continue;
    const others = skipped.get(outcome.because);
    if (others) others.add(key);
    else skipped.set(outcome.because, new Set([key]));
  }
  const together = new Map(plan.units.map((unit) => [unit.id, unit.nodes]));
  const mates = (key: NodeKey) => together.get(plan.nodes.get(key)?.unit ?? '') ?? [key];
  const paths = new Map<NodeKey, Step>();
  const follow = (cause: NodeKey, behind: ReadonlySet<NodeKey>, towardsDependents: boolean) => {
    const queue = [...mates(cause)];
    for (const at of queue) {
      for (const edge of edgesAt(plan, at, towardsDependents)) {
        const next = towardsDependents ? edge.from : edge.to;
        const step = { edge, before: paths.get(at), towardsDependents };
        const reached = behind.has(next) && !paths.has(next) ? mates(next) : [];
        for (const mate of reached) {
          if (!behind.has(mate) || paths.has(mate)) continue;
          paths.set(mate, step);
          queue.push(mate);
        }
      }
    }
  };
  const up = isDependenciesFirst(plan.action);
  for (const [cause, behind] of skipped) {
    follow(cause, behind, up);
    // What a restart could not stop blocks what that needs; what it could not start, what needs that.
    if (plan.action === 'restart') follow(cause, behind, !up);
  }
  return (key) => {
    const last = paths.get(key);
    const edges: GraphEdge[] = [];
    for (let step = last; step; step = step.before) edges.push(step.edge);
    return last?.towardsDependents ? edges : edges.reverse();
  };
}

/** Edges to what a node needs or, on the way up, from what needs it. */
function edgesAt(plan: Plan, key: NodeKey, up: boolean): readonly GraphEdge[] {
  const planned = plan.nodes.get(key);
  if (!up) return planned?.dependencies ?? [];
  const dependents = planned?.dependents ?? [];
  return dependents.flatMap((from) => plan.nodes.get(from)?.dependencies?.filter(({ to }) => to === key) ?? []);
}
