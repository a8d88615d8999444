import { type CsrAdjacency, type EdgeList, type IndexedGraph, toAdjacency } from '../model/adjacency';
import type { ContainerGraph } from '../model/graph';
import { cachedEngineOf, type ContainerNode, type GraphNode, type NodeKey } from '../model/model';
import { cyclicComponents, stronglyConnectedIndices } from '../model/scc';
import { fromSeconds } from '../model/stopTimeout';
import { type Action, isDependenciesFirst } from './lifecycleAction';
import type { Unit, UnitId } from './plan';
import { contractEdges, dropCyclicSoftEdges, reverseEdges, unitEdges } from './unitEdges';

export interface Units {
  /** In an order that the walk may follow one by one: dependents before dependencies, or the other way round. */
  readonly units: readonly Unit[];
  /** The nodes of each unit again, by number. */
  readonly unitIndexOf: readonly (readonly number[])[];
  readonly cycles: readonly (readonly NodeKey[])[];
}

/** Shared by all that have nothing: at 100,000 units, lists of nothing cost as much as the order itself. */
const none: readonly never[] = [];

/**
 * Groups nodes into units and orders these. Pods swallow their members; what hangs together in a hard cycle becomes one
 * unit; a soft edge that would close a cycle is dropped, for soft edges order and never block. Linear in nodes and edges,
 * and by number: at 100,000 containers a lookup by key would cost more than everything else.
 *
 * @param nodes numbers in the order in which they were chosen
 * @param graces seconds, by number of node
 */
export function buildUnits(
  graph: ContainerGraph,
  nodes: readonly number[],
  graces: ArrayLike<number>,
  action: Action = 'remove',
): Units {
  const { numbered } = graph;
  const up = isDependenciesFirst(action);
  const count = numbered.nodes.length;
  const keyOf = (number: number) => (numbered.nodes[number] as GraphNode).key;
  const { home, order: housed } = assignUnits(graph, nodes);
  const hard = unitEdges(graph, nodes, home, true);
  const soft = unitEdges(graph, nodes, home, false);
  const hosts = housed.map((node) => home[node] as number);
  const heads = distinct(hosts, count).reverse();

  // Parts come out after all that they need, so reversed they stand dependents first, and else as they were chosen.
  const parts = stronglyConnectedIndices(heads, count, hard).reverse();
  const partOf = new Int32Array(count).fill(-1);
  parts.forEach((part, number) => part.forEach((head) => (partOf[head] = number)));
  const hardDeps = contractEdges(hard, partOf, parts.length);
  const softDeps = dropCyclicSoftEdges(parts.length, hardDeps, contractEdges(soft, partOf, parts.length));
  const waitsFor = up ? hardDeps : reverseEdges(hardDeps, parts.length);
  const follows = up ? softDeps : reverseEdges(softDeps, parts.length);

  const residents = toAdjacency(hosts, housed, count);
  const all = Array.from(parts, (_, number) => number);
  // Without soft edges the parts stand in order already.
  const down =
    softDeps.targets.length === 0
      ? all
      : stronglyConnectedIndices(all, parts.length, hardDeps, softDeps).reverse().flat();
  const ordered = up ? down.reverse() : down;
  const ids = parts.map((part) => keyOf(part[0] as number) as UnitId);
  const waves = new Int32Array(parts.length);
  const waveAfter = ({ offsets, targets }: CsrAdjacency, number: number) => {
    let wave = 0;
    for (let at = offsets[number] as number; at < (offsets[number + 1] as number); at++) {
      wave = Math.max(wave, (waves[targets[at] as number] as number) + 1);
    }
    return wave;
  };
  const idsIn = ({ offsets, targets }: CsrAdjacency, number: number): readonly UnitId[] => {
    let found: UnitId[] | undefined;
    for (let at = offsets[number] as number; at < (offsets[number + 1] as number); at++) {
      (found ??= []).push(ids[targets[at] as number] as UnitId);
    }
    return found ?? none;
  };
  const unitIndexOf: number[][] = [];
  const engineOfNext = cachedEngineOf();
  const units = ordered.map((number): Unit => {
    const targets = parts[number] as number[];
    const own = membersOf(residents, targets);
    unitIndexOf.push(own);
    const first = numbered.nodes[targets[0] as number] as GraphNode;
    const keys = own.map(keyOf);
    const wave = Math.max(waveAfter(waitsFor, number), waveAfter(follows, number));
    waves[number] = wave;
    let seconds = 0;
    for (const node of own) seconds += graces[node] as number;
    return {
      id: ids[number] as UnitId,
      kind: targets.length > 1 ? 'cycle' : first.kind,
      engine: engineOfNext(first.key),
      action,
      targets: own.length === 1 ? keys : targets.map(keyOf),
      nodes: keys,
      infra: infraOf(graph, numbered, targets),
      hardDependencies: idsIn(waitsFor, number),
      softDependencies: idsIn(follows, number),
      wave,
      stopTimeout: fromSeconds(seconds),
    };
  });
  return { units, unitIndexOf, cycles: cyclesAmong(numbered, unitIndexOf) };
}

