import type { ContainerGraph } from './graph';
import { labelOf } from './labels';
import { type NodeKey, type PlanNode, type EdgeReason, parseKey, type PodNode } from './model';

/** Set to `true` on a container, a pod or a volume, it excludes that node from all plans. */
const protectionLabel = 'podgraph.protect';

/** Labels of toolbox and distrobox: interactive environments. */
const toolboxLabels: readonly (readonly [label: string, value: string])[] = [
  ['com.github.containers.toolbox', 'true'],
  ['manager', 'distrobox'],
];

interface ProtectionRules {
  /** Name patterns, see `wildcard`. */
  readonly names: readonly string[];
  /** The container that this window runs in, if any. */
  readonly ownContainer: WindowContainer | undefined;
}

/** The rule that protects a node. */
export type ProtectionReason = 'label' | 'name' | 'toolbox' | SelfProtection;

/** @returns a function that finds the rule that protects a node or its pod */
export function protectionReason({
  names,
  ownContainer,
}: ProtectionRules): (node: PlanNode, graph: ContainerGraph) => ProtectionReason | undefined {
  const patterns = names.filter(Boolean).map(wildcard);
  const ownRule = (node: PlanNode): ProtectionReason | undefined => {
    if (labelOf(node.labels, protectionLabel) === 'true') return 'label';
    if (toolboxLabels.some(([label, value]) => labelOf(node.labels, label) === value)) return 'toolbox';
    return patterns.some((pattern) => pattern(node.name)) ? 'name' : undefined;
  };
  // Graphs that differ only in states share `indexOf`, so a change of state computes no group again.
  const groups = new WeakMap<object, ReadonlyMap<NodeKey, SelfProtection>>();
  const groupIn = (graph: ContainerGraph, own: WindowContainer) => {
    const { indexOf } = graph.indexed;
    const group = groups.get(indexOf) ?? windowGroup(graph, own);
    groups.set(indexOf, group);
    return group;
  };
  return (node, graph) => {
    const bySelf = ownContainer && groupIn(graph, ownContainer).get(node.key);
    if (bySelf) return bySelf;
    const pod = node.kind === 'container' && node.pod ? graph.get(node.pod) : undefined;
    return ownRule(node) ?? (pod && ownRule(pod));
  };
}

/**
 * Case-insensitive match of a whole text; `*` matches any characters, everything else is literal. Linear, without
 * backtracking: a regular expression can take exponential time in the number of stars.
 */
export function wildcard(pattern: string): (text: string) => boolean {
  const parts = pattern.toLowerCase().split('*');
  const first = parts[0] ?? '';
  if (parts.length === 1) return (text) => text.toLowerCase() === first;
  const last = parts.at(-1) ?? '';
  const inner = parts.slice(1, -1);
  return (original) => {
    const text = original.toLowerCase();
    const end = text.length - last.length;
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    let position = first.length;
    for (const part of inner) {
      const found = text.indexOf(part, position);
      if (found < 0) return false;
      position = found + part.length;
    }
    return position <= end;
  };
}

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
type SelfProtection = 'ownContainer' | 'selfRelated';

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
