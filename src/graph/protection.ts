import type { ContainerNode } from './model';

/** Set to `true` on a container, keeps it out of every removal. */
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

/** Which rule keeps a container out of any plan; codes, for people to be worded above. */
export type Protection = 'label' | 'name' | 'toolbox' | 'self';

/** @returns a function that tells by which rule a container is protected, undefined when by none */
export function protection({ names, self }: ProtectionRules): (container: ContainerNode) => Protection | undefined {
  const patterns = names.filter(Boolean).map((name) => new RegExp(`^${name.split('*').map(escape).join('.*')}$`, 'i'));
  return (container) => {
    if (self && (container.id.startsWith(self) || container.name === self)) return 'self';
    if (container.labels[protectLabel] === 'true') return 'label';
    if (boxes.some(([label, value]) => container.labels[label] === value)) return 'toolbox';
    return patterns.some((pattern) => pattern.test(container.name)) ? 'name' : undefined;
  };
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
