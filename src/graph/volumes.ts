import type { ContainerGraph } from './graph';
import type { NodeKey, VolumeNode } from './model';
import { engineOf, isVolume, keyParts, nodeKey } from './model';
import type { PlannedNode, PlanOptions, Scope, StayingNode, StayReason, Unit } from './plan';

/** The part of a plan that volumes make. */
export interface VolumePlan {
  readonly units: readonly Unit[];
  readonly nodes: readonly PlannedNode[];
  readonly stays: readonly StayingNode[];
}

const nothing: VolumePlan = { units: [], nodes: [], stays: [] };

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
  const users = volumeUsers(graph);
  const going: VolumeNode[] = [];
  const stays: StayingNode[] = [];
  for (const key of chosen) {
    const volume = listed.get(key);
    const why = reasonToStay(volume ?? namedBy(key), graph, users, options);
    if (why) stays.push({ node: volume ?? namedBy(key), why });
    else if (volume) going.push(volume);
  }
  return { units: going.map(unitOf), nodes: going.map(planned), stays };
}

/** For each volume that containers are known to mount, named or not, one of these. */
export function volumeUsers(graph: ContainerGraph): ReadonlyMap<NodeKey, NodeKey> {
  const users = new Map<NodeKey, NodeKey>();
  for (const node of graph.nodes.values()) {
    if (node.kind !== 'container' || !node.details) continue;
    for (const name of [...node.details.anonymousVolumes, ...node.details.namedVolumes]) {
      users.set(nodeKey(engineOf(node.key), 'volume', name), node.key);
    }
  }
  return users;
}

function reasonToStay(
  volume: VolumeNode,
  graph: ContainerGraph,
  users: ReadonlyMap<NodeKey, NodeKey>,
  { excluded, away, protects }: PlanOptions,
): StayReason | undefined {
  if (excluded?.includes(volume.key)) return { kind: 'excluded' };
  const engine = away?.get(engineOf(volume.key));
  if (engine !== undefined) return { kind: 'engineAway', engine };
  const user = users.get(volume.key);
  if (user !== undefined) return { kind: 'neededBy', node: user };
  const by = protects?.(volume, graph);
  return by === undefined ? undefined : { kind: 'protected', by };
}

/** A volume of which nobody has told more than its key. */
function namedBy(key: NodeKey): VolumeNode {
  const { id } = keyParts(key);
  return { kind: 'volume', key, id, name: id, createdAt: undefined, labels: {} };
}

function unitOf({ key }: VolumeNode): Unit {
  return {
    id: key,
    kind: 'volume',
    engine: engineOf(key),
    step: 'remove',
    targets: [key],
    nodes: [key],
    infra: [],
    waitsFor: [],
    follows: [],
    wave: 0,
    grace: 0,
  };
}

function planned(node: VolumeNode): PlannedNode {
  return { node, unit: node.key, why: { kind: 'chosen' }, grace: 0, dependents: [], needs: [], returns: undefined };
}
