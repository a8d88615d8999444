import type { ContainerGraph } from '../model/graph';
import { engineOf, isVolume, parseKey, type NodeKey, nodeKey, type VolumeNode } from '../model/model';
import type { PlannedNode, PlanOptions, RetainedNode, RetainReason, Scope, Unit } from './plan';

/** The volumes of a plan. */
interface VolumePlan {
  readonly units: readonly Unit[];
  readonly nodes: readonly PlannedNode[];
  readonly retained: readonly RetainedNode[];
}

const nothing: VolumePlan = { units: [], nodes: [], retained: [] };

/**
 * Plans the removal of the chosen volumes, each a unit without dependencies. Volumes that the engine does not list as
 * dangling are left out; those that a known container uses are retained, whatever the engine reports.
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
  const consumers = volumeConsumers(graph);
  const removed: VolumeNode[] = [];
  const retained: RetainedNode[] = [];
  for (const key of chosen) {
    const volume = listed.get(key);
    const node = volume ?? unlistedVolume(key);
    const why = retainReason(node, graph, consumers, options);
    if (why) retained.push({ node, why });
    else if (volume) removed.push(volume);
  }
  return { units: removed.map(toUnit), nodes: removed.map(toPlannedNode), retained };
}

/** For each volume that a known container mounts, named or anonymous, one such container. */
export function volumeConsumers(graph: ContainerGraph): ReadonlyMap<NodeKey, NodeKey> {
  const consumers = new Map<NodeKey, NodeKey>();
  for (const node of graph.nodes.values()) {
    if (node.kind !== 'container' || !node.details) continue;
    for (const name of [...node.details.anonymousVolumes, ...node.details.namedVolumes]) {
      consumers.set(nodeKey(engineOf(node.key), 'volume', name), node.key);
    }
  }
  return consumers;
}

function retainReason(
  volume: VolumeNode,
  graph: ContainerGraph,
  consumers: ReadonlyMap<NodeKey, NodeKey>,
  { excluded, unreachable, protects }: PlanOptions,
): RetainReason | undefined {
  if (excluded?.includes(volume.key)) return { kind: 'excluded' };
  const engine = unreachable?.get(engineOf(volume.key));
  if (engine !== undefined) return { kind: 'engineUnavailable', engine };
  const consumer = consumers.get(volume.key);
  if (consumer !== undefined) return { kind: 'neededBy', node: consumer };
  const by = protects?.(volume, graph);
  return by === undefined ? undefined : { kind: 'protected', by };
}

/** A volume of which only the key is known. */
export function unlistedVolume(key: NodeKey): VolumeNode {
  const { id } = parseKey(key);
  return { kind: 'volume', key, id, name: id, createdAt: undefined, labels: {} };
}

function toUnit({ key }: VolumeNode): Unit {
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
    step: 0,
    stopTimeout: 0,
  };
}

function toPlannedNode(node: VolumeNode): PlannedNode {
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
