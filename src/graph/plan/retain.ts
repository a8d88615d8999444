import type { IndexedGraph } from '../model/adjacency';
import type { ContainerGraph } from '../model/graph';
import { engineOf, type GraphNode, isActive } from '../model/model';
import { isDependenciesFirst } from './lifecycleAction';
import type { PlanOptions, PlanSelection, RetainedNode, RetainReason } from './plan';

/**
 * Which of the included nodes stay after all: protected ones, those of engines that are away, running ones where those are
 * to be left alone, a kube service container while a pod of its engine stays, nodes that no engine lists. What such a node
 * needs stays with it (of a start: what needs it), and a pod that is not removed keeps the members that were only included
 * with it.
 */
export function findRetainedNodes(
  graph: ContainerGraph,
  included: PlanSelection,
  options: PlanOptions,
): RetainedNode[] {
  const { indexOf, nodes, successors, predecessors } = graph.numbered;
  const { action = 'remove' } = options;
  const up = isDependenciesFirst(action);
  const kept = new Map<number, RetainReason>();
  const open: number[] = [];
  const keep = (number: number | undefined, why: RetainReason) => {
    if (number === undefined || !included.has(number) || kept.has(number)) return;
    kept.set(number, why);
    open.push(number);
  };
  const spread = () => {
    for (let number = open.pop(); number !== undefined; number = open.pop()) {
      const node = nodes[number] as GraphNode;
      const { kind, key } = node;
      const { offsets, targets, hard } = up ? predecessors : successors;
      const why: RetainReason = { kind: up ? 'needs' : 'neededBy', node: key };
      for (let at = offsets[number] as number; at < (offsets[number + 1] as number); at++) {
        if (hard[at] === 1) keep(targets[at], why);
      }
      // A container that could not be inspected has no edge to its pod, and needs it all the same.
      if (!up && node.kind === 'container' && node.pod) keep(indexOf.get(node.pod), why);
      if (action !== 'remove') continue;
      for (const member of kind === 'pod' ? graph.membersOf(key) : []) {
        const one = indexOf.get(member.key) as number;
        if (included.reasonFor(one)?.kind === 'memberOf') keep(one, { kind: 'podStays', pod: key });
      }
    }
  };
  for (const key of options.excluded ?? []) keep(indexOf.get(graph.resolve(key)), { kind: 'excluded' });
  for (const number of included.indices) {
    const why = directReason(graph, nodes[number] as GraphNode, options);
    if (why) keep(number, why);
  }
  spread();
  if (action === 'remove') retainServiceContainers(graph.numbered, included, kept, keep);
  spread();
  return Array.from(kept, ([number, why]) => ({ node: nodes[number] as GraphNode, why }));
}

function directReason(graph: ContainerGraph, node: GraphNode, options: PlanOptions): RetainReason | undefined {
  if (node.kind === 'container' && node.unlisted) return { kind: 'unknown' };
  if (node.keptOut) return node.keptOut;
  const engine = options.unreachable?.get(engineOf(node.key));
  if (engine !== undefined) return { kind: 'engineAway', engine };
  const by = isDependenciesFirst(options.action ?? 'remove') ? undefined : options.protects?.(node, graph);
  if (by !== undefined) return { kind: 'protected', by };
  if (node.kind === 'pod') return undefined;
  return options.running === 'skip' && isActive(node.state) ? { kind: 'running' } : undefined;
}

/** Podman's service containers go with the last pod of `kube play`, and nothing tells which pods those are. */
function retainServiceContainers(
  { nodes }: IndexedGraph,
  included: PlanSelection,
  kept: ReadonlyMap<number, RetainReason>,
  keep: (number: number, why: RetainReason) => void,
) {
  const isService = (node: GraphNode | undefined) => node?.kind === 'container' && node.isKubeService;
  const services = included.indices.filter((number) => isService(nodes[number]));
  if (services.length === 0) return;
  const enginesWithPods = new Set<string>();
  nodes.forEach((node, number) => {
    const goes = included.has(number) && !kept.has(number);
    if (node.kind === 'pod' && !goes) enginesWithPods.add(engineOf(node.key));
  });
  for (const number of services) {
    if (enginesWithPods.has(engineOf((nodes[number] as GraphNode).key))) keep(number, { kind: 'service' });
  }
}
