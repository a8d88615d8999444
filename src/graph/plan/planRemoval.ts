import type { IndexedGraph } from '../model/adjacency';
import type { ContainerGraph } from '../model/graph';
import { restarter } from '../model/labels';
import { cachedEngineOf, type GraphEdge, type GraphNode, isActive, type NodeKey } from '../model/model';
import { isResource, type ResourceNode, resourceUsers } from '../model/resources';
import { defaultStopTimeout, fromSeconds, inSeconds } from '../model/stopTimeout';
import { membersBeforePods, planAnonymousVolumes } from './anonymousVolumes';
import { addUnits, includeWithUnits, unitBlockers } from './managed';
import {
  type Blocker,
  type InclusionReason,
  type Plan,
  type PlanCounts,
  type PlannedNode,
  type PlanOptions,
  PlanSelection,
  type RetainedNode,
  type Scope,
} from './plan';
import { findRetainedNodes } from './retain';
import { planResources } from './resources';
import { buildUnits, type Units } from './units';

/**
 * Plans a removal: order, reasons, retained nodes and blockers. Pure; linear in nodes and edges.
 *
 * @param resources see `planAction`
 */
export function planRemoval(
  id: string,
  graph: ContainerGraph,
  scope: Scope,
  options: PlanOptions,
  resources: readonly ResourceNode[] = [],
): Plan {
  const { indexOf } = graph.indexed;
  const included = selectNodes(graph, scope, options.dependents === 'include');
  includeWithUnits(graph, included, options);
  const retained = findRetainedNodes(graph, included, options);
  for (const { node } of retained) included.drop(indexOf.get(node.key) as number);
  const timeouts = stopTimeouts(graph, included, options);
  const built = buildUnits(graph, included.indices, timeouts);
  const { units, cycles } = built;
  const order = built.nodeIndices.flat();
  const nodes = planNodes(graph.indexed, built, included, timeouts);
  addUnits(nodes, options);
  const anonymous = planAnonymousVolumes(graph, nodes, options);
  const chosen = planResources(graph, scope, options, resources, units, nodes);
  for (const planned of chosen.nodes) nodes.set(planned.node.key, planned);
  return Object.freeze({
    id,
    action: 'remove',
    scope,
    options,
    units: [...membersBeforePods(graph, units, anonymous), ...chosen.units],
    nodes,
    blockers: [...blockersOf(graph.indexed, order, included, options), ...unitBlockers(graph, nodes, options)],
    retained: [...retained, ...retainedDependencies(graph.indexed, order, included, retained), ...chosen.retained],
    cycles,
    volumes: anonymous,
    counts: countPlan(nodes),
  });
}

/** The nodes of the units, in their order. */
export function planNodes(
  indexed: IndexedGraph,
  { units, nodeIndices }: Units,
  included: PlanSelection,
  timeouts: ArrayLike<number>,
): Map<NodeKey, PlannedNode> {
  const nodes = new Map<NodeKey, PlannedNode>();
  units.forEach((unit, position) => {
    for (const index of nodeIndices[position] ?? []) {
      const node = indexed.nodes[index] as GraphNode;
      nodes.set(node.key, {
        node,
        unit: unit.id,
        why: included.reasonFor(index) as InclusionReason,
        stopTimeout: fromSeconds(timeouts[index] as number),
        dependents: selectedDependents(indexed, index, included),
        dependencies: selectedDependencies(indexed, index, included),
        restartedBy: restarter(node),
      });
    }
  });
  return nodes;
}

/** The chosen nodes with members of pods and, optionally, all dependents. */
export function selectNodes(graph: ContainerGraph, scope: Scope, withDependents: boolean): PlanSelection {
  const { indexOf, nodes, predecessors } = graph.indexed;
  const included = new PlanSelection(nodes.length);
  const membersOf = (index: number) => {
    const node = nodes[index] as GraphNode;
    return node.kind === 'pod' ? graph.membersOf(node.key) : none;
  };
  const add = (index: number, why: InclusionReason) => {
    const known = included.reasonFor(index);
    // `memberOf` overrides other reasons: removing the pod removes its members.
    if (known && (known.kind === 'memberOf' || why.kind !== 'memberOf')) return false;
    included.add(index, why);
    const members = membersOf(index);
    if (members.length > 0) {
      const reason: InclusionReason = { kind: 'memberOf', pod: (nodes[index] as GraphNode).key };
      for (const member of members) add(indexOf.get(member.key) as number, reason);
    }
    return !known;
  };
  const users = withDependents && scope.chosen.some(isResource) ? resourceUsers(graph) : undefined;
  for (const chosen of scope.chosen) {
    for (const user of users?.get(chosen) ?? none)
      add(indexOf.get(user) as number, { kind: 'needs', dependency: chosen });
  }
  for (const chosen of scope.chosen) {
    const index = indexOf.get(chosen) ?? indexOf.get(graph.resolve(chosen));
    if (index !== undefined) add(index, chosenItself);
  }
  if (!withDependents) return included;
  const pending = [...included.indices];
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    let why: InclusionReason | undefined;
    for (let at = predecessors.offsets[index] as number; at < (predecessors.offsets[index + 1] as number); at++) {
      const from = predecessors.targets[at] as number;
      if (predecessors.hard[at] === 0) continue;
      if (!add(from, (why ??= { kind: 'needs', dependency: (nodes[index] as GraphNode).key }))) continue;
      pending.push(from);
      for (const member of membersOf(from)) pending.push(indexOf.get(member.key) as number);
    }
  }
  return included;
}

