import type { ContainerGraph } from './graph';
import { labelOf } from './labels';
import type { NodeKey, PlanNode } from './model';
import { wildcard } from './wildcard';
import { type SelfProtection, type WindowContainer, windowGroup } from './windowContainer';

/** Set to `true` on a container, a pod or a volume, it excludes that node from all plans. */
export const protectionLabel = 'podgraph.protect';

/** Labels of toolbox and distrobox: interactive environments. */
const toolboxLabels: readonly (readonly [label: string, value: string])[] = [
  ['com.github.containers.toolbox', 'true'],
  ['manager', 'distrobox'],
];

export interface ProtectionRules {
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
