import type { ContainerGraph } from '../model/graph';
import {
  type ContainerNode,
  type GraphEdge,
  type GraphNode,
  isActive,
  isHard,
  isInitContainer,
  type NodeKey,
  type VolumeNode,
} from '../model/model';
import { affectsDependents, appliesTo, type LifecycleAction } from './lifecycleAction';
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
import { countPlan, createPlannedNode, planRemoval, selectNodes, stopTimeouts } from './planRemoval';
import { findRetainedNodes } from './retain';
import { buildUnits } from './units';

/**
 * Makes the plan of whatever the options ask for. Pure, and linear in nodes and edges.
 *
 * @param dangling anonymous volumes that no container uses, as engines told them just before: of what was chosen only these go
 */
export function planAction(
  id: string,
  graph: ContainerGraph,
  scope: Scope,
  options: PlanOptions,
  dangling: readonly VolumeNode[] = [],
): Plan {
  const { action = 'remove' } = options;
  return action === 'remove'
    ? planRemoval(id, graph, scope, options, dangling)
    : planLifecycleAction(id, graph, scope, action, options);
}

/**
 * The plan of a change of state. It holds only what is not as wanted already: a pod with what of its members is
 * concerned, or the chosen containers; and, if wanted, what must go with them: of a stop what runs and needs them, of a
 * start what they need and does not run.
 */
function planLifecycleAction(
  id: string,
  graph: ContainerGraph,
  scope: Scope,
  action: LifecycleAction,
  options: PlanOptions,
): Plan {
  const { numbered } = graph;
  const included = selectNodes(graph, scope, false);
  if (options.dependents === 'include') {
    if (affectsDependents(action)) includeRelated(graph, included, 'stop');
    if (action === 'start' || action === 'restart') includeRelated(graph, included, 'start');
  }
  const retained = findRetainedNodes(graph, included, options);
  for (const { node } of retained) included.drop(numbered.indexOf.get(node.key) as number);
  if (action === 'restart') retained.push(...retainAutoRemove(graph, included));
  dropSatisfied(graph, included, action);

  const stops = action === 'stop' || action === 'restart';
  const graces = stops ? stopTimeouts(graph, included, options) : new Float64Array(numbered.nodes.length);
  const { units, unitIndexOf, cycles } = buildUnits(graph, included.indices, graces, stops ? 'stop' : action);
  const nodes = new Map<NodeKey, PlannedNode>();
  units.forEach((unit, place) => {
    for (const number of unitIndexOf[place] ?? []) {
      const planned = createPlannedNode(numbered, number, unit, included, graces);
      nodes.set(planned.node.key, planned);
    }
  });
  return Object.freeze({
    id,
    action,
    scope,
    options,
    units:
      action === 'restart' ? splitRestart(units, buildUnits(graph, included.indices, graces, 'start').units) : units,
    nodes,
    blockers: blockersOf(graph, nodes, action),
    retained,
    cycles,
    volumes: [],
    counts: countPlan(nodes),
  });
}

/**
 * Whether a change of state is one that a person would want to be asked about: a kill, and a stop or restart of more than
 * one unit, of what was not pointed at, or of what is removed when it stops.
 */
export function isDisruptive({ action, units, nodes, counts }: Plan): boolean {
  if (action === 'kill') return true;
  if (action !== 'stop' && action !== 'restart') return false;
  const goes = ({ node }: PlannedNode) => node.kind === 'container' && node.details?.autoRemove === true;
  const targets = new Set(units.flatMap((unit) => unit.targets));
  return targets.size > 1 || counts.implied > 0 || (action === 'stop' && [...nodes.values()].some(goes));
}

/** Includes what must go along, however far the edges go: of a stop what runs and needs it, of a start what it needs. */
function includeRelated(graph: ContainerGraph, included: PlanSelection, action: 'stop' | 'start') {
  const { indexOf, nodes } = graph.numbered;
  const open = included.indices.map((number) => (nodes[number] as GraphNode).key);
  const seen = new Set(open);
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    const edges = action === 'start' ? neededBy(graph, key) : graph.dependents(key).filter(isHard);
    for (const edge of edges) {
      const other = action === 'start' ? edge.to : edge.from;
      if (seen.has(other)) continue;
      seen.add(other);
      open.push(other);
      const container = graph.container(other);
      if (!container || container.unlisted || isActive(container.state) === (action === 'start')) continue;
      const why: InclusionReason =
        action === 'start' ? { kind: 'neededBy', dependent: key } : { kind: 'needs', dependency: key };
      included.add(indexOf.get(other) as number, why);
    }
  }
}

