import type { ContainerGraph } from '../model/graph';
import { labelOf } from '../model/labels';
import {
  type ContainerNode,
  type GraphNode,
  isActive,
  isHard,
  type NodeKey,
  type PlanNode,
  type VolumeNode,
} from '../model/model';
import type { Scope } from './plan';

/** Which of what has ended is to be cleared away. */
export interface PruneOptions {
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
export function pruneScope(graph: ContainerGraph, options: PruneOptions, dangling: readonly VolumeNode[] = []): Scope {
  const chosen = new Set<NodeKey>();
  for (const node of graph.nodes.values()) if (isWanted(graph, node, options)) chosen.add(node.key);
  // Dependents that stay keep what they need, and that may keep more.
  const open = [...chosen];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    if (!chosen.has(key)) continue;
    const stays = ({ from }: { from: NodeKey }) => !chosen.has(from) && !chosen.has(graph.container(from)?.pod ?? from);
    if (!graph.dependents(key).some((edge) => isHard(edge) && stays(edge))) continue;
    chosen.delete(key);
    for (const edge of graph.dependencies(key)) if (isHard(edge)) open.push(edge.to);
  }
  if (options.volumes) for (const volume of dangling) if (matchesOptions(volume, options)) chosen.add(volume.key);
  return { chosen: [...chosen], isAll: false };
}

function isWanted(graph: ContainerGraph, node: GraphNode, options: PruneOptions): boolean {
  if (!matchesOptions(node, options)) return false;
  if (node.kind === 'pod') return options.pods && graph.membersOf(node.key).every(isFinished);
  return options.containers && !node.unlisted && !node.isKubeService && node.pod === undefined && isFinished(node);
}

function matchesOptions(node: PlanNode, { labels, until }: PruneOptions): boolean {
  return hasLabels(node, labels) && isOldEnough(node, until);
}

function isFinished({ state }: ContainerNode): boolean {
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
