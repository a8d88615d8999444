import type { ContainerGraph } from '../model/graph';
import {
  type ContainerNode,
  type GraphEdge,
  type GraphNode,
  isActive,
  isHard,
  isInitContainer,
  type NodeKey,
} from '../model/model';
import type { ResourceNode } from '../model/resources';
import {
  type Action,
  affectsDependents,
  appliesTo,
  isDependenciesFirst,
  type LifecycleAction,
} from './lifecycleAction';
import type {
  Blocker,
  InclusionReason,
  Plan,
  PlannedNode,
  PlanOptions,
  PlanSelection,
  RetainedNode,
  Scope,
  Unit,
} from './plan';
import { deletedVolumes } from './anonymousVolumes';
import { addUnits, includeWithUnits, unitBlockers } from './managed';
import { countPlan, planNodes, planRemoval, selectNodes, stopTimeouts } from './planRemoval';
import { findRetainedNodes } from './retain';
import { conditionCycles, startConditions } from './startConditions';
import { buildUnits } from './units';

/** The options of an action on nodes that exist. */
export interface ActionOptions extends PlanOptions {
  readonly action?: Exclude<Action, 'bringBack'> | undefined;
}

/**
 * Plans the action of the options. Pure; linear in nodes and edges.
 *
 * @param resources just listed: all of the engines and kinds of chosen ones
 */
export function planAction(
  id: string,
  graph: ContainerGraph,
  scope: Scope,
  options: ActionOptions,
  resources: readonly ResourceNode[] = [],
): Plan {
  const { action = 'remove' } = options;
  return action === 'remove'
    ? planRemoval(id, graph, scope, options, resources)
    : planLifecycleAction(id, graph, scope, action, options);
}

/**
 * Plans a lifecycle action for the chosen nodes that are not in the target state. With `dependents: 'include'`, a stop
 * includes running dependents, and a start dependencies that are not running.
 */
function planLifecycleAction(
  id: string,
  graph: ContainerGraph,
  scope: Scope,
  action: LifecycleAction,
  options: PlanOptions,
): Plan {
  const { indexed } = graph;
  const included = selectNodes(graph, scope, false);
  const includesAll = options.dependents === 'include';
  const propagates = (edge: GraphEdge) => action === 'restart' && edge.propagatesRestart === true;
  if (affectsDependents(action))
    includeRelated(graph, included, 'dependents', (edge) => propagates(edge) || (includesAll && isHard(edge)));
  if (includesAll && (action === 'start' || action === 'restart'))
    includeRelated(graph, included, 'dependencies', isStartedFirst);
  includeWithUnits(graph, included, options);
  const retained = findRetainedNodes(graph, included, options);
  for (const { node } of retained) included.drop(indexed.indexOf.get(node.key) as number);
  if (action === 'restart') retained.push(...retainAutoRemove(graph, included, options));
  dropSatisfied(graph, included, action);

  const stops = action === 'stop' || action === 'restart';
  const timeouts = stops ? stopTimeouts(graph, included, options) : new Float64Array(indexed.nodes.length);
  const built = buildUnits(graph, included.indices, timeouts, stops ? 'stop' : action);
  const { units, cycles } = built;
  const nodes = planNodes(indexed, built, included, timeouts);
  addUnits(nodes, options);
  const wait = options.waitForHealth ?? 'declared';
  const planned = { has: (key: NodeKey) => included.has(indexed.indexOf.get(key) ?? -1) };
  const withConditions = (unit: Unit): Unit => {
    const conditions = startConditions(graph, unit, planned, wait);
    return conditions.length > 0 ? { ...unit, conditions } : unit;
  };
  let allUnits: readonly Unit[] = units;
  if (action === 'restart') {
    const starts = buildUnits(graph, included.indices, timeouts, 'start').units;
    allUnits = splitRestart(units, starts.map(withConditions));
  } else if (isDependenciesFirst(action)) allUnits = units.map(withConditions);
  return Object.freeze({
    id,
    action,
    scope,
    options,
    units: allUnits,
    nodes,
    blockers: [
      ...blockersOf(graph, nodes, action),
      ...unitBlockers(graph, nodes, options),
      ...cycleBlockers(graph, allUnits),
    ],
    retained,
    cycles,
    volumes: [],
    counts: countPlan(nodes),
  });
}

/**
 * Whether a plan needs confirmation by default: kills, stops or restarts of several targets or implied nodes, and stops
 * of containers with `--rm`.
 */
export function isDisruptive({ action, units, nodes, counts }: Plan): boolean {
  if (action === 'kill') return true;
  if (action !== 'stop' && action !== 'restart') return false;
  const isRemovedOnStop = ({ node }: PlannedNode) => node.kind === 'container' && node.details?.autoRemove === true;
  const targets = new Set(units.flatMap((unit) => unit.targets));
  return targets.size > 1 || counts.implied > 0 || (action === 'stop' && [...nodes.values()].some(isRemovedOnStop));
}