/** What must run before a node can; a member's own pod is brought up by the engine with the member. */
function neededBy(graph: ContainerGraph, key: NodeKey): GraphEdge[] {
  const pod = graph.container(key)?.pod;
  return graph.dependencies(key).filter((edge) => isHard(edge) && edge.to !== pod);
}

/**
 * Containers that go when they stop (`--rm`) can be restarted only by the engine itself, in one; one that hangs together
 * with others would be gone before it could be started again. It stays, with all that it needs.
 */
function retainAutoRemove(graph: ContainerGraph, included: PlanSelection): RetainedNode[] {
  const { indexOf, nodes } = graph.numbered;
  const isIn = (key: NodeKey) => included.has(indexOf.get(key) as number);
  const brief = included.indices.flatMap((number) => {
    const { key } = nodes[number] as GraphNode;
    if (graph.container(key)?.details?.autoRemove !== true) return [];
    const hangsTogether =
      graph.dependencies(key).some(({ to }) => to !== key && isIn(to)) ||
      graph.dependents(key).some(({ from }) => from !== key && isIn(from));
    return hangsTogether ? [key] : [];
  });
  const staying: RetainedNode[] = [];
  const keep = (key: NodeKey, why: RetainedNode['why']) => {
    const node = graph.get(key);
    if (!node || !isIn(key)) return;
    included.drop(indexOf.get(key) as number);
    staying.push({ node, why });
  };
  for (const key of brief) keep(key, { kind: 'goesWhenStopped' });
  for (const key of brief)
    for (const needed of graph.hardDependencies([key])) keep(needed, { kind: 'neededBy', node: key });
  return staying;
}

/** Leaves out what is as wanted already; a pod goes with what of it is concerned. */
function dropSatisfied(graph: ContainerGraph, included: PlanSelection, action: LifecycleAction) {
  const { indexOf, nodes } = graph.numbered;
  for (const number of included.indices) {
    const node = nodes[number] as GraphNode;
    if (node.kind !== 'container') continue;
    if (!appliesTo(action, node.state) || (action === 'start' && hasDoneItsWork(graph, included, node))) {
      included.drop(number);
    }
  }
  if (action === 'restart') return;
  for (const number of included.indices) {
    const { kind, key } = nodes[number] as GraphNode;
    if (kind !== 'pod') continue;
    const members = graph.membersOf(key);
    const infra = graph.infraOf(key);
    const infraCounts = members.length === 0 || action === 'stop' || action === 'kill';
    const any = members.some((member) => included.has(indexOf.get(member.key) as number));
    if (!any && !(infraCounts && infra && appliesTo(action, infra.state))) included.drop(number);
  }
}

/** Whether a container is an init container of a pod that runs already, and goes along with its pod. */
function hasDoneItsWork(graph: ContainerGraph, included: PlanSelection, container: ContainerNode): boolean {
  const pod = container.pod === undefined ? undefined : graph.get(container.pod);
  if (pod?.kind !== 'pod' || pod.state !== 'running' || !isInitContainer(container, pod)) return false;
  return included.has(graph.numbered.indexOf.get(pod.key) as number);
}

/**
 * The units of a restart: what hangs together goes down in one walk, dependents first, and comes up again dependencies
 * first; a container that stands alone is restarted by the engine, in one.
 */
function splitRestart(down: readonly Unit[], up: readonly Unit[]): Unit[] {
  const behind = new Set(down.flatMap((unit) => [...unit.hardDependencies, ...unit.softDependencies]));
  const isAlone = (unit: Unit) =>
    unit.kind === 'container' &&
    unit.hardDependencies.length + unit.softDependencies.length === 0 &&
    !behind.has(unit.id);
  const alone = new Set(down.filter(isAlone).map((unit) => unit.id));
  const waves = 1 + down.reduce((highest, { wave }) => Math.max(highest, wave), 0);
  // Units have the same ids in both directions.
  const upOf = (id: string) => `${id}#start`;
  return [
    ...down.map((unit): Unit => (alone.has(unit.id) ? { ...unit, action: 'restart' } : unit)),
    ...up
      .filter((unit) => !alone.has(unit.id))
      .map((unit): Unit => ({
        ...unit,
        id: upOf(unit.id),
        hardDependencies: unit.hardDependencies.map(upOf),
        // What could not be stopped still runs: what was stopped before it can come up again all the same.
        softDependencies: [...unit.softDependencies.map(upOf), unit.id],
        undoes: unit.id,
        wave: waves + unit.wave,
        stopTimeout: 0,
      })),
  ];
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
    for (const edge of neededBy(graph, node.key)) {
      const needed = graph.container(edge.to);
      if (needed && !needed.unlisted && !isActive(needed.state) && !nodes.has(needed.key)) {
        blockers.push({ kind: 'dependency', node: needed, of: node });
      }
    }
  }
  return blockers;
}
