import type { ContainerGraph } from '../model/graph';
import type { NodeKey } from '../model/model';
import type { ProtectionReason } from '../model/protection';
import type { ResourceLayer } from '../model/resourceLayer';
import type { ResourceNode } from '../model/resources';
import { defaultLimit, hardDependents, type Path, truncate, type Truncated } from './explain';
import type { PlanOptions } from './plan';

/** Who uses a volume, network or image, and why it cannot be removed. */
export interface ResourceExplanation {
  readonly node: ResourceNode;
  readonly users: Truncated<NodeKey>;
  /** Nodes that need a user, each with its path to one. */
  readonly dependents: Truncated<Path>;
  /** Undefined if it can be removed on its own. */
  readonly blocker: ResourceBlocker | undefined;
}

export type ResourceBlocker =
  /** The engine's own network. */
  | { readonly kind: 'default' }
  | { readonly kind: 'usedByProtected'; readonly user: NodeKey; readonly by: ProtectionReason }
  | { readonly kind: 'used' }
  /** In use by the engine's list, although no known container mounts it. */
  | { readonly kind: 'usedElsewhere' };

/** Undefined if the resource is not listed. */
export function explainResource(
  graph: ContainerGraph,
  { nodes, users }: Pick<ResourceLayer, 'nodes' | 'users'>,
  key: NodeKey,
  protects: PlanOptions['protects'],
): ResourceExplanation | undefined {
  const node = nodes.get(key);
  if (!node) return undefined;
  const own = users.get(key) ?? [];
  return {
    node,
    users: truncate(own, defaultLimit),
    dependents: hardDependents(graph, own, defaultLimit),
    blocker: blockerOf(graph, node, own, protects),
  };
}

function blockerOf(
  graph: ContainerGraph,
  node: ResourceNode,
  users: readonly NodeKey[],
  protects: PlanOptions['protects'],
): ResourceBlocker | undefined {
  if (node.kind === 'network' && node.isDefault) return { kind: 'default' };
  for (const user of users) {
    const found = graph.get(user);
    const by = found && protects?.(found, graph);
    if (by !== undefined) return { kind: 'usedByProtected', user, by };
  }
  if (users.length > 0) return { kind: 'used' };
  return node.kind === 'volume' && node.isInUse ? { kind: 'usedElsewhere' } : undefined;
}
