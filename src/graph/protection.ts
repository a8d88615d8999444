import { labelOf } from './labels';
import type { GraphNode, NodeKey, PlanNode } from './model';
import { wildcard } from './wildcard';

/** Set to `true` on a container, a pod or a volume, keeps it out of every removal. */
export const protectLabel = 'podgraph.protect';

/** Boxes that people live in: toolbox and distrobox mark theirs with these labels. */
const boxes: readonly (readonly [label: string, value: string])[] = [
  ['com.github.containers.toolbox', 'true'],
  ['manager', 'distrobox'],
];

export interface ProtectionRules {
  /** Name patterns, `*` for any characters. */
  readonly names: readonly string[];
  /** Id (or the beginning of it) or name of the container that this very program runs in. */
  readonly self: string | undefined;
}

/** Which rule keeps a node out of any plan; codes, for people to be worded above. */
export type Protection = 'label' | 'name' | 'toolbox' | 'self';

/** What is asked about the pod of a container. */
interface Nodes {
  get(key: NodeKey): GraphNode | undefined;
}

/**
 * @returns a function that tells by which rule a node is protected, undefined when by none; the members of a protected pod
 *          are protected with it
 */
export function protection({ names, self }: ProtectionRules): (node: PlanNode, graph: Nodes) => Protection | undefined {
  const patterns = names.filter(Boolean).map(wildcard);
  const ownRule = (node: PlanNode): Protection | undefined => {
    if (self && node.kind === 'container' && (node.id.startsWith(self) || node.name === self)) return 'self';
    if (labelOf(node.labels, protectLabel) === 'true') return 'label';
    if (boxes.some(([label, value]) => labelOf(node.labels, label) === value)) return 'toolbox';
    return patterns.some((pattern) => pattern(node.name)) ? 'name' : undefined;
  };
  return (node, graph) => {
    const pod = node.kind === 'container' && node.pod ? graph.get(node.pod) : undefined;
    return ownRule(node) ?? (pod && ownRule(pod));
  };
}
