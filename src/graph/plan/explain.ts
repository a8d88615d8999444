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
import { displayedCondition, healthTimeoutMs, type WaitForHealth } from './startConditions';

/** A path from a dependent to the explained node. */
export interface Path {
  /** Each edge's `to` is the next one's `from`. */
  readonly edges: readonly GraphEdge[];
  /** Other dependencies of the first node that also lead to the target. */
  readonly alternatives: readonly NodeKey[];
}

/** The first items of a list, and the number of the others. */
export interface Truncated<T> {
  readonly items: readonly T[];
  readonly omitted: number;
}

/** Direct and indirect dependents: a shortest path for each, in order of distance. */
interface DependentPaths {
  /** Over hard edges only: these block a removal. */
  readonly hard: Truncated<Path>;
  /** Dependents without a hard path: these determine only the order. */
  readonly soft: Truncated<Path>;
}

/** Why a node cannot be removed on its own. */
export type RemovalBlocker =
  | { readonly kind: 'unlisted' }
  | { readonly kind: 'protected'; readonly by: ProtectionReason }
  /** A direct or indirect dependent is protected, and with it its dependencies. */
  | { readonly kind: 'neededByProtected'; readonly path: Path; readonly by: ProtectionReason }
  | { readonly kind: 'service'; readonly pods: number }
  | { readonly kind: 'cycle'; readonly nodes: readonly NodeKey[] }
  /** It is running, or members of it are. */
  | { readonly kind: 'active'; readonly of: GraphNode['kind']; readonly containers: Truncated<ContainerNode> }
  | { readonly kind: 'needed'; readonly paths: Truncated<Path> };

/** What a node depends on. */
interface ExplainedDependency {
  readonly edge: GraphEdge;
  /** If a start waits for its health, see `healthTimeoutMs`. */
  readonly maxWaitMs: number | undefined;
}

/** Blockers, dependents and impact of a removal, from one graph. */
export interface Explanation {
  readonly node: GraphNode;
  readonly blockers: readonly RemovalBlocker[];
  readonly dependents: DependentPaths;
  readonly dependencies: Truncated<ExplainedDependency>;
  /** Of a removal including dependents. */
  readonly impact: RemovalImpact;
}

interface RemovalImpact {
  readonly plan: Plan;
  /** Members of a chosen pod. */
  readonly members: Truncated<ContainerNode>;
  readonly retained: Truncated<RetainedNode>;
}

/** Maximum length of each list, to keep the document readable. */
export const defaultLimit = 40;

/** Explains the removal of a node; undefined if it is not in the graph. Linear in nodes and edges. */
export function explain(
  graph: ContainerGraph,
  key: NodeKey,
  protects: PlanOptions['protects'],
  wait: WaitForHealth = 'declared',
  limit = defaultLimit,
): Explanation | undefined {
  const node = graph.get(key);
  if (!node) return undefined;
  const dependents = dependentPaths(graph, node.key, limit);
  return {
    node,
    blockers: removalBlockers(graph, node, dependents, protects, limit),
    dependents,
    dependencies: truncate(graph.dependencies(node.key), limit, (edge) => {
      const condition = displayedCondition(graph, edge, wait);
      const check = condition === 'healthy' ? graph.container(edge.to)?.details?.healthCheck : undefined;
      return { edge: { ...edge, condition }, maxWaitMs: check && healthTimeoutMs(check) };
    }),
    impact: removalImpact(graph, node, protects, limit),
  };
}

/** Paths from all dependents; the members of an explained pod are not its dependents. */
export function dependentPaths(graph: ContainerGraph, key: NodeKey, limit: number): DependentPaths {
  const hard = shortestPaths(graph, [key], isHard);
  const all = shortestPaths(graph, [key], () => true);
  const softOnly = [...all.keys()].filter((from) => !hard.has(from));
  return { hard: pathsIn(graph, hard, [...hard.keys()], limit), soft: pathsIn(graph, all, softOnly, limit) };
}

/** Paths from all nodes that need one of these over hard edges. */
export function hardDependents(graph: ContainerGraph, keys: readonly NodeKey[], limit: number): Truncated<Path> {
  const next = shortestPaths(graph, keys, isHard);
  return pathsIn(graph, next, [...next.keys()], limit);
}

