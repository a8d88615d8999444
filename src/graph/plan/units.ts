import { type CsrAdjacency, hardEdges, type IndexedGraph, toAdjacency } from '../model/adjacency';
import type { ContainerGraph } from '../model/graph';
import { cachedEngineOf, type ContainerNode, type GraphNode, type NodeKey, engineOf } from '../model/model';
import { findCycles, stronglyConnectedIndices } from '../model/scc';
import { fromSeconds } from '../model/stopTimeout';
import { type Action, isDependenciesFirst } from './lifecycleAction';
import type { Unit, UnitId } from './plan';

export interface Units {
  /** In a valid sequential order: dependents first or dependencies first. */
  readonly units: readonly Unit[];
  /** The node indices of each unit. */
  readonly nodeIndices: readonly (readonly number[])[];
  readonly cycles: readonly (readonly NodeKey[])[];
}

/** Shared: with 100,000 units, allocating empty arrays takes as long as sorting. */
const none: readonly never[] = [];

/**
 * Groups nodes into units, and sorts these topologically. Pods contain their members; a hard cycle is one unit; soft edges
 * in a cycle are dropped. Linear in nodes and edges.
 *
 * @param nodes indices in selection order
 * @param timeouts seconds by node index
 */
export function buildUnits(
  graph: ContainerGraph,
  nodes: readonly number[],
  timeouts: ArrayLike<number>,
  action: Action = 'remove',
): Units {
  const { indexed } = graph;
  const dependenciesFirst = isDependenciesFirst(action);
  const count = indexed.nodes.length;
  const keyOf = (index: number) => (indexed.nodes[index] as GraphNode).key;
  const { rootOf, order } = assignRoots(graph, nodes);
  const hard = unitEdges(graph, nodes, rootOf, true);
  const soft = unitEdges(graph, nodes, rootOf, false);
  const roots = order.map((node) => rootOf[node] as number);
  const starts = distinct(roots, count).reverse();

  // Reversed, so dependents come first, and otherwise in selection order.
  const components = stronglyConnectedIndices(starts, count, hard).reverse();
  const componentOf = new Int32Array(count).fill(-1);
  components.forEach((component, index) => component.forEach((root) => (componentOf[root] = index)));
  const hardDeps = contractEdges(hard, componentOf, components.length);
  const softDeps = dropCyclicSoftEdges(
    components.length,
    hardDeps,
    contractEdges(soft, componentOf, components.length),
  );
  const hardBefore = dependenciesFirst ? hardDeps : reverseEdges(hardDeps, components.length);
  const softBefore = dependenciesFirst ? softDeps : reverseEdges(softDeps, components.length);

  const members = toAdjacency(roots, order, count);
  const all = Array.from(components, (_, index) => index);
  // Without soft edges the components are sorted already.
  const dependentsFirst =
    softDeps.targets.length === 0
      ? all
      : stronglyConnectedIndices(all, components.length, hardDeps, softDeps).reverse().flat();
  const sorted = dependenciesFirst ? dependentsFirst.reverse() : dependentsFirst;
  const ids = components.map((component) => keyOf(component[0] as number) as UnitId);
  const steps = new Int32Array(components.length);
  const minStep = ({ offsets, targets }: CsrAdjacency, index: number) => {
    let step = 0;
    for (let at = offsets[index] as number; at < (offsets[index + 1] as number); at++) {
      step = Math.max(step, (steps[targets[at] as number] as number) + 1);
    }
    return step;
  };
  const idsIn = ({ offsets, targets }: CsrAdjacency, index: number): readonly UnitId[] => {
    let found: UnitId[] | undefined;
    for (let at = offsets[index] as number; at < (offsets[index + 1] as number); at++) {
      (found ??= []).push(ids[targets[at] as number] as UnitId);
    }
    return found ?? none;
  };
  const nodeIndices: number[][] = [];
  const engineOfKey = cachedEngineOf();
  const units = sorted.map((index): Unit => {
    const targets = components[index] as number[];
    const own = membersOf(members, targets);
    nodeIndices.push(own);
    const first = indexed.nodes[targets[0] as number] as GraphNode;
    const keys = own.map(keyOf);
    const step = Math.max(minStep(hardBefore, index), minStep(softBefore, index));
    steps[index] = step;
    let seconds = 0;
    for (const node of own) seconds += timeouts[node] as number;
    return {
      id: ids[index] as UnitId,
      kind: targets.length > 1 ? 'cycle' : first.kind,
      engine: engineOfKey(first.key),
      action,
      targets: own.length === 1 ? keys : targets.map(keyOf),
      nodes: keys,
      infra: infraOf(graph, indexed, targets),
      hardDependencies: idsIn(hardBefore, index),
      softDependencies: idsIn(softBefore, index),
      step,
      stopTimeout: fromSeconds(seconds),
    };
  });
  return { units, nodeIndices, cycles: cyclesAmong(indexed, nodeIndices) };
}

/** Without duplicates, in order of first occurrence. */
function distinct(indices: readonly number[], count: number): number[] {
  const seen = new Uint8Array(count);
  return indices.filter((index) => seen[index] === 0 && (seen[index] = 1));
}

/** The nodes of a unit; the fast path is a single container, its own root. */
function membersOf({ offsets, targets }: CsrAdjacency, roots: number[]): number[] {
  const [only = 0] = roots;
  if (roots.length === 1 && (offsets[only + 1] as number) - (offsets[only] as number) === 1) return roots;
  return roots.flatMap((root) => [...targets.subarray(offsets[root], offsets[root + 1])]);
}

