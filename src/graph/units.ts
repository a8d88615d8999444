import { components, findCycles } from './cycles';
import type { ContainerGraph } from './graph';
import type { NodeKey } from './model';
import { engineOf, isHard } from './model';
import type { Unit, UnitId } from './plan';

export interface Units {
  /** In an order that the walk may follow one by one: dependents before dependencies. */
  readonly units: readonly Unit[];
  readonly unitOf: ReadonlyMap<NodeKey, UnitId>;
  readonly cycles: readonly (readonly NodeKey[])[];
}

/**
 * Groups nodes into units and orders these. Pods swallow their members; what hangs together in a hard cycle becomes one
 * unit; a soft edge that would close a cycle is dropped, for soft edges order and never block.
 */
export function unitsOf(graph: ContainerGraph, nodes: ReadonlySet<NodeKey>, graceOf: (key: NodeKey) => number): Units {
  const home = homes(graph, nodes);
  const hard = edgesBetween(graph, nodes, home, true);
  const soft = edgesBetween(graph, nodes, home, false);
  const heads = [...new Set(home.values())].reverse();

  // Parts come out after all that they need, so reversed they stand dependents first, and else as they were chosen.
  const parts = components(heads, (head) => hard.get(head) ?? []).reverse();
  const unitOfHead = new Map<NodeKey, UnitId>();
  for (const part of parts) for (const head of part) unitOfHead.set(head, part[0] as UnitId);
  const lift = (edges: ReadonlyMap<NodeKey, readonly NodeKey[]>) => liftToUnits(edges, unitOfHead);
  const hardUnits = lift(hard);
  const softUnits = withoutCycles([...new Set(unitOfHead.values())], hardUnits, lift(soft));

  const residents = new Map<NodeKey, NodeKey[]>();
  for (const [key, head] of home) {
    const list = residents.get(head);
    if (list) list.push(key);
    else residents.set(head, [key]);
  }
  const waitsFor = reversed(hardUnits);
  const follows = reversed(softUnits);
  // Without soft edges the parts stand in order already.
  const ids = parts.map((part) => part[0] as UnitId);
  const needs = (id: UnitId) => [...(hardUnits.get(id) ?? []), ...(softUnits.get(id) ?? [])];
  const order = softUnits.size === 0 ? ids : components(ids, needs).reverse().flat();
  const partOf = new Map(parts.map((part) => [part[0] as UnitId, part]));
  const waves = new Map<UnitId, number>();
  const units = order.map((id): Unit => {
    const targets = partOf.get(id) ?? [];
    const before = [...(waitsFor.get(id) ?? []), ...(follows.get(id) ?? [])];
    const wave = before.reduce((highest, other) => Math.max(highest, (waves.get(other) ?? 0) + 1), 0);
    waves.set(id, wave);
    const own = targets.flatMap((head) => residents.get(head) ?? []);
    return {
      id,
      kind: targets.length > 1 ? 'cycle' : graph.get(targets[0] as NodeKey)?.kind === 'pod' ? 'pod' : 'container',
      engine: engineOf(targets[0] as NodeKey),
      targets,
      nodes: own,
      infra: targets.flatMap((head) => graph.infraOf(head)?.key ?? []),
      waitsFor: waitsFor.get(id) ?? [],
      follows: follows.get(id) ?? [],
      wave,
      grace: own.reduce((sum, key) => sum + graceOf(key), 0),
    };
  });
  const unitOf = new Map([...home].map(([key, head]) => [key, unitOfHead.get(head) as UnitId]));
  return { units, unitOf, cycles: cyclesAmong(graph, nodes, units) };
}

