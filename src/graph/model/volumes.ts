import type { PlannedNode, PlanOptions, RetainedNode, RetainReason, Scope, Unit } from '../plan/plan';
import type { ContainerGraph } from './graph';
import { engineOf, isVolume, keyDeps, type NodeKey, nodeKey, type VolumeNode } from './model';

/** The part of a plan that volumes make. */
export interface VolumePlan {
  readonly units: readonly Unit[];
  readonly nodes: readonly PlannedNode[];
  readonly retained: readonly RetainedNode[];
}

const nothing: VolumePlan = { units: [], nodes: [], retained: [] };

/**
 * Plans the removal of the chosen volumes: nothing needs them and they need nothing, so each is a unit of its own that waits
 * for none. What its engine does not call dangling (any more) is not in the plan; what a container is known to use stays,
 * whatever the engine says.
 */
export function planVolumes(
  graph: ContainerGraph,
  scope: Scope,
  options: PlanOptions,
  dangling: readonly VolumeNode[],
): VolumePlan {
  const chosen = new Set(scope.chosen.filter(isVolume));
  if (chosen.size === 0) return nothing;
  const listed = new Map(dangling.map((volume) => [volume.key, volume]));
  const users = volumeConsumers(graph);
  const going: VolumeNode[] = [];
  const retained: RetainedNode[] = [];
  for (const key of chosen) {
    const volume = listed.get(key);
    const why = retainReason(volume ?? referencedVolumes(key), graph, users, options);
    if (why) retained.push({ node: volume ?? referencedVolumes(key), why });
    else if (volume) going.push(volume);
  }
  return { units: going.map(unitOf), nodes: going.map(planned), retained };
}

/** For each volume that containers are known to mount, named or not, one of these. */
export function volumeConsumers(graph: ContainerGraph): ReadonlyMap<NodeKey, NodeKey> {
  const users = new Map<NodeKey, NodeKey>();
  for (const node of graph.nodes.values()) {
    if (node.kind !== 'container' || !node.details) continue;
    for (const name of [...node.details.anonymousVolumes, ...node.details.namedVolumes]) {
      users.set(nodeKey(engineOf(node.key), 'volume', name), node.key);
    }
  }
  return users;
}

function retainReason(
  volume: VolumeNode,
  graph: ContainerGraph,
  users: ReadonlyMap<NodeKey, NodeKey>,
  { excluded, unreachable, protects }: PlanOptions,
): RetainReason | undefined {
  if (excluded?.includes(volume.key)) return { kind: 'excluded' };
  const engine = unreachable?.get(engineOf(volume.key));
  if (engine !== undefined) return { kind: 'engineAway', engine };
  const user = users.get(volume.key);
  if (user !== undefined) return { kind: 'neededBy', node: user };
  const by = protects?.(volume, graph);
  return by === undefined ? undefined : { kind: 'protected', by };
}

/** A volume of which nobody has told more than its key. */
function referencedVolumes(key: NodeKey): VolumeNode {
  const { id } = keyDeps(key);
  return { kind: 'volume', key, id, name: id, createdAt: undefined, labels: {} };
}

function unitOf({ key }: VolumeNode): Unit {
  return {
    id: key,
    kind: 'volume',
    engine: engineOf(key),
    action: 'remove',
    targets: [key],
    nodes: [key],
    infra: [],
    hardDependencies: [],
    softDependencies: [],
    wave: 0,
    stopTimeout: 0,
  };
}

function planned(node: VolumeNode): PlannedNode {
  return {
    node,
    unit: node.key,
    why: { kind: 'chosen' },
    stopTimeout: 0,
    dependents: [],
    dependencies: [],
    restartedBy: undefined,
  };
}
