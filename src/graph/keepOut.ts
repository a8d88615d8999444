import { goesUp } from './action';
import type { ContainerGraph } from './graph';
import type { Included } from './included';
import type { Numbered } from './links';
import type { GraphNode } from './model';
import { engineOf, isActive } from './model';
import type { PlanOptions, StayingNode, StayReason } from './plan';

/**
 * Which of the included nodes stay after all: protected ones, those of engines that are away, running ones where those are
 * to be left alone, a kube service container while a pod of its engine stays, nodes that no engine lists. What such a node
 * needs stays with it (of a start: what needs it), and a pod that is not removed keeps the members that were only included
 * with it.
 */
export function keepOut(graph: ContainerGraph, included: Included, options: PlanOptions): StayingNode[] {
  const { numbers, nodes, out, into } = graph.numbered;
  const { action = 'remove' } = options;
  const up = goesUp(action);
  const kept = new Map<number, StayReason>();
  const open: number[] = [];
  const keep = (number: number | undefined, why: StayReason) => {
    if (number === undefined || !included.has(number) || kept.has(number)) return;
    kept.set(number, why);
    open.push(number);
  };
  const spread = () => {
    for (let number = open.pop(); number !== undefined; number = open.pop()) {
      const node = nodes[number] as GraphNode;
      const { kind, key } = node;
      const { start, ends, hard } = up ? into : out;
      const why: StayReason = { kind: up ? 'needs' : 'neededBy', node: key };
      for (let at = start[number] as number; at < (start[number + 1] as number); at++) {
        if (hard[at] === 1) keep(ends[at], why);
      }
      // A container that could not be inspected has no edge to its pod, and needs it all the same.
      if (!up && node.kind === 'container' && node.pod) keep(numbers.get(node.pod), why);
      if (action !== 'remove') continue;
      for (const member of kind === 'pod' ? graph.membersOf(key) : []) {
        const one = numbers.get(member.key) as number;
        if (included.why(one)?.kind === 'memberOf') keep(one, { kind: 'podStays', pod: key });
      }
    }
  };
  for (const key of options.excluded ?? []) keep(numbers.get(graph.resolve(key)), { kind: 'excluded' });
  for (const number of included.numbers) {
    const why = ownReason(graph, nodes[number] as GraphNode, options);
    if (why) keep(number, why);
  }
  spread();
  if (action === 'remove') keepServiceContainers(graph.numbered, included, kept, keep);
  spread();
  return Array.from(kept, ([number, why]) => ({ node: nodes[number] as GraphNode, why }));
}

function ownReason(graph: ContainerGraph, node: GraphNode, options: PlanOptions): StayReason | undefined {
  if (node.kind === 'container' && node.external) return { kind: 'unknown' };
  if (node.keptOut) return node.keptOut;
  const engine = options.away?.get(engineOf(node.key));
  if (engine !== undefined) return { kind: 'engineAway', engine };
  const by = goesUp(options.action ?? 'remove') ? undefined : options.protects?.(node, graph);
  if (by !== undefined) return { kind: 'protected', by };
  if (node.kind === 'pod') return undefined;
  return options.running === 'leave' && isActive(node.state) ? { kind: 'running' } : undefined;
}

/** Podman's service containers go with the last pod of `kube play`, and nothing tells which pods those are. */
function keepServiceContainers(
  { nodes }: Numbered,
  included: Included,
  kept: ReadonlyMap<number, StayReason>,
  keep: (number: number, why: StayReason) => void,
) {
  const isService = (node: GraphNode | undefined) => node?.kind === 'container' && node.service;
  const services = included.numbers.filter((number) => isService(nodes[number]));
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
