import type { IndexedGraph } from '../model/adjacency';
import type { ContainerGraph } from '../model/graph';
import {
  cachedEngineOf,
  engineOf,
  type GraphEdge,
  type GraphNode,
  isActive,
  type NodeKey,
  type VolumeNode,
} from '../model/model';
import { planVolumes } from '../model/volumes';
import { defaultStopTimeout, fromSeconds, inSeconds } from '../model/stopTimeout';
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
  type Unit,
} from './plan';
import { restarter } from './restarters';
import { findRetainedNodes } from './retain';
import { buildUnits } from './units';

/**
 * Makes the plan of a removal from one snapshot of the graph: what goes, in what order, why each node is there, what
 * stays and what blocks. Pure, and linear in nodes and edges.
 *
 * @param dangling see `planAction`
 */
export function planRemoval(
  id: string,
  graph: ContainerGraph,
  scope: Scope,
  options: PlanOptions,
  dangling: readonly VolumeNode[] = [],
): Plan {
  const { indexOf } = graph.numbered;
  const included = selectNodes(graph, scope, options.dependents === 'include');
  const kept = findRetainedNodes(graph, included, options);
  for (const { node } of kept) included.drop(indexOf.get(node.key) as number);
  const graces = stopTimeouts(graph, included, options);
  const { units, unitIndexOf: numbersIn, cycles } = buildUnits(graph, included.indices, graces);
  const order: number[] = [];
  const nodes = new Map<NodeKey, PlannedNode>();
  units.forEach((unit, place) => {
    for (const number of numbersIn[place] ?? []) {
      order.push(number);
      const planned = createPlannedNode(graph.numbered, number, unit, included, graces);
      nodes.set(planned.node.key, planned);
    }
  });
  const volumes = planVolumes(graph, scope, options, dangling);
  for (const planned of volumes.nodes) nodes.set(planned.node.key, planned);
  return Object.freeze({
    id,
    action: 'remove',
    scope,
    options,
    units: [...units, ...volumes.units],
    nodes,
    blockers: blockersOf(graph.numbered, order, included, options),
    retained: [...kept, ...retainedDependencies(graph.numbered, order, included, kept), ...volumes.retained],
    cycles,
    volumes: volumesOf(graph, nodes),
    counts: countPlan(nodes),
  });
}

/** One node of a unit, with what a person and the walk must know of it. */
export function createPlannedNode(
  numbered: IndexedGraph,
  number: number,
  { id }: Unit,
  included: PlanSelection,
  graces: ArrayLike<number>,
): PlannedNode {
  const node = numbered.nodes[number] as GraphNode;
  return {
    node,
    unit: id,
    why: included.reasonFor(number) as InclusionReason,
    stopTimeout: fromSeconds(graces[number] as number),
    dependents: dependentsThatGo(numbered, number, included),
    dependencies: selectedDependents(numbered, number, included),
    restartedBy: restarter(node),
  };
}

/** What was chosen, with the members of chosen pods and, if wanted, all that needs any of it. */
export function selectNodes(graph: ContainerGraph, scope: Scope, withDependents: boolean): PlanSelection {
  const { indexOf, nodes, predecessors } = graph.numbered;
  const included = new PlanSelection(nodes.length);
  const membersOf = (number: number) => {
    const node = nodes[number] as GraphNode;
    return node.kind === 'pod' ? graph.membersOf(node.key) : none;
  };
  const add = (number: number, why: InclusionReason) => {
    const before = included.reasonFor(number);
    // Its pod outweighs everything else: the pod's removal takes the member along, chosen or not.
    if (before && (before.kind === 'memberOf' || why.kind !== 'memberOf')) return false;
    included.add(number, why);
    const members = membersOf(number);
    if (members.length > 0) {
      const along: InclusionReason = { kind: 'memberOf', pod: (nodes[number] as GraphNode).key };
      for (const member of members) add(indexOf.get(member.key) as number, along);
    }
    return !before;
  };
  for (const chosen of scope.chosen) {
    const number = indexOf.get(chosen) ?? indexOf.get(graph.resolve(chosen));
    if (number !== undefined) add(number, chosenItself);
  }
  if (!withDependents) return included;
  const open = [...included.indices];
  for (let number = open.pop(); number !== undefined; number = open.pop()) {
    let why: InclusionReason | undefined;
    for (let at = predecessors.offsets[number] as number; at < (predecessors.offsets[number + 1] as number); at++) {
      const from = predecessors.targets[at] as number;
      if (predecessors.hard[at] === 0) continue;
      if (!add(from, (why ??= { kind: 'needs', dependency: (nodes[number] as GraphNode).key }))) continue;
      open.push(from);
      for (const member of membersOf(from)) open.push(indexOf.get(member.key) as number);
    }
  }
  return included;
}

