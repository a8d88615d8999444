import type { ContainerGraph } from './graph';
import type { GraphEdge, GraphNode, NodeKey, VolumeNode } from './model';
import { engineOf, engineReader, isActive } from './model';
import type { Blocker, PlanCounts, PlannedNode, Plan, PlanOptions, Scope, StayingNode, Unit, Why } from './plan';
import { Included } from './included';
import { keepOut } from './keepOut';
import { defaultStopTimeout, fromSeconds, inSeconds } from './stopTimeout';
import type { Numbered } from './links';
import { returnsBy } from './returns';
import { unitsOf } from './units';
import { planVolumes } from './volumes';

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
  const { numbers } = graph.numbered;
  const included = include(graph, scope, options.dependents === 'include');
  const kept = keepOut(graph, included, options);
  for (const { node } of kept) included.drop(numbers.get(node.key) as number);
  const graces = gracesOf(graph, included, options);
  const { units, numbers: numbersIn, cycles } = unitsOf(graph, included.numbers, graces);
  const order: number[] = [];
  const nodes = new Map<NodeKey, PlannedNode>();
  units.forEach((unit, place) => {
    for (const number of numbersIn[place] ?? []) {
      order.push(number);
      const planned = plannedNode(graph.numbered, number, unit, included, graces);
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
    stays: [...kept, ...dependenciesThatStay(graph.numbered, order, included, kept), ...volumes.stays],
    cycles,
    volumes: volumesOf(graph, nodes),
    counts: count(nodes),
  });
}

/** One node of a unit, with what a person and the walk must know of it. */
export function plannedNode(
  numbered: Numbered,
  number: number,
  { id }: Unit,
  included: Included,
  graces: ArrayLike<number>,
): PlannedNode {
  const node = numbered.nodes[number] as GraphNode;
  return {
    node,
    unit: id,
    why: included.why(number) as Why,
    grace: fromSeconds(graces[number] as number),
    dependents: dependentsThatGo(numbered, number, included),
    needs: needsThatGo(numbered, number, included),
    returns: returnsBy(node),
  };
}

/** What was chosen, with the members of chosen pods and, if wanted, all that needs any of it. */
export function include(graph: ContainerGraph, scope: Scope, withDependents: boolean): Included {
  const { numbers, nodes, into } = graph.numbered;
  const included = new Included(nodes.length);
  const membersOf = (number: number) => {
    const node = nodes[number] as GraphNode;
    return node.kind === 'pod' ? graph.membersOf(node.key) : none;
  };
  const add = (number: number, why: Why) => {
    const before = included.why(number);
    // Its pod outweighs everything else: the pod's removal takes the member along, chosen or not.
    if (before && (before.kind === 'memberOf' || why.kind !== 'memberOf')) return false;
    included.add(number, why);
    const members = membersOf(number);
    if (members.length > 0) {
      const along: Why = { kind: 'memberOf', pod: (nodes[number] as GraphNode).key };
      for (const member of members) add(numbers.get(member.key) as number, along);
    }
    return !before;
  };
  for (const chosen of scope.chosen) {
    const number = numbers.get(chosen) ?? numbers.get(graph.resolve(chosen));
    if (number !== undefined) add(number, chosenItself);
  }
  if (!withDependents) return included;
  const open = [...included.numbers];
  for (let number = open.pop(); number !== undefined; number = open.pop()) {
    let why: Why | undefined;
    for (let at = into.start[number] as number; at < (into.start[number + 1] as number); at++) {
      const from = into.ends[at] as number;
      if (into.hard[at] === 0) continue;
      if (!add(from, (why ??= { kind: 'needs', dependency: (nodes[number] as GraphNode).key }))) continue;
      open.push(from);
      for (const member of membersOf(from)) open.push(numbers.get(member.key) as number);
    }
  }
  return included;
}

function dependentsThatGo({ nodes, into }: Numbered, number: number, included: Included): readonly NodeKey[] {
  let dependents: NodeKey[] | undefined;
  for (let at = into.start[number] as number; at < (into.start[number + 1] as number); at++) {
    const from = into.ends[at] as number;
    if (into.hard[at] === 0 || from === number || !included.has(from)) continue;
    (dependents ??= []).push((nodes[from] as GraphNode).key);
  }
  return dependents ?? none;
}

function needsThatGo({ out }: Numbered, number: number, included: Included): readonly GraphEdge[] {
  let needs: GraphEdge[] | undefined;
  for (let at = out.start[number] as number; at < (out.start[number + 1] as number); at++) {
    const to = out.ends[at] as number;
    if (out.hard[at] === 1 && to !== number && included.has(to)) (needs ??= []).push(out.edges[at] as GraphEdge);
  }
  return needs ?? none;
}

/** Shared by all that have nothing, and by all that were chosen: a large plan has as many of these as nodes. */
const none: readonly never[] = [];
const chosenItself: Why = { kind: 'chosen' };

function blockersOf(
  { nodes, into }: Numbered,
  order: readonly number[],
  included: Included,
  options: PlanOptions,
): Blocker[] {
  const blockers: Blocker[] = [];
  for (const number of order) {
    const node = nodes[number] as GraphNode;
    if (options.running === 'refuse' && node.kind === 'container' && isActive(node.state)) {
      blockers.push({ kind: node.state === 'paused' ? 'paused' : 'running', node });
    }
    for (let at = into.start[number] as number; at < (into.start[number + 1] as number); at++) {
      const from = into.ends[at] as number;
      if (into.hard[at] === 1 && !included.has(from)) {
        blockers.push({ kind: 'dependent', node: nodes[from] as GraphNode, of: node });
      }
    }
  }
  return blockers;
}

function dependenciesThatStay(
  { numbers, nodes, out }: Numbered,
  order: readonly number[],
  included: Included,
  kept: readonly StayingNode[],
): StayingNode[] {
  const told = new Set(kept.map(({ node }) => numbers.get(node.key)));
  const staying: StayingNode[] = [];
  for (const number of order) {
    for (let at = out.start[number] as number; at < (out.start[number + 1] as number); at++) {
      const to = out.ends[at] as number;
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
export function gracesOf({ numbered }: ContainerGraph, included: Included, options: PlanOptions): Float64Array {
  const graces = new Float64Array(numbered.nodes.length);
  for (const number of included.numbers) {
    const node = numbered.nodes[number] as GraphNode;
    if (node.kind !== 'container') continue;
    graces[number] = inSeconds(options.grace ?? node.details?.stopTimeout ?? defaultStopTimeout);
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

export function count(nodes: ReadonlyMap<NodeKey, PlannedNode>): PlanCounts {
  const engines = new Set<string>();
  const engineOfNext = engineReader();
  let engine = '';
  let [pods, volumes, running, along, seconds] = [0, 0, 0, 0, 0];
  for (const planned of nodes.values()) {
    const { node } = planned;
    const there = engineOfNext(node.key);
    if (there !== engine) engines.add((engine = there));
    if (node.kind === 'pod') pods++;
    else if (node.kind === 'volume') volumes++;
    else if (isActive(node.state)) {
      running++;
      seconds = Math.max(seconds, inSeconds(planned.grace));
    }
    if (planned.why.kind === 'needs' || planned.why.kind === 'neededBy') along++;
  }
  const grace = fromSeconds(seconds);
  return { pods, containers: nodes.size - pods - volumes, volumes, running, along, engines: engines.size, grace };
}

function isExternal(node: GraphNode): boolean {
  return node.kind === 'container' && node.external;
}
