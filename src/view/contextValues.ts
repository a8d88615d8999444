import type { ContainerGraph } from '../graph/model/graph';
import {
  type ContainerNode,
  type GraphNode,
  isActive,
  isHard,
  isStoppedUnit,
  type NodeKey,
} from '../graph/model/model';
import { appliesTo } from '../graph/plan/lifecycleAction';
import { firstProblem } from '../graph/plan/repair';
import type { Operation } from '../service/service';
import type { ItemContextValue } from './ids';
import type { NodeContext } from './nodeState';

type ContextValueInput = Pick<NodeContext, 'graph' | 'operationOf' | 'failureOf' | 'protectionOf'>;

/** Values of `viewItem` that the menus in package.json test. */
export function contextValues(node: GraphNode, context: ContextValueInput): ItemContextValue[] {
  const { graph } = context;
  const values: ItemContextValue[] = [node.kind];
  const containers = node.kind === 'pod' ? graph.membersOf(node.key) : [node];
  if (containers.some((container) => isActive(container.state))) values.push('active');
  if (isPublished(node, graph)) values.push('hasPublishedPort');
  if (node.systemdUnit?.file) values.push('hasUnitFile');
  if (dependentsOf(node, graph).length > 0) values.push('hasDependents');
  if (context.failureOf(node.key)) values.push('failed');
  if (context.operationOf(node.key)) {
    return containers.some(({ key }) => isStopping(context.operationOf(key)))
      ? [...values, 'busy', 'stopping']
      : [...values, 'busy'];
  }
  if (hasDependencies(node, graph)) values.push('hasDependencies');
  const isProtected = context.protectionOf(node) !== undefined;
  if (isStoppedUnit(node)) {
    const removal = isProtected ? 'protected' : 'hasQuadlet';
    return [...values, 'unlisted', 'stopped', ...(node.systemdUnit?.isDeletable ? ([removal] as const) : [])];
  }
  if (node.kind === 'container' && node.unlisted) return [...values, 'unlisted'];
  const removal = isProtected ? 'protected' : 'removable';
  const repairable = firstProblem(graph, node) ? (['repairable'] as const) : [];
  return [...values, ...stateContextValues(containers, node), ...repairable, removal];
}

/** Values of a group, from its pods and containers. */
export function groupContextValues(nodes: readonly GraphNode[], context: ContextValueInput): ItemContextValue[] {
  if (nodes.every(({ key }) => context.operationOf(key))) return ['group', 'busy'];
  const containers = nodes.flatMap((node) => (node.kind === 'pod' ? context.graph.membersOf(node.key) : [node]));
  const isProtected = nodes.every((node) => context.protectionOf(node));
  return ['group', ...stateContextValues(containers), isProtected ? 'protected' : 'removable'];
}

/** Whether a run waits for its exit, which **Kill Now** shortens. */
function isStopping(operation: Operation | undefined): boolean {
  return operation?.phase === 'stopping' || operation?.phase === 'restarting';
}

/** `running` can be stopped, `stopped` started, `paused` unpaused; a pod can have all three. */
export function stateContextValues(containers: readonly ContainerNode[], node?: GraphNode): ItemContextValue[] {
  if (node?.kind === 'pod' && containers.length === 0) return node.state === 'running' ? ['running'] : ['stopped'];
  const any = (matches: (state: ContainerNode['state']) => boolean) => containers.some(({ state }) => matches(state));
  return [
    ...(any(isActive) ? (['running'] as const) : []),
    ...(any((state) => appliesTo('start', state)) ? (['stopped'] as const) : []),
    ...(any((state) => state === 'paused') ? (['paused'] as const) : []),
  ];
}

/** Its own pod doesn't count. */
function hasDependencies(node: GraphNode, graph: ContainerGraph): boolean {
  const pod = node.kind === 'container' ? node.pod : undefined;
  return graph.dependencies(node.key).some((edge) => isHard(edge) && edge.to !== pod);
}

/** Whether it publishes a TCP port; a pod's ports are those of its infra container. */
function isPublished(node: GraphNode, graph: ContainerGraph): boolean {
  const container = node.kind === 'pod' ? graph.infraOf(node.key) : node;
  return container?.ports.some((port) => port.includes(' -> ') && port.endsWith('/tcp')) ?? false;
}

/** Direct dependents; a pod's own members don't count. */
export function dependentsOf(node: GraphNode, graph: ContainerGraph): NodeKey[] {
  const dependents = graph.dependents(node.key).map((edge) => edge.from);
  return node.kind === 'pod' ? dependents.filter((key) => graph.container(key)?.pod !== node.key) : dependents;
}
