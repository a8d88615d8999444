import type { IndexedGraph } from '../model/adjacency';
import type { ContainerGraph } from '../model/graph';
import { engineOf, type GraphNode, isActive, isStoppedUnit } from '../model/model';
import type { ProtectionReason } from '../model/protection';
import { type Action, isDependenciesFirst } from './lifecycleAction';
import { canChangeStoppedUnit, retainingObstacle } from './managed';
import { obstacleOf } from './recipeProblem';
import type { PlanOptions, PlanSelection, RetainedNode, RetainReason } from './plan';

/**
 * The included nodes that must be retained: for a direct reason, or as a kube service container with retained pods; their
 * dependencies (for a start: dependents); members that were included only through a retained pod.
 */
export function findRetainedNodes(
  graph: ContainerGraph,
  included: PlanSelection,
  options: PlanOptions,
): RetainedNode[] {
  const { indexOf, nodes, successors, predecessors } = graph.indexed;
  const { action = 'remove' } = options;
  const dependenciesFirst = isDependenciesFirst(action);
  const retained = new Map<number, RetainReason>();
  const pending: number[] = [];
  const retain = (index: number | undefined, why: RetainReason) => {
    if (index === undefined || !included.has(index) || retained.has(index)) return;
    retained.set(index, why);
    pending.push(index);
  };
  const propagate = () => {
    for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
      const node = nodes[index] as GraphNode;
      const { kind, key } = node;
      const { offsets, targets, hard } = dependenciesFirst ? predecessors : successors;
      const why: RetainReason = { kind: dependenciesFirst ? 'needs' : 'neededBy', node: key };
      for (let at = offsets[index] as number; at < (offsets[index + 1] as number); at++) {
        if (hard[at] === 1) retain(targets[at], why);
      }
      // A container whose inspect failed has no edge to its pod.
      if (!dependenciesFirst && node.kind === 'container' && node.pod) retain(indexOf.get(node.pod), why);
      if (action !== 'remove') continue;
      for (const member of kind === 'pod' ? graph.membersOf(key) : []) {
        const one = indexOf.get(member.key) as number;
        if (included.reasonFor(one)?.kind === 'memberOf') retain(one, { kind: 'podRetained', pod: key });
      }
    }
  };
  for (const key of options.excluded ?? []) retain(indexOf.get(graph.resolve(key)), { kind: 'excluded' });
  for (const index of included.indices) {
    const why = directReason(graph, nodes[index] as GraphNode, options);
    if (why) retain(index, why);
  }
  propagate();
  if (action === 'remove') retainServiceContainers(graph.indexed, included, retained, retain);
  propagate();
  return Array.from(retained, ([index, why]) => ({ node: nodes[index] as GraphNode, why }));
}

function directReason(graph: ContainerGraph, node: GraphNode, options: PlanOptions): RetainReason | undefined {
  const { action = 'remove' } = options;
  const isUnit = isStoppedUnit(node) && canChangeStoppedUnit(node.key, options);
  if (node.kind === 'container' && node.unlisted && !isUnit) return { kind: 'unknown' };
  if (node.unmanageable) return node.unmanageable;
  const engine = options.unreachable?.get(engineOf(node.key));
  if (engine !== undefined) return { kind: 'engineUnavailable', engine };
  const obstacle = obstacleOf(options.problems?.get(node.key));
  if (obstacle) return { kind: 'notCreatable', problem: obstacle };
  const by = options.protects?.(node, graph);
  if (by !== undefined && protectsFrom(action, by)) return { kind: 'protected', by };
  const managed = retainingObstacle(node, options);
  if (managed?.obstacle) return { kind: 'systemdUnreachable', unit: managed.unit, obstacle: managed.obstacle };
  if (node.kind === 'pod') return undefined;
  return options.running === 'skip' && isActive(node.state) ? { kind: 'running' } : undefined;
}

/** Names and labels protect from removal; the container of this window is also never stopped. */
function protectsFrom(action: Action, by: ProtectionReason): boolean {
  if (action === 'remove') return true;
  return (by === 'ownContainer' || by === 'selfRelated') && !isDependenciesFirst(action);
}

/** Podman removes a service container with the last pod of `kube play`, but does not report which pods are its own. */
function retainServiceContainers(
  { nodes }: IndexedGraph,
  included: PlanSelection,
  retained: ReadonlyMap<number, RetainReason>,
  retain: (index: number, why: RetainReason) => void,
) {
  const isService = (node: GraphNode | undefined) => node?.kind === 'container' && node.isKubeService;
  const services = included.indices.filter((index) => isService(nodes[index]));
  if (services.length === 0) return;
  const enginesWithPods = new Set<string>();
  nodes.forEach((node, index) => {
    const isRemoved = included.has(index) && !retained.has(index);
    if (node.kind === 'pod' && !isRemoved) enginesWithPods.add(engineOf(node.key));
  });
  for (const index of services) {
    if (enginesWithPods.has(engineOf((nodes[index] as GraphNode).key))) retain(index, { kind: 'service' });
  }
}
