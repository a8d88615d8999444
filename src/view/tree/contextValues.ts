import type { ContainerGraph } from '../../graph/model/graph';
import { type ContainerNode, type GraphNode, isActive, isHard, type NodeKey } from '../../graph/model/model';
import type { ProtectionReason } from '../../graph/model/protection';
import { appliesTo } from '../../graph/plan/lifecycleAction';
import type { ActionFailure, Operation } from '../../service/service';
import type { ItemContextValue } from '../ids';

export interface ContextValueInput {
  operationOf(key: NodeKey): Operation | undefined;
  failureOf(key: NodeKey): ActionFailure | undefined;
  /** Undefined if the node isn't protected. */
  protectionOf(node: GraphNode): ProtectionReason | undefined;
  readonly layout: { readonly graph: ContainerGraph };
}

/** Values of `viewItem` that the menus in package.json test. */
export function contextValues(node: GraphNode, context: ContextValueInput): ItemContextValue[] {
  const values: ItemContextValue[] = [node.kind];
  const containers = node.kind === 'pod' ? context.layout.graph.membersOf(node.key) : [node];
  if (containers.some((container) => isActive(container.state))) values.push('active');
  if (isPublished(node, context)) values.push('hasPublishedPort');
  if (dependentsOf(node, context.layout).length > 0) values.push('hasDependents');
  if (context.failureOf(node.key)) values.push('failed');
  if (context.operationOf(node.key)) {
    return containers.some(({ key }) => isStopping(context.operationOf(key)))
      ? [...values, 'busy', 'stopping']
      : [...values, 'busy'];
  }
  if (hasDependencies(node, context)) values.push('hasDependencies');
  const states = stateContextValues(containers, node);
  // A protected node can be started, but not stopped.
  if (context.protectionOf(node)) return [...values, ...states.filter((state) => state !== 'running'), 'protected'];
  return node.kind === 'container' && node.unlisted ? [...values, 'unlisted'] : [...values, ...states, 'removable'];
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
function hasDependencies(node: GraphNode, { layout }: ContextValueInput): boolean {
  const pod = node.kind === 'container' ? node.pod : undefined;
  return layout.graph.dependencies(node.key).some((edge) => isHard(edge) && edge.to !== pod);
}

/** Whether it publishes a TCP port; a pod's ports are those of its infra container. */
function isPublished(node: GraphNode, { layout }: ContextValueInput): boolean {
  const container = node.kind === 'pod' ? layout.graph.infraOf(node.key) : node;
  return container?.ports.some((port) => port.includes(' -> ') && port.endsWith('/tcp')) ?? false;
}

/** Direct dependents; a pod's own members don't count. */
export function dependentsOf(node: GraphNode, layout: { readonly graph: ContainerGraph }): NodeKey[] {
  const dependents = layout.graph.dependents(node.key).map((edge) => edge.from);
  return node.kind === 'pod' ? dependents.filter((key) => layout.graph.container(key)?.pod !== node.key) : dependents;
}
