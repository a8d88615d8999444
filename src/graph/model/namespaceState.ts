import type { ContainerGraph } from './graph';
import {
  type ContainerNode,
  engineOf,
  type GraphEdge,
  type GraphNode,
  isUp,
  type NodeKey,
  sharedNamespaces,
  type SharedNamespace,
} from './model';
import { isLaterStart } from './startTime';

/** How a container that shares namespaces of a base is cut off from it. */
export type NamespaceProblem =
  /** Runs in namespaces that its base, started again since, no longer has. */
  | { readonly kind: 'detached'; readonly base: NodeKey; readonly namespaces: readonly SharedNamespace[] }
  /** Its base was removed, so it can never start again; `replacement` has the base's name or compose service. */
  | { readonly kind: 'orphaned'; readonly base: NodeKey; readonly replacement: NodeKey | undefined }
  /** Exited when its base stopped, and its restart policy did not start it again with its base. */
  | { readonly kind: 'leftDown'; readonly base: NodeKey };

export type NamespaceProblemKind = NamespaceProblem['kind'];

/** Milliseconds by which the exit of a container can be reported before that of its base: lists have whole seconds. */
const exitTolerance = 1_000;

/** The namespace problem of a node, from the times and namespace ids in the graph; undefined if there is none. */
export function namespaceProblem(graph: ContainerGraph, node: GraphNode): NamespaceProblem | undefined {
  if (node.kind === 'pod' || node.unlisted) return undefined;
  let detached: NamespaceProblem | undefined;
  let leftDown: NamespaceProblem | undefined;
  for (const edge of graph.dependencies(node.key)) {
    const kinds = namespacesOf(edge);
    if (kinds.length === 0) continue;
    const base = graph.infraOf(edge.to) ?? graph.container(edge.to);
    if (!base) continue;
    if (base.unlisted) return { kind: 'orphaned', base: edge.to, replacement: replacementOf(graph, node, base) };
    if (!isUp(base.state)) continue;
    if (isUp(node.state)) {
      const namespaces = kinds.filter((kind) => isDetached(graph, node, base, kind));
      if (namespaces.length > 0) detached ??= { kind: 'detached', base: edge.to, namespaces };
    } else if (isLeftDown(node, base)) leftDown ??= { kind: 'leftDown', base: edge.to };
  }
  return detached ?? leftDown;
}

/** Whether the edge shares a namespace of its target. */
export function sharesNamespace(edge: GraphEdge): boolean {
  return namespacesOf(edge).length > 0;
}

/** Podman reports no namespaces of a member: by default it shares these with its pod's infra container. */
const podNamespaces: readonly SharedNamespace[] = ['network', 'ipc', 'uts'];

function namespacesOf({ reasons }: GraphEdge): readonly SharedNamespace[] {
  if (reasons.includes('member')) return podNamespaces;
  return sharedNamespaces.filter((kind) => reasons.includes(kind));
}

function isDetached(graph: ContainerGraph, node: ContainerNode, base: ContainerNode, kind: SharedNamespace): boolean {
  // The list with their ids follows.
  if (node.namespaces === '' && base.namespaces === '') return false;
  const [own, other] = [namespaceId(node, kind), namespaceId(base, kind)];
  // Members of a pod may have own namespaces of a kind: those differ from the start.
  if (own && other) return own !== other && (!base.isInfra || !isLaterStart(node.startedAt, lastMoment(base)));
  // Only Podman shares these, and they may be the host's: wait for the list with their ids.
  if (kind === 'user' || kind === 'cgroup') return false;
  const since = namespaceStart(graph, base, kind, node.namespaces !== undefined);
  return node.startedAt !== undefined && isLaterStart(since, node.startedAt);
}

function namespaceId({ namespaces }: ContainerNode, kind: SharedNamespace): string | undefined {
  return namespaces?.split(' ')[sharedNamespaces.indexOf(kind)];
}

/** The latest time at which it may have started: lists have whole seconds. */
function lastMoment({ startedAt }: ContainerNode): number | undefined {
  return startedAt !== undefined && startedAt % 1000 === 0 ? startedAt + 999 : startedAt;
}

/**
 * The latest time at which the namespace that a container uses can have been created; undefined if unknown.
 *
 * @param isPodman only Podman lists namespaces
 */
function namespaceStart(
  graph: ContainerGraph,
  container: ContainerNode,
  kind: SharedNamespace,
  isPodman: boolean,
): number | undefined {
  const seen = new Set<NodeKey>();
  for (let owner = container; !seen.has(owner.key);) {
    seen.add(owner.key);
    const shared = graph.dependencies(owner.key).find(({ reasons }) => reasons.includes(kind));
    const base = shared && graph.container(shared.to);
    if (base && isUp(base.state) && !isLaterStart(base.startedAt, owner.startedAt)) owner = base;
    else if (owner.details?.hostNamespaces?.includes(kind)) return undefined;
    // Podman 4.3.1 keeps the network of a container that its restart policy restarts, 5.8.6 does not: wait for the ids.
    else if (kind === 'network' && isPodman && owner.restartCount) return undefined;
    else return owner.startedAt;
  }
  return undefined;
}

function isLeftDown(node: ContainerNode, base: ContainerNode): boolean {
  const policy = node.details?.restartPolicy;
  // Podman's state of a container that it could not restart without its base stays `stopped`, as between two restarts.
  const isDown = node.state === 'exited' || (node.state === 'restarting' && node.justEnded === true);
  if (!isDown || (policy !== 'always' && policy !== 'unless-stopped')) return false;
  const [exit, baseExit] = [node.finishedAt, base.finishedAt];
  if (exit === undefined || baseExit === undefined || base.startedAt === undefined) return false;
  return exit + exitTolerance > baseExit && exit < base.startedAt + exitTolerance;
}

/** The container that another client created in place of a removed base. */
function replacementOf(graph: ContainerGraph, node: ContainerNode, base: ContainerNode): NodeKey | undefined {
  const services = graph
    .dependencies(node.key)
    .filter(({ to, reasons }) => to !== base.key && reasons.includes('depends-on'));
  // Compose restarts dependents with a service whose namespaces they share.
  const [only, ...others] = services.filter(({ propagatesRestart }) => propagatesRestart);
  if (only && others.length === 0) return only.to;
  const isReplacement = (other: GraphNode) =>
    other.kind === 'container' &&
    !other.unlisted &&
    other.name === base.name &&
    engineOf(other.key) === engineOf(base.key);
  return [...graph.nodes.values()].find(isReplacement)?.key;
}
