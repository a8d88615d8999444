import type { ContainerGraph } from './graph';
import { type EdgeReason, parseKey, type NodeKey, type PodNode } from './model';

/**
 * Ids that identify the container in which this window runs. Each is a full id or at least its first 12 digits, of a
 * container or a pod; an infra container's id means its pod.
 */
export interface WindowContainer {
  /** Of this container itself. */
  readonly own: readonly string[];
  /** Of this container, or of one whose network it uses: the mounts of `/etc/hosts` name the owner of the network. */
  readonly related: readonly string[];
}

/** `ownContainer`: the window runs in it. `selfRelated`: namespace sharers and dependencies. */
export type SelfProtection = 'ownContainer' | 'selfRelated';

/** Containers with such an edge stop, or lose their network, when the other one is removed. */
const namespaceReasons: ReadonlySet<EdgeReason> = new Set([
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
 * The nodes whose removal would end the window or its network: its own container, nodes that share namespaces with it
 * (such as members of its pod), and their hard dependencies. Linear in nodes and edges.
 */
export function windowGroup(
  graph: ContainerGraph,
  { own, related }: WindowContainer,
): ReadonlyMap<NodeKey, SelfProtection> {
  const [ownIds, relatedIds] = [own.filter(isLongEnough), related.filter(isLongEnough)];
  if (ownIds.length + relatedIds.length === 0) return nothing;
  const owned: NodeKey[] = [];
  const candidates: NodeKey[] = [];
  for (const node of graph.nodes.values()) {
    const ids = [node.id, ...(node.kind === 'pod' ? infraIds(graph, node) : [])];
    if (startsWithAny(ids, ownIds)) owned.push(node.key);
    else if (startsWithAny(ids, relatedIds)) candidates.push(node.key);
  }
  if (owned.length + candidates.length === 0) return nothing;
  const group = new Map<NodeKey, SelfProtection>();
  for (const key of sharingNamespaces(graph, [...owned, ...candidates])) group.set(key, 'selfRelated');
  for (const key of graph.hardDependencies([...group.keys()])) group.set(key, 'selfRelated');
  for (const key of owned) group.set(key, 'ownContainer');
  // Without an id of its own, a candidate that shares no namespace must be the container itself.
  if (owned.length === 0) for (const key of candidates) if (!isShared(graph, key)) group.set(key, 'ownContainer');
  return group;
}

/** Shorter prefixes could match by chance. */
const isLongEnough = (id: string) => id.length >= 12;

function startsWithAny(ids: readonly string[], prefixes: readonly string[]): boolean {
  return ids.some((id) => prefixes.some((prefix) => id.startsWith(prefix)));
}

/** The infra container's id, from the pod's list entry if the container is not listed. */
function infraIds(graph: ContainerGraph, { key, infra }: PodNode): readonly string[] {
  const id = graph.infraOf(key)?.id ?? (infra && parseKey(infra).id);
  return id ? [id] : [];
}

function isShared(graph: ContainerGraph, key: NodeKey): boolean {
  const isNamespace = ({ reasons }: { reasons: readonly EdgeReason[] }) =>
    reasons.some((one) => namespaceReasons.has(one));
  return graph.dependents(key).some(isNamespace) || graph.dependencies(key).some(isNamespace);
}

/** The given nodes and all that directly or indirectly share namespaces with them. */
function sharingNamespaces(graph: ContainerGraph, given: readonly NodeKey[]): ReadonlySet<NodeKey> {
  const reached = new Set(given);
  for (const key of reached) {
    for (const { from, to, reasons } of [...graph.dependencies(key), ...graph.dependents(key)]) {
      if (reasons.some((one) => namespaceReasons.has(one))) reached.add(from === key ? to : from);
    }
  }
  return reached;
}
