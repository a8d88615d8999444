import type { ContainerGraph } from './graph';
import { labelOf } from './labels';
import type { ContainerNode, GraphNode, NodeKey, PlanNode, VolumeNode } from './model';
import { isActive, isHard } from './model';
import type { Scope } from './plan';

/** Which of what has ended is to be cleared away. */
export interface PruneWish {
  /** Containers that are created, exited or dead; never members of pods alone, as Podman has it. */
  readonly containers: boolean;
  /** Pods that are empty, or of which no member runs. */
  readonly pods: boolean;
  /** Anonymous volumes that no container uses; never named ones. Only where it is asked for: what is in them is lost. */
  readonly volumes?: boolean | undefined;
  /** Only what was made before this moment, in milliseconds since the epoch. */
  readonly until?: number | undefined;
  /** Only what has all of these labels: `key`, or `key=value`. */
  readonly labels: readonly string[];
}

/**
 * What a wish to clear away comes to, as a list of nodes: the plan is made of just these. What others need that do not go
 * is left out, as engines leave it.
 *
 * @param dangling anonymous volumes that no container uses, as engines tell them
 */
export function pruneScope(graph: ContainerGraph, wish: PruneWish, dangling: readonly VolumeNode[] = []): Scope {
  const chosen = new Set<NodeKey>();
  for (const node of graph.nodes.values()) if (isWanted(graph, node, wish)) chosen.add(node.key);
  // Dependents that stay keep what they need, and that may keep more.
  const open = [...chosen];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    if (!chosen.has(key)) continue;
    const stays = ({ from }: { from: NodeKey }) => !chosen.has(from) && !chosen.has(graph.container(from)?.pod ?? from);
    if (!graph.dependents(key).some((edge) => isHard(edge) && stays(edge))) continue;
    chosen.delete(key);
    for (const edge of graph.dependencies(key)) if (isHard(edge)) open.push(edge.to);
  }
  if (wish.volumes) for (const volume of dangling) if (isMeant(volume, wish)) chosen.add(volume.key);
  return { chosen: [...chosen], everything: false };
}

function isWanted(graph: ContainerGraph, node: GraphNode, wish: PruneWish): boolean {
  if (!isMeant(node, wish)) return false;
  if (node.kind === 'pod') return wish.pods && graph.membersOf(node.key).every(hasEnded);
  return wish.containers && !node.external && !node.service && node.pod === undefined && hasEnded(node);
}

function isMeant(node: PlanNode, { labels, until }: PruneWish): boolean {
  return hasLabels(node, labels) && isOldEnough(node, until);
}

function hasEnded({ state }: ContainerNode): boolean {
  return !isActive(state) && state !== 'removing' && state !== 'unknown';
}

/** What does not say when it was made is not old. */
function isOldEnough({ createdAt }: PlanNode, until: number | undefined): boolean {
  return until === undefined || (createdAt !== undefined && createdAt < until);
}

function hasLabels({ labels }: PlanNode, wanted: readonly string[]): boolean {
  return wanted.every((text) => {
    const at = text.indexOf('=');
    const value = labelOf(labels, at < 0 ? text : text.slice(0, at));
    return value !== undefined && (at < 0 || value === text.slice(at + 1));
  });
}
