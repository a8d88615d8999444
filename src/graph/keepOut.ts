import type { ContainerGraph } from './graph';
import type { NodeKey } from './model';
import { engineOf, isActive, isHard } from './model';
import type { PlanOptions, StayingNode, StayReason, Why } from './plan';

/**
 * Which of the included nodes stay after all: protected ones, running ones where those are to be left alone, a kube
 * service container while a pod of its engine stays, nodes that no engine lists. What such a node needs stays with it,
 * and a pod that stays keeps the members that were only included with it.
 */
export function keepOut(
  graph: ContainerGraph,
  included: ReadonlyMap<NodeKey, Why>,
  options: PlanOptions,
): StayingNode[] {
  const kept = new Map<NodeKey, StayReason>();
  const open: NodeKey[] = [];
  const keep = (key: NodeKey, why: StayReason) => {
    if (!included.has(key) || kept.has(key)) return;
    kept.set(key, why);
    open.push(key);
  };
  const spread = () => {
    for (let key = open.pop(); key !== undefined; key = open.pop()) {
      for (const edge of graph.dependencies(key)) if (isHard(edge)) keep(edge.to, { kind: 'neededBy', node: key });
      for (const member of graph.membersOf(key)) {
        if (included.get(member.key)?.kind === 'memberOf') keep(member.key, { kind: 'podStays', pod: key });
      }
    }
  };
  for (const key of options.excluded ?? []) keep(graph.resolve(key), { kind: 'excluded' });
  for (const key of included.keys()) {
    const why = ownReason(graph, key, options);
    if (why) keep(key, why);
  }
  spread();
  keepServiceContainers(graph, included, kept, keep);
  spread();
  return [...kept].flatMap(([key, why]) => {
    const node = graph.get(key);
    return node ? [{ node, why }] : [];
  });
}

function ownReason(graph: ContainerGraph, key: NodeKey, options: PlanOptions): StayReason | undefined {
  const node = graph.get(key);
  if (!node) return undefined;
  if (node.kind === 'container' && node.external) return { kind: 'unknown' };
  const by = options.protects?.(node, graph);
  if (by !== undefined) return { kind: 'protected', by };
  if (node.kind === 'pod') return undefined;
  return options.running === 'leave' && isActive(node.state) ? { kind: 'running' } : undefined;
}

/** Podman's service containers go with the last pod of `kube play`, and nothing tells which pods those are. */
function keepServiceContainers(
  graph: ContainerGraph,
  included: ReadonlyMap<NodeKey, Why>,
  kept: ReadonlyMap<NodeKey, StayReason>,
  keep: (key: NodeKey, why: StayReason) => void,
) {
  const services = [...included.keys()].filter((key) => graph.container(key)?.service);
  if (services.length === 0) return;
  const enginesWithPods = new Set<string>();
  for (const node of graph.nodes.values()) {
    const goes = included.has(node.key) && !kept.has(node.key);
    if (node.kind === 'pod' && !goes) enginesWithPods.add(engineOf(node.key));
  }
  for (const key of services) if (enginesWithPods.has(engineOf(key))) keep(key, { kind: 'service' });
}
