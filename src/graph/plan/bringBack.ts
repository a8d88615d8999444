import { ContainerGraph } from '../model/graph';
import {
  engineOf,
  type GraphEdge,
  type GraphNode,
  isActive,
  isHard,
  nodeKey,
  type NodeKey,
  parseKey,
} from '../model/model';
import { type Plan, type PlanOptions, type PlanSelection, type RetainedNode, type Scope, type Unit } from './plan';
import { countPlan, planNodes, selectNodes } from './planRemoval';
import { findRetainedNodes } from './retain';
import { startConditions } from './startConditions';
import { buildUnits } from './units';

/** Removed nodes, as they were before it. */
export interface RemovedNodes {
  /** The id of the removal's plan. */
  readonly id: string;
  /** With infra containers, and the dependencies that the removal kept. */
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** Has the nodes that can be created again. */
  readonly recipes: { has(key: NodeKey): boolean };
  /** Has the nodes that their systemd units create again. */
  readonly units: { has(key: NodeKey): boolean };
  /** Keys of created nodes that exist, by the keys of those that they replace. */
  readonly created: ReadonlyMap<NodeKey, NodeKey>;
  /** Containers with a volume whose content was saved and is not restored. */
  readonly unrestored: { has(key: NodeKey): boolean };
}

/** The present key of a node by its former one; undefined if there is none. */
export type CurrentKey = (former: NodeKey) => NodeKey | undefined;

/** The node that replaces a removed one, or the node itself if it was not removed. */
function ownKey({ created }: RemovedNodes, present: ContainerGraph, key: NodeKey): NodeKey | undefined {
  return created.get(key) ?? (present.get(key) === undefined ? undefined : key);
}

/** The node that replaces a removed one, or else the node itself, or the one that has its name now. */
export function currentKeys(removed: RemovedNodes, present: ContainerGraph): CurrentKey {
  const named = new Map<string, NodeKey>();
  const nameOf = ({ key, kind, name }: GraphNode) => `${engineOf(key)}/${kind}/${name}`;
  for (const node of present.nodes.values()) {
    if (node.kind === 'pod' || !node.unlisted) named.set(nameOf(node), node.key);
  }
  const former = new Map(removed.nodes.map((node) => [node.key, node]));
  return (key) => {
    const node = former.get(key);
    return ownKey(removed, present, key) ?? (node && named.get(nameOf(node)));
  };
}

/** The same for the ids of one engine's containers and pods. */
export function currentIds(currentKey: CurrentKey, engine: string): (formerId: string) => string | undefined {
  return (id) => {
    const key = currentKey(nodeKey(engine, 'container', id)) ?? currentKey(nodeKey(engine, 'pod', id));
    return key === undefined ? undefined : parseKey(key).id;
  };
}

/** The chosen nodes that do not exist, or exist and do not run as before, with their dependencies. */
function selectMissing(removed: RemovedNodes, former: ContainerGraph, present: ContainerGraph, scope: Scope) {
  const { indexOf, nodes } = former.indexed;
  const isBack = (node: GraphNode) => {
    const now = ownKey(removed, present, node.key);
    if (now === undefined || node.kind === 'pod') return now !== undefined;
    const state = present.container(now)?.state;
    if (state === 'created' && now !== node.key && removed.unrestored.has(node.key)) return false;
    return now === node.key || !isActive(node.state) || (state !== undefined && isActive(state));
  };
  const isMissing = (key: NodeKey) => {
    const node = former.get(key);
    const { recipes, units } = removed;
    return node !== undefined && (recipes.has(node.key) || units.has(node.key)) && !isBack(node);
  };
  const included = selectNodes(former, scope, false);
  const pending = included.indices.map((index) => (nodes[index] as GraphNode).key);
  for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
    if (!isMissing(key)) continue;
    for (const edge of former.dependencies(key)) {
      const to = former.resolve(edge.to);
      const index = indexOf.get(to);
      if (!isHard(edge) || index === undefined || included.has(index) || !isMissing(to)) continue;
      included.add(index, { kind: 'neededBy', dependent: key });
      pending.push(to);
    }
  }
  for (const index of included.indices) if (!isMissing((nodes[index] as GraphNode).key)) included.drop(index);
  return included;
}

/** The graph of the nodes before their removal. */
function formerGraph({ nodes, edges }: RemovedNodes): ContainerGraph {
  return ContainerGraph.build({
    containers: nodes.filter((node) => node.kind === 'container'),
    pods: nodes.filter((node) => node.kind === 'pod'),
    edges,
  });
}

/** The keys of the nodes that a plan would create or start, to find their problems. */
export function missingNodes(removed: RemovedNodes, present: ContainerGraph, scope: Scope): readonly NodeKey[] {
  const former = formerGraph(removed);
  const included = selectMissing(removed, former, present, scope);
  return included.indices.map((index) => (former.indexed.nodes[index] as GraphNode).key);
}

/**
 * Plans the creation of removed nodes, dependencies first, and the start of those that ran. Pure; linear in nodes and
 * edges. The plan's keys are the former ones.
 *
 * @param present the current graph
 */
export function planBringBack(
  id: string,
  removed: RemovedNodes,
  present: ContainerGraph,
  scope: Scope,
  options: PlanOptions,
): Plan {
  const former = formerGraph(removed);
  const { indexed } = former;
  const included = selectMissing(removed, former, present, scope);
  const retained = [...retainTaken(former, included, options), ...findRetainedNodes(former, included, options)];
  for (const { node } of retained) included.drop(indexed.indexOf.get(node.key) as number);
  const noTimeouts = new Float64Array(indexed.nodes.length);
  const built = buildUnits(former, included.indices, noTimeouts, 'bringBack');
  const nodes = planNodes(indexed, built, included, noTimeouts);
  const isStarted = (key: NodeKey) => {
    const container = former.container(key);
    return container !== undefined && isActive(container.state);
  };
  const planned = { has: (key: NodeKey) => nodes.has(key) };
  const withConditions = (unit: Unit): Unit => {
    const conditions = startConditions(former, unit, planned, options.waitForHealth ?? 'declared').filter(
      ({ dependent, dependency }) => isStarted(dependent) && isStarted(dependency),
    );
    return conditions.length > 0 ? { ...unit, conditions } : unit;
  };
  return Object.freeze({
    id,
    action: 'bringBack',
    scope,
    options,
    units: built.units.map(withConditions),
    nodes,
    blockers: [],
    retained,
    cycles: built.cycles,
    volumes: [],
    counts: countPlan(nodes),
  });
}

/** A name that was taken meanwhile is no obstacle for the dependents: they use the node that has it. */
function retainTaken(former: ContainerGraph, included: PlanSelection, { problems }: PlanOptions): RetainedNode[] {
  const retained: RetainedNode[] = [];
  for (const index of included.indices) {
    const node = former.indexed.nodes[index] as GraphNode;
    const problem = problems?.get(node.key)?.find(({ kind }) => kind === 'nameTaken');
    if (problem) retained.push({ node, why: { kind: 'notCreatable', problem } });
  }
  for (const { node } of retained) included.drop(former.indexed.indexOf.get(node.key) as number);
  return retained;
}
