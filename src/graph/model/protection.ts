import type { ContainerGraph } from './graph';
import { labelOf } from './labels';
import type { NodeKey, PlanNode } from './model';
import { wildcard } from './wildcard';
import { type SelfProtection, type WindowContainer, windowGroup } from './windowContainer';

/** Set to `true` on a container, a pod or a volume, keeps it out of every removal. */
export const protectionLabel = 'podgraph.protect';

/** Boxes that people live in: toolbox and distrobox mark theirs with these labels. */
const boxes: readonly (readonly [label: string, value: string])[] = [
  ['com.github.containers.toolbox', 'true'],
  ['manager', 'distrobox'],
];

export interface ProtectionRules {
  /** Name patterns, `*` for any characters. */
  readonly names: readonly string[];
  /** The container that this program runs in; undefined when in none. */
  readonly ownContainer: WindowContainer | undefined;
}

/** Which rule keeps a node out of any plan; codes, for people to be worded above. */
export type ProtectionReason = 'label' | 'name' | 'toolbox' | SelfProtection;

/**
 * @returns a function that tells by which rule a node is protected, undefined when by none; the members of a protected pod
 *          are protected with it
 */
export function protectionReason({
  names,
  ownContainer,
}: ProtectionRules): (node: PlanNode, graph: ContainerGraph) => ProtectionReason | undefined {
  const patterns = names.filter(Boolean).map(wildcard);
  const ownRule = (node: PlanNode): ProtectionReason | undefined => {
    if (labelOf(node.labels, protectionLabel) === 'true') return 'label';
    if (boxes.some(([label, value]) => labelOf(node.labels, label) === value)) return 'toolbox';
    return patterns.some((pattern) => pattern(node.name)) ? 'name' : undefined;
  };
  // Graphs of the same nodes and edges share their numbers: a change of states computes nothing again.
  const groups = new WeakMap<object, ReadonlyMap<NodeKey, SelfProtection>>();
  const groupIn = (graph: ContainerGraph, own: WindowContainer) => {
    const { indexOf } = graph.numbered;
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
