import type { ContainerGraph } from './graph';
import type { GraphNode, NodeKey } from './model';
import { engineOf, isActive, isHard } from './model';
import type { Blocker, PlanCounts, PlannedNode, PlanOptions, Plan, Scope, StayingNode, Why } from './plan';
import { keepOut } from './keepOut';
import { unitsOf } from './units';

/** Seconds Podman and Docker wait before they kill, where a container does not say (both engines' default). */
export const defaultGrace = 10;

/**
 * Makes the plan of a removal from one snapshot of the graph: what goes, in what order, why each node is there, what
 * stays and what blocks. Pure, and linear in nodes and edges.
 */
export function planRemoval(id: string, graph: ContainerGraph, scope: Scope, options: PlanOptions): Plan {
  const reasons = include(graph, scope, options.dependents === 'include');
  const kept = keepOut(graph, reasons, options);
  for (const { node } of kept) reasons.delete(node.key);
  const { units, unitOf, cycles } = unitsOf(graph, new Set(reasons.keys()), (key) => graceOf(graph, key, options));
  const nodes = new Map<NodeKey, PlannedNode>();
  for (const unit of units) {
    for (const key of unit.nodes) {
      const node = graph.get(key);
      const why = reasons.get(key);
      if (!node || !why) continue;
      const grace = graceOf(graph, key, options);
      const dependents = graph
        .dependents(key)
        .flatMap((edge) => (isHard(edge) && edge.from !== key && reasons.has(edge.from) ? [edge.from] : []));
      nodes.set(key, { node, unit: unitOf.get(key) ?? unit.id, why, grace, dependents, returns: returnsBy(node) });
    }
  }
  return Object.freeze({
    id,
    scope,
    options,
    units,
    nodes,
    blockers: blockersOf(graph, nodes, options),
    stays: [...kept, ...dependenciesThatStay(graph, nodes, kept)],
    cycles,
    volumes: volumesOf(nodes),
    counts: count(nodes),
  });
}

function include(graph: ContainerGraph, scope: Scope, withDependents: boolean): Map<NodeKey, Why> {
  const reasons = new Map<NodeKey, Why>();
  const add = (key: NodeKey, why: Why) => {
    const before = reasons.get(key);
    // Its pod outweighs everything else: the pod's removal takes the member along, chosen or not.
    if (before && (before.kind === 'memberOf' || why.kind !== 'memberOf')) return false;
    reasons.set(key, why);
    if (graph.get(key)?.kind === 'pod') {
      for (const member of graph.membersOf(key)) add(member.key, { kind: 'memberOf', pod: key });
    }
    return !before;
  };
  for (const chosen of scope.chosen) {
    const node = graph.get(chosen);
    if (node) add(node.key, { kind: 'chosen' });
  }
  if (!withDependents) return reasons;
  const open = [...reasons.keys()];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    for (const edge of graph.dependents(key)) {
      if (!isHard(edge) || !add(edge.from, { kind: 'needs', dependency: key })) continue;
      open.push(edge.from, ...graph.membersOf(edge.from).map((member) => member.key));
    }
  }
  return reasons;
}

function blockersOf(graph: ContainerGraph, nodes: ReadonlyMap<NodeKey, PlannedNode>, options: PlanOptions): Blocker[] {
  const blockers: Blocker[] = [];
  for (const { node } of nodes.values()) {
    if (options.running === 'refuse' && node.kind === 'container' && isActive(node.state)) {
      blockers.push({ kind: node.state === 'paused' ? 'paused' : 'running', node });
    }
    for (const edge of graph.dependents(node.key)) {
      const dependent = graph.get(edge.from);
      if (isHard(edge) && dependent && !nodes.has(dependent.key)) {
        blockers.push({ kind: 'dependent', node: dependent, of: node });
      }
    }
  }
  return blockers;
}

function dependenciesThatStay(
  graph: ContainerGraph,
  nodes: ReadonlyMap<NodeKey, PlannedNode>,
  kept: readonly StayingNode[],
): StayingNode[] {
  const told = new Set(kept.map(({ node }) => node.key));
  const staying: StayingNode[] = [];
  for (const key of nodes.keys()) {
    for (const edge of graph.dependencies(key)) {
      const node = graph.get(edge.to);
      if (!node || nodes.has(node.key) || told.has(node.key)) continue;
      told.add(node.key);
      staying.push({ node, why: isExternal(node) ? { kind: 'unknown' } : { kind: 'notChosen' } });
    }
  }
  return staying;
}

function graceOf(graph: ContainerGraph, key: NodeKey, options: PlanOptions): number {
  const container = graph.container(key);
  if (!container || !isActive(container.state)) return 0;
  return options.grace ?? container.details?.stopTimeout ?? defaultGrace;
}

/** Quadlet and systemd units carry `PODMAN_SYSTEMD_UNIT`, Swarm tasks `com.docker.swarm.service.id`. */
function returnsBy(node: GraphNode): PlannedNode['returns'] {
  if (node.labels['PODMAN_SYSTEMD_UNIT']) return 'systemd';
  return node.labels['com.docker.swarm.service.id'] ? 'swarm' : undefined;
}

function volumesOf(nodes: ReadonlyMap<NodeKey, PlannedNode>): string[] {
  const volumes = new Set<string>();
  for (const { node } of nodes.values()) {
    if (node.kind === 'container') for (const name of node.details?.anonymousVolumes ?? []) volumes.add(name);
  }
  return [...volumes];
}

function count(nodes: ReadonlyMap<NodeKey, PlannedNode>): PlanCounts {
  const all = [...nodes.values()];
  const containers = all.flatMap(({ node }) => (node.kind === 'container' ? [node] : []));
  return {
    pods: all.length - containers.length,
    containers: containers.length,
    running: containers.filter((container) => isActive(container.state)).length,
    along: all.filter(({ why }) => why.kind === 'needs').length,
    engines: new Set(all.map(({ node }) => engineOf(node.key))).size,
    grace: all.reduce((longest, { grace }) => Math.max(longest, grace), 0),
  };
}

function isExternal(node: GraphNode): boolean {
  return node.kind === 'container' && node.external;
}