function infraOf(graph: ContainerGraph, { nodes }: IndexedGraph, targets: readonly number[]): readonly NodeKey[] {
  let found: NodeKey[] | undefined;
  for (const target of targets) {
    const { kind, key } = nodes[target] as GraphNode;
    const infra = kind === 'pod' ? graph.infraOf(key) : undefined;
    if (infra) (found ??= []).push(infra.key);
  }
  return found ?? none;
}

/** The root of each node's unit: its pod if that is in the plan, too, else itself. -1 for nodes outside of the plan. */
function assignRoots({ indexed }: ContainerGraph, nodes: readonly number[]) {
  const isPlanned = new Uint8Array(indexed.nodes.length);
  for (const node of nodes) isPlanned[node] = 1;
  const rootOf = new Int32Array(indexed.nodes.length).fill(-1);
  const order: number[] = [];
  const assign = (node: number, root: number) => {
    if (rootOf[node] === -1) order.push(node);
    rootOf[node] = root;
  };
  for (const node of nodes) {
    const { kind, pod } = indexed.nodes[node] as ContainerNode;
    const parent = kind === 'container' && pod !== undefined ? indexed.indexOf.get(pod) : undefined;
    if (parent !== undefined && isPlanned[parent] === 1) {
      assign(parent, parent);
      assign(node, parent);
    } else assign(node, node);
  }
  return { rootOf, order };
}

/** A cycle is always within a unit: of containers, of a pod's members, or a self-loop. */
function cyclesAmong({ nodes, successors }: IndexedGraph, units: readonly (readonly number[])[]): NodeKey[][] {
  const isPlanned = new Uint8Array(nodes.length);
  const candidates: number[] = [];
  const { offsets, targets } = successors;
  for (const unit of units) {
    for (const node of unit) {
      isPlanned[node] = 1;
      if (unit.length > 1 || targets.subarray(offsets[node], offsets[node + 1]).includes(node)) candidates.push(node);
    }
  }
  if (candidates.length === 0) return [];
  return findCycles(candidates, hardEdges(successors, isPlanned)).map((cycle) =>
    cycle.map((node) => (nodes[node] as GraphNode).key),
  );
}

type Edges = ReturnType<typeof toAdjacency>;

/**
 * The hard or soft edges between the unit roots of these nodes.
 *
 * @param rootOf unit root by node index, -1 for nodes outside of the plan
 */
function unitEdges({ indexed }: ContainerGraph, nodes: readonly number[], rootOf: Int32Array, hard: boolean): Edges {
  const { offsets, targets, hard: isHard } = indexed.successors;
  const sources: number[] = [];
  const ends: number[] = [];
  const connect = (from: number, to: number) => {
    if (from === to) return;
    sources.push(from);
    ends.push(to);
  };
  const hardness = hard ? 1 : 0;
  const services: number[] = [];
  for (const node of nodes) {
    const one = indexed.nodes[node] as GraphNode;
    if (one.kind === 'container' && one.isKubeService) services.push(node);
    for (let at = offsets[node] as number; at < (offsets[node + 1] as number); at++) {
      const to = rootOf[targets[at] as number] as number;
      if (isHard[at] === hardness && to !== -1) connect(rootOf[node] as number, to);
    }
  }
  // A kube service container comes after all pods of its engine: Podman removes it with the last of them.
  if (hard && services.length > 0) {
    for (const node of nodes) {
      const { kind, key } = indexed.nodes[node] as GraphNode;
      if (kind !== 'pod') continue;
      for (const service of services) {
        const engine = engineOf((indexed.nodes[service] as GraphNode).key);
        if (engine === engineOf(key)) connect(node, rootOf[service] as number);
      }
    }
  }
  return toAdjacency(sources, ends, indexed.nodes.length);
}

/** Calls back for all edges, with the sources in order of first occurrence. */
function forEachEdge({ offsets, targets, firstSeen }: Edges, callback: (from: number, to: number) => void) {
  for (const from of firstSeen) {
    for (let at = offsets[from] as number; at < (offsets[from + 1] as number); at++)
      callback(from, targets[at] as number);
  }
}

/** The edges between different groups, by group index. */
function contractEdges(edges: Edges, groupOf: Int32Array, count: number): Edges {
  const sources: number[] = [];
  const ends: number[] = [];
  forEachEdge(edges, (source, target) => {
    const [from, to] = [groupOf[source] as number, groupOf[target] as number];
    if (from === to) return;
    sources.push(from);
    ends.push(to);
  });
  return toAdjacency(sources, ends, count);
}

/** The soft edges that are in no cycle with hard or other soft edges. */
function dropCyclicSoftEdges(count: number, hard: Edges, soft: Edges): Edges {
  if (soft.targets.length === 0) return soft;
  const componentOf = new Int32Array(count);
  const all = Array.from({ length: count }, (_, index) => index);
  stronglyConnectedIndices(all, count, hard, soft).forEach((component, index) =>
    component.forEach((one) => (componentOf[one] = index)),
  );
  const sources: number[] = [];
  const ends: number[] = [];
  forEachEdge(soft, (from, to) => {
    if (componentOf[from] === componentOf[to]) return;
    sources.push(from);
    ends.push(to);
  });
  return toAdjacency(sources, ends, count);
}

function reverseEdges(edges: Edges, count: number): CsrAdjacency {
  const sources: number[] = [];
  const ends: number[] = [];
  forEachEdge(edges, (from, to) => {
    sources.push(to);
    ends.push(from);
  });
  return toAdjacency(sources, ends, count);
}