/** Docker also starts no container with a link to one that is not running; compose starts services in order. */
function isStartedFirst(edge: GraphEdge): boolean {
  return isHard(edge) || edge.reasons.includes('link') || edge.reasons.includes('depends-on');
}

/** Adds running dependents, or dependencies that are not running; direct and indirect. */
function includeRelated(
  graph: ContainerGraph,
  included: PlanSelection,
  direction: 'dependents' | 'dependencies',
  follows: (edge: GraphEdge) => boolean,
) {
  const { indexOf, nodes } = graph.indexed;
  const isDown = direction === 'dependencies';
  const pending = included.indices.map((index) => (nodes[index] as GraphNode).key);
  const seen = new Set(pending);
  for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
    const pod = graph.container(key)?.pod;
    for (const edge of isDown ? graph.dependencies(key) : graph.dependents(key)) {
      const other = isDown ? edge.to : edge.from;
      // The engine itself starts a member's pod.
      if (seen.has(other) || !follows(edge) || (isDown && other === pod)) continue;
      seen.add(other);
      pending.push(other);
      const container = graph.container(other);
      if (!container || container.unlisted || isActive(container.state) === isDown) continue;
      const why: InclusionReason = isDown ? { kind: 'neededBy', dependent: key } : { kind: 'needs', dependency: key };
      included.add(indexOf.get(other) as number, why);
    }
  }
}

/** Edges to the nodes that must run first; the engine itself starts a member's pod. */
function requiredEdges(graph: ContainerGraph, key: NodeKey): GraphEdge[] {
  const pod = graph.container(key)?.pod;
  return graph.dependencies(key).filter((edge) => isHard(edge) && edge.to !== pod);
}

/**
 * Retains, in a restart, connected containers with `--rm` and their dependencies: a stop would remove such a container.
 * Without edges, the engine restarts it in one request.
 */
function retainAutoRemove(graph: ContainerGraph, included: PlanSelection, { systemd }: PlanOptions): RetainedNode[] {
  const { indexOf, nodes } = graph.indexed;
  const isIncluded = (key: NodeKey) => included.has(indexOf.get(key) as number);
  const autoRemoved = included.indices.flatMap((index) => {
    const { key } = nodes[index] as GraphNode;
    const managed = systemd?.get(key);
    // Its unit creates it again.
    if (managed && !managed.obstacle) return [];
    if (graph.container(key)?.details?.autoRemove !== true) return [];
    const isConnected =
      graph.dependencies(key).some(({ to }) => to !== key && isIncluded(to)) ||
      graph.dependents(key).some(({ from }) => from !== key && isIncluded(from));
    return isConnected ? [key] : [];
  });
  const retained: RetainedNode[] = [];
  const retain = (key: NodeKey, why: RetainedNode['why']) => {
    const node = graph.get(key);
    if (!node || !isIncluded(key)) return;
    included.drop(indexOf.get(key) as number);
    retained.push({ node, why });
  };
  for (const key of autoRemoved) retain(key, { kind: 'removedWhenStopped' });
  for (const key of autoRemoved)
    for (const dependency of graph.hardDependencies([key])) retain(dependency, { kind: 'neededBy', node: key });
  return retained;
}

/** Drops nodes in the target state, and pods without remaining members. */
function dropSatisfied(graph: ContainerGraph, included: PlanSelection, action: LifecycleAction) {
  const { indexOf, nodes } = graph.indexed;
  for (const index of included.indices) {
    const node = nodes[index] as GraphNode;
    if (node.kind !== 'container') continue;
    if (!appliesTo(action, node.state) || (action === 'start' && isCompletedInit(graph, included, node))) {
      included.drop(index);
    }
  }
  if (action === 'restart') return;
  for (const index of included.indices) {
    const { kind, key } = nodes[index] as GraphNode;
    if (kind !== 'pod') continue;
    const members = graph.membersOf(key);
    const infra = graph.infraOf(key);
    const includesInfra = members.length === 0 || action === 'stop' || action === 'kill';
    const hasMembers = members.some((member) => included.has(indexOf.get(member.key) as number));
    if (!hasMembers && !(includesInfra && infra && appliesTo(action, infra.state))) included.drop(index);
  }
}

/** Whether a container is an init container of a running pod that is included. */
function isCompletedInit(graph: ContainerGraph, included: PlanSelection, container: ContainerNode): boolean {
  const pod = container.pod === undefined ? undefined : graph.get(container.pod);
  if (pod?.kind !== 'pod' || pod.state !== 'running' || !isInitContainer(container, pod)) return false;
  return included.has(graph.indexed.indexOf.get(pod.key) as number);
}

/**
 * The units of a restart: connected units are stopped, dependents first, and started, dependencies first. A single
 * container without edges is restarted by the engine. Conditions on containers outside the plan are checked before the stop,
 * too: otherwise an unhealthy one would leave its dependents down.
 */
