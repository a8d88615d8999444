import type { ContainerGraph } from '../model/graph';
import { type GraphNode, isStoppedUnit, type NodeKey, type PlanNode } from '../model/model';
import { affectsDependents, isDependenciesFirst, type Action } from './lifecycleAction';
import type { Blocker, Plan, PlannedNode, PlanOptions, PlanSelection } from './plan';

/** Why systemd cannot stop a container of one of its units. */
export interface SystemdObstacle {
  /**
   * `address`: no programs can be run on the engine's machine. `missing`: it has no systemd. `unproven`: its systemd is not the
   * one that runs this container. `failed`: it did not respond; `text` has its message.
   */
  readonly kind: 'address' | 'missing' | 'unproven' | 'failed';
  readonly text?: string | undefined;
}

/** A container or pod that a systemd unit runs, as found just before the plan is made. */
export interface ManagedNode {
  readonly unit: string;
  /** If systemd cannot be reached. */
  readonly obstacle?: SystemdObstacle | undefined;
  /** The identity of the systemd that was proven to run it. */
  readonly machine?: string | undefined;
  /** The Quadlet file that the unit is made from, if it may be deleted. */
  readonly quadlet?: string | undefined;
  /** The unit's files have changed since systemd read them. */
  readonly needsReload?: boolean | undefined;
  /** Nodes that systemd stops or starts with this one. */
  readonly stopsWith: readonly NodeKey[];
  readonly startsWith: readonly NodeKey[];
}

/** How a node of a plan is stopped and started: through its unit. */
export interface PlannedUnit {
  readonly name: string;
  readonly machine: string;
  readonly quadlet?: string | undefined;
  /** The Quadlet file is deleted with the container. */
  readonly removesQuadlet?: boolean | undefined;
  readonly needsReload?: boolean | undefined;
}

/** Whether systemd carries out the action; the engine pauses. */
function usesSystemd(action: Action): boolean {
  return action !== 'pause' && action !== 'unpause' && action !== 'bringBack';
}

/**
 * Adds the nodes that systemd starts with the selected ones, whatever the user chose, and with `dependents: 'include'` those
 * that it stops with them; directly or indirectly.
 */
export function includeWithUnits(graph: ContainerGraph, included: PlanSelection, options: PlanOptions) {
  const { systemd, action = 'remove', dependents } = options;
  if (!systemd || !usesSystemd(action)) return;
  const { nodes, indexOf } = graph.indexed;
  const isStart = isDependenciesFirst(action);
  const include = (relation: UnitRelation) =>
    forEachRelated(
      graph,
      included.indices.map((index) => nodes[index]?.key),
      systemd,
      relation,
      (key, of) => {
        const index = indexOf.get(key) ?? -1;
        if (index < 0 || included.has(index)) return;
        if (relation === 'stopsWith') included.add(index, { kind: 'needs', dependency: of });
        // The start that ends a restart also starts units that did not run.
        else if (isStart || isStoppedUnit(nodes[index] as GraphNode))
          included.add(index, { kind: 'neededBy', dependent: of });
      },
    );
  if (!isStart && dependents !== 'block') include('stopsWith');
  if (isStart || action === 'restart') include('startsWith');
}

type UnitRelation = 'stopsWith' | 'startsWith';

function forEachRelated(
  graph: ContainerGraph,
  start: readonly (NodeKey | undefined)[],
  systemd: ReadonlyMap<NodeKey, ManagedNode>,
  relation: UnitRelation,
  callback: (key: NodeKey, of: NodeKey) => void,
) {
  const pending = start.flatMap((key) => (key === undefined ? [] : [key]));
  const seen = new Set(pending);
  for (let of = pending.pop(); of !== undefined; of = pending.pop()) {
    const managed = systemd.get(of);
    if (!managed || managed.obstacle) continue;
    for (const key of managed[relation]) {
      if (seen.has(key) || graph.get(key) === undefined) continue;
      seen.add(key);
      pending.push(key);
      callback(key, of);
    }
  }
}

/** Nodes that systemd would stop with those of the plan, although they are not in it. */
export function unitBlockers(graph: ContainerGraph, nodes: Plan['nodes'], options: PlanOptions): Blocker[] {
  const { action = 'remove' } = options;
  if (!options.systemd || !affectsDependents(action)) return [];
  const blockers: Blocker[] = [];
  forEachRelated(graph, [...nodes.keys()], options.systemd, 'stopsWith', (key, of) => {
    const [node, cause] = [graph.get(key), nodes.get(of)?.node];
    if (node && cause && !nodes.has(key)) blockers.push({ kind: 'dependent', node, of: cause });
  });
  return blockers;
}

/** Adds its unit to each planned node that systemd runs. */
export function addUnits(nodes: Map<NodeKey, PlannedNode>, options: PlanOptions) {
  const { systemd, action = 'remove', removeQuadlets = false } = options;
  if (!systemd || !usesSystemd(action)) return;
  for (const [key, planned] of nodes) {
    const { unit: name, obstacle, machine, quadlet, needsReload } = systemd.get(key) ?? {};
    if (name === undefined || machine === undefined || obstacle) continue;
    const removesQuadlet = action === 'remove' && removeQuadlets && quadlet !== undefined;
    const unit = { name, machine, ...(quadlet !== undefined && { quadlet }), ...(needsReload && { needsReload }) };
    nodes.set(key, { ...planned, systemd: { ...unit, ...(removesQuadlet && { removesQuadlet }) } });
  }
}

/**
 * The obstacle that retains a node, undefined if the user includes it nevertheless. Where no systemd can be reached, only
 * a removal is prevented; where it did not respond, each action that uses it. Without a container, nothing else can act on it.
 */
export function retainingObstacle(node: GraphNode, options: PlanOptions): ManagedNode | undefined {
  const { action = 'remove', systemd, withoutSystemd } = options;
  const managed = systemd?.get(node.key);
  if (!managed?.obstacle) return undefined;
  const isBypass = managed.obstacle.kind === 'failed' && usesSystemd(action);
  if (isStoppedUnit(node)) return managed;
  if (action !== 'remove' && !isBypass) return undefined;
  return withoutSystemd === 'all' || withoutSystemd?.includes(node.key) ? undefined : managed;
}

/** Whether the action can do anything with a unit without a container: start it, or delete its Quadlet file. */
export function canChangeStoppedUnit(key: NodeKey, { action = 'remove', systemd, removeQuadlets }: PlanOptions) {
  const managed = systemd?.get(key);
  if (action !== 'remove') return managed !== undefined && (action === 'start' || action === 'restart');
  return removeQuadlets === true && (managed?.quadlet ?? managed?.obstacle) !== undefined;
}

/** The chosen or implied nodes whose Quadlet files the removal can delete. */
export function quadletsOf({ nodes, retained, scope, options }: Plan): readonly PlanNode[] {
  const planned = [...nodes.values()].flatMap(({ node, systemd }) => (systemd?.quadlet === undefined ? [] : [node]));
  const stopped = retained.flatMap(({ node, why }) =>
    why.kind === 'unknown' && options.systemd?.get(node.key)?.quadlet !== undefined ? [node] : [],
  );
  return [...planned, ...stopped.filter(({ key }) => scope.chosen.includes(key))];
}