/** These numbers, each where it came first. */
function distinct(numbers: readonly number[], count: number): number[] {
  const met = new Uint8Array(count);
  return numbers.filter((number) => met[number] === 0 && (met[number] = 1));
}

/** What lives in these homes; a container that lives by itself, as most do, is its own only resident. */
function membersOf({ offsets, targets }: CsrAdjacency, homes: number[]): number[] {
  const [only = 0] = homes;
  if (homes.length === 1 && (offsets[only + 1] as number) - (offsets[only] as number) === 1) return homes;
  return homes.flatMap((home) => [...targets.subarray(offsets[home], offsets[home + 1])]);
}

function visitRow({ offsets, targets }: CsrAdjacency, number: number, tell: (end: number) => void) {
  for (let at = offsets[number] as number, end = offsets[number + 1] as number; at < end; at++)
    tell(targets[at] as number);
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

/** The node with which each node is removed: a member's pod where that goes too, else itself; pods first. -1 for others. */
function assignUnits({ numbered }: ContainerGraph, nodes: readonly number[]) {
  const goes = new Uint8Array(numbered.nodes.length);
  for (const node of nodes) goes[node] = 1;
  const home = new Int32Array(numbered.nodes.length).fill(-1);
  const order: number[] = [];
  const settle = (node: number, at: number) => {
    if (home[node] === -1) order.push(node);
    home[node] = at;
  };
  for (const node of nodes) {
    const { kind, pod } = numbered.nodes[node] as ContainerNode;
    const above = kind === 'container' && pod !== undefined ? numbered.indexOf.get(pod) : undefined;
    if (above !== undefined && goes[above] === 1) {
      settle(above, above);
      settle(node, above);
    } else settle(node, node);
  }
  return { home, order };
}

/** Cycles lie within a unit: a cycle of containers, or members of one pod. A container may also need itself. */
function cyclesAmong({ nodes, successors }: IndexedGraph, units: readonly (readonly number[])[]): NodeKey[][] {
  const goes = new Uint8Array(nodes.length);
  const suspects: number[] = [];
  for (const unit of units) {
    for (const node of unit) {
      goes[node] = 1;
      let needsItself = false;
      visitRow(successors, node, (needed) => (needsItself ||= needed === node));
      if (unit.length > 1 || needsItself) suspects.push(node);
    }
  }
  if (suspects.length === 0) return [];
  const needs = hardWithin(successors, goes);
  const cycles = cyclicComponents(stronglyConnectedIndices(suspects, nodes.length, needs), needs);
  return cycles.map((cycle) => cycle.map((node) => (nodes[node] as GraphNode).key));
}

/** Hard edges between the marked nodes. */
function hardWithin({ offsets, targets, hard }: EdgeList, marked: Uint8Array): CsrAdjacency {
  const kept: number[] = [];
  const begins = new Int32Array(offsets.length);
  for (let node = 0; node < offsets.length - 1; node++) {
    begins[node] = kept.length;
    if (marked[node] === 0) continue;
    for (let at = offsets[node] as number; at < (offsets[node + 1] as number); at++) {
      if (hard[at] === 1 && marked[targets[at] as number] === 1) kept.push(targets[at] as number);
    }
  }
  begins[offsets.length - 1] = kept.length;
  return { offsets: begins, targets: Int32Array.from(kept) };
}