function splitRestart(stops: readonly Unit[], starts: readonly Unit[]): Unit[] {
  const dependedOn = new Set(stops.flatMap((unit) => [...unit.hardDependencies, ...unit.softDependencies]));
  const isIsolated = (unit: Unit) =>
    unit.kind === 'container' &&
    unit.hardDependencies.length + unit.softDependencies.length === 0 &&
    !dependedOn.has(unit.id);
  const isolated = new Set(stops.filter(isIsolated).map((unit) => unit.id));
  const steps = 1 + stops.reduce((highest, { step }) => Math.max(highest, step), 0);
  // Stop and start units of the same nodes have the same ids.
  const startId = (id: string) => `${id}#start`;
  const conditionsOf = new Map(starts.map(({ id, conditions = [] }) => [id, conditions]));
  const planned = new Set(starts.flatMap(({ nodes }) => nodes));
  return [
    ...stops.map((unit): Unit => {
      const isRestart = isolated.has(unit.id);
      const conditions = (conditionsOf.get(unit.id) ?? []).filter(
        ({ dependency }) => isRestart || !planned.has(dependency),
      );
      return { ...unit, ...(isRestart && { action: 'restart' }), ...(conditions.length > 0 && { conditions }) };
    }),
    ...starts
      .filter((unit) => !isolated.has(unit.id))
      .map((unit): Unit => ({
        ...unit,
        id: startId(unit.id),
        hardDependencies: unit.hardDependencies.map(startId),
        // Soft: a unit that could not be stopped still runs, and its dependents can start again.
        softDependencies: [...unit.softDependencies.map(startId), unit.id],
        undoes: unit.id,
        step: steps + unit.step,
        stopTimeout: 0,
      })),
  ];
}

function cycleBlockers(graph: ContainerGraph, units: readonly Unit[]): Blocker[] {
  return conditionCycles(units).flatMap((conditions) => {
    const keys = new Set(conditions.flatMap(({ dependent, dependency }) => [dependent, dependency]));
    const [of, node, ...others] = [...keys].flatMap((key) => graph.get(key) ?? []);
    return of && node ? [{ kind: 'conditionCycle' as const, node, of, others }] : [];
  });
}

function blockersOf(graph: ContainerGraph, nodes: Plan['nodes'], action: LifecycleAction): Blocker[] {
  const blockers: Blocker[] = [];
  for (const { node } of nodes.values()) {
    if (affectsDependents(action)) {
      for (const edge of graph.dependents(node.key)) {
        const dependent = graph.container(edge.from);
        if (isHard(edge) && dependent && isActive(dependent.state) && !nodes.has(dependent.key)) {
          blockers.push({ kind: 'dependent', node: dependent, of: node });
        }
      }
    }
    if (action !== 'start' && action !== 'restart') continue;
    for (const edge of requiredEdges(graph, node.key)) {
      const dependency = graph.container(edge.to);
      if (dependency && !dependency.unlisted && !isActive(dependency.state) && !nodes.has(dependency.key)) {
        blockers.push({ kind: 'dependency', node: dependency, of: node });
      }
    }
  }
  return blockers;
}

/** The options of a confirmed plan, for a retry of some of its nodes. */
export function retryOptions({ id, action, options }: Plan): PlanOptions {
  const { dependents, running, excluded, deletedVolumes, backupFolder, stopTimeout, removal, recreate } = options;
  const { withoutSystemd, removeQuadlets } = options;
  const own = { action, dependents, running, excluded, deletedVolumes, stopTimeout, withoutSystemd, removeQuadlets };
  const saved = backupFolder !== undefined && { backupFolder };
  const again = action === 'remove' ? { removal: removal ?? id } : removal !== undefined && { removal, recreate };
  return { ...own, ...saved, ...again };
}

/**
 * Whether a plan needs another confirmation: compared to the confirmed one, it has other nodes, stops other containers,
 * shortens a stop timeout or deletes other volumes.
 */
export function exceeds(plan: Plan, confirmed: Plan): boolean {
  if (plan.action !== confirmed.action) return true;
  const deleted = new Set(deletedVolumes(confirmed).map(({ key }) => key));
  if (deletedVolumes(plan).some(({ key }) => !deleted.has(key))) return true;
  const deletesQuadlet = (of: Plan, key: NodeKey) => of.nodes.get(key)?.systemd?.removesQuadlet === true;
  return [...plan.nodes.values()].some(({ node, stopTimeout }) => {
    const before = confirmed.nodes.get(node.key);
    if (!before || (deletesQuadlet(plan, node.key) && !deletesQuadlet(confirmed, node.key))) return true;
    if (node.kind !== 'container' || before.node.kind !== 'container') return false;
    return isActive(node.state) && (!isActive(before.node.state) || stopTimeout < before.stopTimeout);
  });
}
