import type { ContainerGraph } from '../model/graph';
import {
  addToList,
  type ContainerNode,
  type EngineId,
  engineOf,
  isActive,
  isHard,
  type NodeKey,
  nodeKey,
  parseKey,
} from '../model/model';
import type { Plan, PlannedNode, PlannedVolume, PlanOptions, Unit } from './plan';
import type { Report } from './report';

/** The containers that mount a volume. */
interface Users {
  readonly planned: NodeKey[];
  fixed: PlannedVolume['fixed'];
}

/**
 * The anonymous volumes of the plan's containers, each with its choice. A volume that a retained container mounts, too
 * (`--volumes-from`), is always kept.
 */
export function planAnonymousVolumes(
  graph: ContainerGraph,
  nodes: ReadonlyMap<NodeKey, PlannedNode>,
  { deletedVolumes = [] }: PlanOptions,
): PlannedVolume[] {
  const users = new Map<NodeKey, Users>();
  const add = (container: ContainerNode, mounted: readonly string[], isPlanned: boolean) => {
    for (const name of mounted) {
      const key = nodeKey(engineOf(container.key), 'volume', name);
      const known = users.get(key) ?? { planned: [], fixed: undefined };
      users.set(key, known);
      if (!isPlanned) known.fixed = 'shared';
      else if (container.isInfra) known.fixed ??= 'infra';
      else {
        known.planned.push(container.key);
        if (container.details?.autoRemove && isActive(container.state)) known.fixed ??= 'autoRemove';
      }
    }
  };
  for (const node of graph.nodes.values()) {
    const container = node.kind === 'pod' ? graph.infraOf(node.key) : node;
    const mounted = container?.details?.anonymousVolumes;
    // Most containers have none, and need no lookup.
    if (container && mounted && mounted.length > 0) add(container, mounted, nodes.has(node.key));
  }
  const deleted = deletedVolumes === 'all' ? undefined : new Set(deletedVolumes);
  return [...users].flatMap(([key, { planned, fixed }]) => {
    if (planned.length === 0) return [];
    const isDeleted = fixed === undefined ? (deleted?.has(key) ?? true) : fixed !== 'shared';
    return [{ key, containers: planned, choice: isDeleted ? 'delete' : 'keep', ...(fixed && { fixed }) }];
  });
}

/**
 * Podman deletes all anonymous volumes of a pod that it removes (4.3.1, 5.8.6), so its members with volumes that are kept
 * are removed before it, after their dependents in the pod.
 */
export function membersBeforePods(
  graph: ContainerGraph,
  units: readonly Unit[],
  volumes: readonly PlannedVolume[],
): readonly Unit[] {
  const keeping = new Set(volumes.flatMap(({ choice, containers }) => (choice === 'keep' ? containers : [])));
  if (keeping.size === 0) return units;
  return units.map((unit) => {
    const members = membersFirst(graph, unit, keeping);
    return members.length === 0 ? unit : { ...unit, targets: [...members, ...unit.targets] };
  });
}

function membersFirst(graph: ContainerGraph, { nodes, targets }: Unit, keeping: ReadonlySet<NodeKey>): NodeKey[] {
  if (nodes.length === targets.length) return [];
  const members = new Set(nodes.filter((key) => !targets.includes(key)));
  const ordered = new Set<NodeKey>();
  const visited = new Set<NodeKey>();
  const visit = (key: NodeKey) => {
    if (visited.has(key) || !members.has(key)) return;
    visited.add(key);
    for (const edge of graph.dependents(key)) if (isHard(edge)) visit(edge.from);
    ordered.add(key);
  };
  for (const key of members) if (keeping.has(key)) visit(key);
  return [...ordered];
}

const volumesOfPlans = new WeakMap<Plan, ReadonlyMap<NodeKey, readonly PlannedVolume[]>>();

/** The anonymous volumes that a container of the plan mounts. */
export function anonymousVolumesOf(plan: Plan, container: NodeKey): readonly PlannedVolume[] {
  let known = volumesOfPlans.get(plan);
  if (!known) {
    const found = new Map<NodeKey, PlannedVolume[]>();
    for (const volume of plan.volumes) for (const key of volume.containers) addToList(found, key, volume);
    volumesOfPlans.set(plan, (known = found));
  }
  return known.get(container) ?? [];
}

/** The volumes that the user can keep or delete. */
export function choosableVolumes({ volumes }: Pick<Plan, 'volumes'>): readonly PlannedVolume[] {
  return volumes.filter(({ fixed }) => fixed === undefined);
}

/** The volumes of an engine whose containers it no longer lists: only these can be compared with the plan. */
export function releasedVolumes(
  { volumes }: Pick<Plan, 'volumes'>,
  engine: EngineId,
  listed: ReadonlyMap<NodeKey, unknown>,
): PlannedVolume[] {
  return volumes.filter(
    ({ key, containers }) => engineOf(key) === engine && !containers.some((container) => listed.has(container)),
  );
}

/** The volumes that the plan deletes, with or without a choice of the user. */
export function deletedVolumes({ volumes }: Pick<Plan, 'volumes'>): readonly PlannedVolume[] {
  return volumes.filter(({ choice }) => choice === 'delete');
}

/** The volumes of its containers that the plan deletes or removes, and that a backup can save before. */
export function volumesToSave(plan: Plan): readonly PlannedVolume[] {
  const anonymous = deletedVolumes(plan).filter(({ fixed }) => fixed !== 'autoRemove');
  const named = [...plan.nodes.values()].flatMap(({ node, dependents }): PlannedVolume[] => {
    const containers = dependents.filter((key) => parseKey(key).kind === 'container');
    return node.kind === 'volume' && containers.length > 0 ? [{ key: node.key, containers, choice: 'delete' }] : [];
  });
  return plan.action === 'remove' ? [...anonymous, ...named] : [];
}

export function volumeName({ key }: PlannedVolume): string {
  return parseKey(key).id;
}

/** An anonymous volume after a run: as planned, gone although it was to be kept, or left although it was to be deleted. */
export interface VolumeResult {
  readonly volume: PlannedVolume;
  readonly result: 'kept' | 'deleted' | 'lost' | 'left';
}

/** The volumes whose containers were all removed, without those of retained containers and those with an unknown state. */
export function volumeResults({ plan, nodes, volumes }: Report): readonly VolumeResult[] {
  return plan.volumes.flatMap((volume): VolumeResult[] => {
    const state = volumes.get(volume.key);
    const isOver = volume.containers.every((key) => nodes.get(key)?.state === 'gone');
    if (!isOver || state === undefined || volume.fixed === 'shared') return [];
    if (volume.choice === 'keep') return [{ volume, result: state === 'present' ? 'kept' : 'lost' }];
    return [{ volume, result: state === 'gone' ? 'deleted' : volume.fixed ? 'kept' : 'left' }];
  });
}

export function areVolumesAsPlanned(report: Report): boolean {
  return volumeResults(report).every(({ result }) => result === 'kept' || result === 'deleted');
}