function selectedDependents(
  { nodes, predecessors }: IndexedGraph,
  index: number,
  included: PlanSelection,
): readonly NodeKey[] {
  let dependents: NodeKey[] | undefined;
  for (let at = predecessors.offsets[index] as number; at < (predecessors.offsets[index + 1] as number); at++) {
    const from = predecessors.targets[at] as number;
    if (predecessors.hard[at] === 0 || from === index || !included.has(from)) continue;
    (dependents ??= []).push((nodes[from] as GraphNode).key);
  }
  return dependents ?? none;
}

function selectedDependencies(
  { successors }: IndexedGraph,
  index: number,
  included: PlanSelection,
): readonly GraphEdge[] {
  let edges: GraphEdge[] | undefined;
  for (let at = successors.offsets[index] as number; at < (successors.offsets[index + 1] as number); at++) {
    const to = successors.targets[at] as number;
    if (successors.hard[at] === 1 && to !== index && included.has(to))
      (edges ??= []).push(successors.edges[at] as GraphEdge);
  }
  return edges ?? none;
}

/** Shared, because a large plan has one per node. */
const none: readonly never[] = [];
const chosenItself: InclusionReason = { kind: 'chosen' };

function blockersOf(
  { nodes, predecessors }: IndexedGraph,
  order: readonly number[],
  included: PlanSelection,
  options: PlanOptions,
): Blocker[] {
  const blockers: Blocker[] = [];
  for (const index of order) {
    const node = nodes[index] as GraphNode;
    if (options.running === 'block' && node.kind === 'container' && isActive(node.state)) {
      blockers.push({ kind: node.state === 'paused' ? 'paused' : 'running', node });
    }
    for (let at = predecessors.offsets[index] as number; at < (predecessors.offsets[index + 1] as number); at++) {
      const from = predecessors.targets[at] as number;
      if (predecessors.hard[at] === 1 && !included.has(from)) {
        blockers.push({ kind: 'dependent', node: nodes[from] as GraphNode, of: node });
      }
    }
  }
  return blockers;
}

function retainedDependencies(
  { indexOf, nodes, successors }: IndexedGraph,
  order: readonly number[],
  included: PlanSelection,
  retained: readonly RetainedNode[],
): RetainedNode[] {
  const known = new Set(retained.map(({ node }) => indexOf.get(node.key)));
  const found: RetainedNode[] = [];
  for (const index of order) {
    for (let at = successors.offsets[index] as number; at < (successors.offsets[index + 1] as number); at++) {
      const to = successors.targets[at] as number;
      if (included.has(to) || known.has(to)) continue;
      known.add(to);
      const node = nodes[to] as GraphNode;
      found.push({
        node,
        why: node.kind === 'container' && node.unlisted ? { kind: 'unknown' } : { kind: 'notChosen' },
      });
    }
  }
  return found;
}

/** Seconds by node index; Infinity if unlimited. Also of containers that are not running: they may be started later. */
export function stopTimeouts({ indexed }: ContainerGraph, included: PlanSelection, options: PlanOptions): Float64Array {
  const timeouts = new Float64Array(indexed.nodes.length);
  for (const index of included.indices) {
    const node = indexed.nodes[index] as GraphNode;
    if (node.kind !== 'container') continue;
    timeouts[index] = inSeconds(options.stopTimeout ?? node.details?.stopTimeout ?? defaultStopTimeout);
  }
  return timeouts;
}

export function countPlan(nodes: ReadonlyMap<NodeKey, PlannedNode>): PlanCounts {
  const engines = new Set<string>();
  const engineOfKey = cachedEngineOf();
  let engine = '';
  const counts = { pod: 0, container: 0, volume: 0, network: 0, image: 0 };
  let [running, implied, seconds] = [0, 0, 0];
  for (const planned of nodes.values()) {
    const { node } = planned;
    const current = engineOfKey(node.key);
    if (current !== engine) engines.add((engine = current));
    counts[node.kind]++;
    if (node.kind === 'container' && isActive(node.state)) {
      running++;
      seconds = Math.max(seconds, inSeconds(planned.stopTimeout));
    }
    if (planned.why.kind === 'needs' || planned.why.kind === 'neededBy') implied++;
  }
  const stopTimeout = fromSeconds(seconds);
  return {
    pods: counts.pod,
    containers: counts.container,
    volumes: counts.volume,
    networks: counts.network,
    images: counts.image,
    running,
    implied,
    engines: engines.size,
    stopTimeout,
  };
}