/** The node with which each node is removed: a member's pod where that goes too, else itself; pods first. */
function homes(graph: ContainerGraph, nodes: ReadonlySet<NodeKey>): Map<NodeKey, NodeKey> {
  const home = new Map<NodeKey, NodeKey>();
  for (const key of nodes) {
    const pod = graph.container(key)?.pod;
    if (pod !== undefined && nodes.has(pod)) {
      if (!home.has(pod)) home.set(pod, pod);
      home.set(key, pod);
    } else home.set(key, key);
  }
  return home;
}

function edgesBetween(
  graph: ContainerGraph,
  nodes: ReadonlySet<NodeKey>,
  home: ReadonlyMap<NodeKey, NodeKey>,
  hard: boolean,
): Map<NodeKey, NodeKey[]> {
  const edges = new Map<NodeKey, Set<NodeKey>>();
  const services: NodeKey[] = [];
  for (const key of nodes) {
    if (graph.container(key)?.service) services.push(key);
    for (const edge of graph.dependencies(key)) {
      const from = home.get(key);
      const to = home.get(edge.to);
      if (isHard(edge) === hard && from !== undefined && to !== undefined && from !== to) connect(edges, from, to);
    }
  }
  // A kube service container goes after every pod of its engine: Podman takes it along with the last of them.
  if (hard && services.length > 0) {
    for (const key of nodes) {
      if (graph.get(key)?.kind !== 'pod') continue;
      for (const service of services) if (engineOf(service) === engineOf(key)) connect(edges, key, service);
    }
  }
  return new Map([...edges].map(([from, to]) => [from, [...to]]));
}

function connect<K>(edges: Map<K, Set<K>>, from: K, to: K) {
  const row = edges.get(from);
  if (row) row.add(to);
  else edges.set(from, new Set([to]));
}

function liftToUnits(edges: ReadonlyMap<NodeKey, readonly NodeKey[]>, unitOf: ReadonlyMap<NodeKey, UnitId>) {
  const lifted = new Map<UnitId, Set<UnitId>>();
  for (const [head, targets] of edges) {
    const from = unitOf.get(head) as UnitId;
    for (const target of targets) {
      const to = unitOf.get(target) as UnitId;
      if (from !== to) connect(lifted, from, to);
    }
  }
  return lifted;
}

function withoutCycles(
  ids: readonly UnitId[],
  hard: ReadonlyMap<UnitId, ReadonlySet<UnitId>>,
  soft: ReadonlyMap<UnitId, ReadonlySet<UnitId>>,
) {
  if (soft.size === 0) return new Map<UnitId, Set<UnitId>>();
  const part = new Map<UnitId, number>();
  const parts = components(ids, (id) => [...(hard.get(id) ?? []), ...(soft.get(id) ?? [])]);
  parts.forEach((members, number) => members.forEach((id) => part.set(id, number)));
  const kept = new Map<UnitId, Set<UnitId>>();
  for (const [from, targets] of soft) {
    for (const to of targets) if (part.get(from) !== part.get(to)) connect(kept, from, to);
  }
  return kept;
}

function reversed(edges: ReadonlyMap<UnitId, ReadonlySet<UnitId>>): Map<UnitId, UnitId[]> {
  const back = new Map<UnitId, UnitId[]>();
  for (const [from, targets] of edges) {
    for (const to of targets) {
      const list = back.get(to);
      if (list) list.push(from);
      else back.set(to, [from]);
    }
  }
  return back;
}

/** Cycles lie within a unit: a cycle of containers, or members of one pod. A container may also need itself. */
function cyclesAmong(graph: ContainerGraph, nodes: ReadonlySet<NodeKey>, units: readonly Unit[]) {
  const suspects = units.flatMap((unit) => {
    const [only] = unit.nodes;
    const alone = unit.nodes.length === 1 && only !== undefined;
    return alone && !graph.dependencies(only).some(({ to }) => to === only) ? [] : unit.nodes;
  });
  return findCycles(suspects, (key) =>
    graph.dependencies(key).flatMap((edge) => (isHard(edge) && nodes.has(edge.to) ? [edge.to] : [])),
  );
}
