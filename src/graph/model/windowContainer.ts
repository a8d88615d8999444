import type { ContainerGraph } from './graph';
import { type EdgeReason, keyDeps, type NodeKey, type PodNode } from './model';

/**
 * What a window knows of the container that it runs in. Each id is a full one or at least its first 12 digits, of a container
 * (an infra container stands for its pod) or of a pod.
 */
export interface WindowContainer {
  /** Ids that name this container itself. */
  readonly own: readonly string[];
  /** Ids of this container or of one whose namespaces it uses: the files of a network belong to its owner. */
  readonly related: readonly string[];
}

/** `self`: the window runs in it. `selfRelated`: it shares namespaces with that container, or is needed by it. */
export type SelfProtection = 'ownContainer' | 'selfRelated';

/** Containers that share one of these end with, or lose their network to, the removal of its owner. */
const namespaces: ReadonlySet<EdgeReason> = new Set([
  'network',
  'pid',
  'ipc',
  'uts',
  'user',
  'cgroup',
  'mount',
  'member',
]);

const nothing: ReadonlyMap<NodeKey, SelfProtection> = new Map();

/**
 * The nodes without which the window would end or lose its network: its own container, all that shares namespaces with it
 * (the members of a pod with each other), and what any of these needs over hard edges. Linear in nodes and edges.
 */
export function windowGroup(
  graph: ContainerGraph,
  { own, related }: WindowContainer,
): ReadonlyMap<NodeKey, SelfProtection> {
  const [ownIds, relatedIds] = [own.filter(isLongEnough), related.filter(isLongEnough)];
  if (ownIds.length + relatedIds.length === 0) return nothing;
  const owned: NodeKey[] = [];
  const near: NodeKey[] = [];
  for (const node of graph.nodes.values()) {
    const ids = [node.id, ...(node.kind === 'pod' ? infraIds(graph, node) : [])];
    if (startsWithOne(ids, ownIds)) owned.push(node.key);
    else if (startsWithOne(ids, relatedIds)) near.push(node.key);
  }
  if (owned.length + near.length === 0) return nothing;
  const group = new Map<NodeKey, SelfProtection>();
  for (const key of sharing(graph, [...owned, ...near])) group.set(key, 'selfRelated');
  for (const key of graph.hardDependencies([...group.keys()])) group.set(key, 'selfRelated');
  for (const key of owned) group.set(key, 'ownContainer');
  // Where nothing names the container itself and nobody shares anything with the one that is named, the two are one.
  if (owned.length === 0) for (const key of near) if (!isShared(graph, key)) group.set(key, 'ownContainer');
  return group;
}

/** Shorter beginnings would match by chance. */
const isLongEnough = (id: string) => id.length >= 12;

function startsWithOne(ids: readonly string[], beginnings: readonly string[]): boolean {
  return ids.some((id) => beginnings.some((beginning) => id.startsWith(beginning)));
}

/** The infra container's id, from its own entry, or from the pod's where no list holds it. */
function infraIds(graph: ContainerGraph, { key, isInfra }: PodNode): readonly string[] {
  const id = graph.infraOf(key)?.id ?? (isInfra && keyDeps(isInfra).id);
  return id ? [id] : [];
}

function isShared(graph: ContainerGraph, key: NodeKey): boolean {
  const isNamespace = ({ reasons }: { reasons: readonly EdgeReason[] }) => reasons.some((one) => namespaces.has(one));
  return graph.dependents(key).some(isNamespace) || graph.dependencies(key).some(isNamespace);
}

/** The given nodes and all that share namespaces with any of them, in either direction and however far. */
function sharing(graph: ContainerGraph, given: readonly NodeKey[]): ReadonlySet<NodeKey> {
  const reached = new Set(given);
  for (const key of reached) {
    for (const { from, to, reasons } of [...graph.dependencies(key), ...graph.dependents(key)]) {
      if (reasons.some((one) => namespaces.has(one))) reached.add(from === key ? to : from);
    }
  }
  return reached;
}