/** For each dependent of these nodes, the first edge of a shortest path. Breadth-first, so in order of distance. */
function shortestPaths(
  graph: ContainerGraph,
  keys: readonly NodeKey[],
  follows: (edge: GraphEdge) => boolean,
): Map<NodeKey, GraphEdge> {
  const next = new Map<NodeKey, GraphEdge>();
  const own = new Set(keys.flatMap((key) => graph.withMembers(key)));
  const queue: NodeKey[] = [...own];
  for (const at of queue) {
    for (const edge of graph.dependents(at)) {
      if (own.has(edge.from) || next.has(edge.from) || !follows(edge)) continue;
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
  limit: number,
): Truncated<Path> {
  return truncate(from, limit, (start) => {
    const edges: GraphEdge[] = [];
    for (let edge = next.get(start); edge; edge = next.get(edge.to)) edges.push(edge);
    const target = edges.at(-1)?.to;
    const others = graph.dependencies(start).filter((edge) => isHard(edge) && edge.to !== edges[0]?.to);
    return { edges, alternatives: others.flatMap(({ to }) => (to === target || next.has(to) ? [to] : [])) };
  });
}

type Protects = ((node: GraphNode, graph: ContainerGraph) => ProtectionReason | undefined) | undefined;

/** @param dependents of the same node, see `dependentPaths` */
export function removalBlockers(
  graph: ContainerGraph,
  node: GraphNode,
  dependents: DependentPaths,
  protects: Protects,
  limit = defaultLimit,
): RemovalBlocker[] {
  const found: RemovalBlocker[] = [];
  if (node.kind === 'container' && node.unlisted && !node.systemdUnit?.isDeletable) found.push({ kind: 'unlisted' });
  const by = protects?.(node, graph);
  if (by !== undefined) found.push({ kind: 'protected', by });
  const dependent = protectedDependent(graph, node.key, protects);
  if (dependent) found.push(dependent);
  if (node.kind === 'container' && node.isKubeService) {
    const pods = [...graph.nodes.values()].filter(
      (one) => one.kind === 'pod' && engineOf(one.key) === engineOf(node.key),
    );
    if (pods.length > 0) found.push({ kind: 'service', pods: pods.length });
  }
  const own = new Set(graph.withMembers(node.key));
  for (const cycle of graph.cycles) {
    if (cycle.some((key) => own.has(key))) found.push({ kind: 'cycle', nodes: cycle });
  }
  const containers = node.kind === 'pod' ? graph.membersOf(node.key) : [node];
  const active = containers.filter((container) => isActive(container.state));
  if (active.length > 0) found.push({ kind: 'active', of: node.kind, containers: truncate(active, limit) });
  if (dependents.hard.items.length > 0) found.push({ kind: 'needed', paths: dependents.hard });
  return found;
}

function protectedDependent(graph: ContainerGraph, key: NodeKey, protects: Protects): RemovalBlocker | undefined {
  const next = shortestPaths(graph, [key], isHard);
  for (const from of next.keys()) {
    const dependent = graph.get(from);
    const by = dependent && protects?.(dependent, graph);
    const [path] = by === undefined ? [] : pathsIn(graph, next, [from], 1).items;
    if (by !== undefined && path) return { kind: 'neededByProtected', path, by };
  }
  return undefined;
}

function removalImpact(
  graph: ContainerGraph,
  node: GraphNode,
  protects: PlanOptions['protects'],
  limit: number,
): RemovalImpact {
  const scope = { chosen: [node.key], isAll: false };
  const plan = planRemoval('explanation', graph, scope, { dependents: 'include', running: 'stop', protects });
  const members = graph.membersOf(node.key).filter((member) => plan.nodes.has(member.key));
  const retained = plan.retained.filter(({ why }) => why.kind !== 'notChosen');
  return {
    plan,
    members: truncate(members, limit),
    retained: truncate(retained, limit),
  };
}

export function truncate<T, R = T>(
  all: readonly T[],
  limit: number,
  map: (one: T) => R = (one) => one as unknown as R,
): Truncated<R> {
  return { items: all.slice(0, limit).map(map), omitted: Math.max(0, all.length - limit) };
}

/** An edge of a path from a failed node, and the step before it. */
interface Step {
  readonly edge: GraphEdge;
  readonly previous: Step | undefined;
  /** Whether the path leads from dependencies to dependents. */
  readonly towardsDependents: boolean;
}

/**
 * The path between a skipped node and the failure that caused it, from dependent to dependency; empty if unknown.
 * Linear in the plan: paths are built on request, because a long chain has many long ones.
 */
export function skipPaths({ plan, nodes }: Report): (key: NodeKey) => readonly GraphEdge[] {
  const skippedBy = new Map<NodeKey, Set<NodeKey>>();
  for (const [key, { outcome }] of nodes) {
    if (outcome.kind !== 'skipped') continue;
    const others = skippedBy.get(outcome.because);
    if (others) others.add(key);
    else skippedBy.set(outcome.because, new Set([key]));
  }
  const nodesOf = new Map(plan.units.map((unit) => [unit.id, unit.nodes]));
  const unitNodes = (key: NodeKey) => nodesOf.get(plan.nodes.get(key)?.unit ?? '') ?? [key];
  const steps = new Map<NodeKey, Step>();
  const search = (cause: NodeKey, skipped: ReadonlySet<NodeKey>, towardsDependents: boolean) => {
    const queue = [...unitNodes(cause)];
    for (const at of queue) {
      for (const edge of edgesAt(plan, at, towardsDependents)) {
        const next = towardsDependents ? edge.from : edge.to;
        const step = { edge, previous: steps.get(at), towardsDependents };
        const reached = skipped.has(next) && !steps.has(next) ? unitNodes(next) : [];
        for (const key of reached) {
          if (!skipped.has(key) || steps.has(key)) continue;
          steps.set(key, step);
          queue.push(key);
        }
      }
    }
  };
  const towardsDependents = isDependenciesFirst(plan.action);
  for (const [cause, skipped] of skippedBy) {
    search(cause, skipped, towardsDependents);
    // A restart that cannot stop a node skips its dependencies; one that cannot start it, its dependents.
    if (plan.action === 'restart') search(cause, skipped, !towardsDependents);
  }
  return (key) => {
    const last = steps.get(key);
    const edges: GraphEdge[] = [];
    for (let step = last; step; step = step.previous) edges.push(step.edge);
    return last?.towardsDependents ? edges : edges.reverse();
  };
}

/** The planned edges from a node's dependents, or to its dependencies. */
function edgesAt(plan: Plan, key: NodeKey, towardsDependents: boolean): readonly GraphEdge[] {
  const planned = plan.nodes.get(key);
  if (!towardsDependents) return planned?.dependencies ?? [];
  const dependents = planned?.dependents ?? [];
  return dependents.flatMap((from) => plan.nodes.get(from)?.dependencies?.filter(({ to }) => to === key) ?? []);
}
