import type { ContainerGraph } from '../model/graph';
import { labelOf } from '../model/labels';
import { type ContainerNode, type GraphNode, isActive, isHard, type NodeKey, type PlanNode } from '../model/model';
import { danglingAmong, type ResourceNode, resourceUsers } from '../model/resources';
import type { Scope } from './plan';

export interface PruneFilter {
  /** Only nodes created before, in milliseconds since the epoch. */
  readonly until?: number | undefined;
  /** Only nodes with all of these labels: `key`, or `key=value`. */
  readonly labels: readonly string[];
}

export interface PruneOptions extends PruneFilter {
  /** Created, exited and dead containers, except for members of pods, as in Podman. */
  readonly containers: boolean;
  /** Pods without running members. */
  readonly pods: boolean;
  /** Unused anonymous volumes; never named ones. Off by default, because their data is lost. */
  readonly volumes?: boolean | undefined;
  /** Unused images without a tag; never others. Off by default. */
  readonly images?: boolean | undefined;
  /** Unused networks. Off by default. */
  readonly networks?: boolean | undefined;
}

/**
 * The nodes to prune. Dependencies of other nodes are left out, as the engines do.
 *
 * @param resources all volumes, networks and images, as listed by the engines
 */
export function pruneScope(
  graph: ContainerGraph,
  options: PruneOptions,
  resources: readonly ResourceNode[] = [],
): Scope {
  const chosen = new Set<NodeKey>();
  for (const node of graph.nodes.values()) if (isCandidate(graph, node, options)) chosen.add(node.key);
  // Nodes with remaining dependents remain, and with them their own dependencies.
  const pending = [...chosen];
  for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
    if (!chosen.has(key)) continue;
    const remains = ({ from }: { from: NodeKey }) =>
      !chosen.has(from) && !chosen.has(graph.container(from)?.pod ?? from);
    if (!graph.dependents(key).some((edge) => isHard(edge) && remains(edge))) continue;
    chosen.delete(key);
    for (const edge of graph.dependencies(key)) if (isHard(edge)) pending.push(edge.to);
  }
  const wanted = { volume: options.volumes, image: options.images, network: options.networks };
  for (const resource of prunableAmong(resources, resourceUsers(graph)))
    if (wanted[resource.kind] && matchesFilter(resource, options)) chosen.add(resource.key);
  return { chosen: [...chosen], isAll: false };
}

/** The resources that a prune may remove: unused anonymous volumes, images without a tag, and networks. */
function prunableAmong(
  resources: readonly ResourceNode[],
  users: ReadonlyMap<NodeKey, unknown>,
): readonly ResourceNode[] {
  const isPrunable = (node: ResourceNode) => {
    if (node.kind === 'volume') return danglingAmong([node]).length > 0;
    return node.kind === 'image' ? node.isDangling : !node.isDefault;
  };
  return resources.filter((node) => !users.has(node.key) && isPrunable(node));
}

function isCandidate(graph: ContainerGraph, node: GraphNode, options: PruneOptions): boolean {
  if (!matchesFilter(node, options)) return false;
  if (node.kind === 'pod') return options.pods && graph.membersOf(node.key).every(isFinished);
  return options.containers && !node.unlisted && !node.isKubeService && node.pod === undefined && isFinished(node);
}

export function matchesFilter(node: PlanNode, { labels, until }: PruneFilter): boolean {
  return hasLabels(node, labels) && isOldEnough(node, until);
}

function isFinished({ state }: ContainerNode): boolean {
  return !isActive(state) && state !== 'removing' && state !== 'unknown';
}

/** A node without a creation time is never old enough. */
function isOldEnough({ createdAt }: PlanNode, until: number | undefined): boolean {
  return until === undefined || (createdAt !== undefined && createdAt < until);
}

function hasLabels({ labels }: PlanNode, required: readonly string[]): boolean {
  return required.every((text) => {
    const at = text.indexOf('=');
    const value = labelOf(labels, at < 0 ? text : text.slice(0, at));
    return value !== undefined && (at < 0 || value === text.slice(at + 1));
  });
}