function dependentsThatGo(
  { nodes, predecessors }: IndexedGraph,
  number: number,
  included: PlanSelection,
): readonly NodeKey[] {
  let dependents: NodeKey[] | undefined;
  for (let at = predecessors.offsets[number] as number; at < (predecessors.offsets[number + 1] as number); at++) {
    const from = predecessors.targets[at] as number;
    if (predecessors.hard[at] === 0 || from === number || !included.has(from)) continue;
    (dependents ??= []).push((nodes[from] as GraphNode).key);
  }
  return dependents ?? none;
}

function selectedDependents(
  { successors }: IndexedGraph,
  number: number,
  included: PlanSelection,
): readonly GraphEdge[] {
  let needs: GraphEdge[] | undefined;
  for (let at = successors.offsets[number] as number; at < (successors.offsets[number + 1] as number); at++) {
    const to = successors.targets[at] as number;
    if (successors.hard[at] === 1 && to !== number && included.has(to))
      (needs ??= []).push(successors.edges[at] as GraphEdge);
  }
  return needs ?? none;
}

/** Shared by all that have nothing, and by all that were chosen: a large plan has as many of these as nodes. */
const none: readonly never[] = [];
const chosenItself: InclusionReason = { kind: 'chosen' };

function blockersOf(
  { nodes, predecessors }: IndexedGraph,
  order: readonly number[],
  included: PlanSelection,
  options: PlanOptions,
): Blocker[] {
  const blockers: Blocker[] = [];
  for (const number of order) {
    const node = nodes[number] as GraphNode;
    if (options.running === 'block' && node.kind === 'container' && isActive(node.state)) {
      blockers.push({ kind: node.state === 'paused' ? 'paused' : 'running', node });
    }
    for (let at = predecessors.offsets[number] as number; at < (predecessors.offsets[number + 1] as number); at++) {
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
  kept: readonly RetainedNode[],
): RetainedNode[] {
  const told = new Set(kept.map(({ node }) => indexOf.get(node.key)));
  const staying: RetainedNode[] = [];
  for (const number of order) {
    for (let at = successors.offsets[number] as number; at < (successors.offsets[number + 1] as number); at++) {
      const to = successors.targets[at] as number;
      if (included.has(to) || told.has(to)) continue;
      told.add(to);
      const node = nodes[to] as GraphNode;
      staying.push({ node, why: isExternal(node) ? { kind: 'unknown' } : { kind: 'notChosen' } });
    }
  }
  return staying;
}

/**
 * Seconds that each node gets to stop, by number; infinite where there is no limit. What does not run has them as well: it may
 * be started before its turn comes.
 */
export function stopTimeouts(
  { numbered }: ContainerGraph,
  included: PlanSelection,
  options: PlanOptions,
): Float64Array {
  const graces = new Float64Array(numbered.nodes.length);
  for (const number of included.indices) {
    const node = numbered.nodes[number] as GraphNode;
    if (node.kind !== 'container') continue;
    graces[number] = inSeconds(options.stopTimeout ?? node.details?.stopTimeout ?? defaultStopTimeout);
  }
  return graces;
}

/** Anonymous volumes go with the last container that mounts them: what another one borrows (`--volumes-from`) stays. */
function volumesOf(graph: ContainerGraph, nodes: ReadonlyMap<NodeKey, PlannedNode>): string[] {
  const going = new Set<string>();
  const staying = new Set<string>();
  for (const node of graph.nodes.values()) {
    const own = (node.kind === 'container' && node.details?.anonymousVolumes) || none;
    if (own.length === 0) continue;
    const names = nodes.has(node.key) ? going : staying;
    for (const name of own) names.add(volumeKey(node.key, name));
  }
  return [...going].filter((one) => !staying.has(one)).map((one) => one.slice(one.indexOf('/') + 1));
}

/** Volumes of two engines may share a name. */
const volumeKey = (container: NodeKey, name: string) => `${engineOf(container)}/${name}`;

export function countPlan(nodes: ReadonlyMap<NodeKey, PlannedNode>): PlanCounts {
  const engines = new Set<string>();
  const engineOfNext = cachedEngineOf();
  let engine = '';
  let [pods, volumes, running, implied, seconds] = [0, 0, 0, 0, 0];
  for (const planned of nodes.values()) {
    const { node } = planned;
    const there = engineOfNext(node.key);
    if (there !== engine) engines.add((engine = there));
    if (node.kind === 'pod') pods++;
    else if (node.kind === 'volume') volumes++;
    else if (isActive(node.state)) {
      running++;
      seconds = Math.max(seconds, inSeconds(planned.stopTimeout));
    }
    if (planned.why.kind === 'needs' || planned.why.kind === 'neededBy') implied++;
  }
  const stopTimeout = fromSeconds(seconds);
  return {
    pods,
    containers: nodes.size - pods - volumes,
    volumes,
    running,
    implied,
    engines: engines.size,
    stopTimeout,
  };
}

function isExternal(node: GraphNode): boolean {
  return node.kind === 'container' && node.unlisted;
}
