import type { ContainerGraph } from '../../graph/model/graph';
import { type ContainerNode, type GraphNode, isActive, isHard, type NodeKey } from '../../graph/model/model';
import type { ProtectionReason } from '../../graph/model/protection';
import { appliesTo } from '../../graph/plan/lifecycleAction';
import type { ActionFailure, Operation } from '../../service/service';
import type { ItemContextValue } from '../ids';

/** The little that the words of a menu follow from. */
export interface ContextValueInput {
  operationOf(key: NodeKey): Operation | undefined;
  failureOf(key: NodeKey): ActionFailure | undefined;
  /** By which rule a node is kept out of removals. */
  protectionOf(node: GraphNode): ProtectionReason | undefined;
  readonly layout: { readonly graph: ContainerGraph };
}

/** The words by which menus know what fits a node. */
export function contextValues(node: GraphNode, context: ContextValueInput): ItemContextValue[] {
  const text: ItemContextValue[] = [node.kind];
  const containers = node.kind === 'pod' ? context.layout.graph.membersOf(node.key) : [node];
  if (containers.some((container) => isActive(container.state))) text.push('active');
  if (isPublished(node, context)) text.push('hasPublishedPort');
  if (dependentsOf(node, context.layout).length > 0) text.push('hasDependents');
  if (context.failureOf(node.key)) text.push('failed');
  if (context.operationOf(node.key)) {
    return containers.some(({ key }) => isStopping(context.operationOf(key)))
      ? [...text, 'busy', 'stopping']
      : [...text, 'busy'];
  }
  if (needsOthers(node, context)) text.push('hasDependencies');
  const states = stateContextValues(containers, node);
  // What is protected can be brought up, and not taken down.
  if (context.protectionOf(node)) return [...text, ...states.filter((word) => word !== 'running'), 'protected'];
  return node.kind === 'container' && node.unlisted ? [...text, 'unlisted'] : [...text, ...states, 'removable'];
}

/** Whether a run waits for its exit: **Kill Now** ends that. */
function isStopping(operation: Operation | undefined): boolean {
  return operation?.phase === 'stopping' || operation?.phase === 'restarting';
}

/** What could be done: `running` can be stopped, `stopped` started, `paused` resumed; a pod may be all of these. */
export function stateContextValues(containers: readonly ContainerNode[], node?: GraphNode): ItemContextValue[] {
  if (node?.kind === 'pod' && containers.length === 0) return node.state === 'running' ? ['running'] : ['stopped'];
  const any = (fits: (state: ContainerNode['state']) => boolean) => containers.some(({ state }) => fits(state));
  return [
    ...(any(isActive) ? (['running'] as const) : []),
    ...(any((state) => appliesTo('start', state)) ? (['stopped'] as const) : []),
    ...(any((state) => state === 'paused') ? (['paused'] as const) : []),
  ];
}

/** Whether a container needs others than its own pod. */
function needsOthers(node: GraphNode, { layout }: ContextValueInput): boolean {
  const pod = node.kind === 'container' ? node.pod : undefined;
  return layout.graph.dependencies(node.key).some((edge) => isHard(edge) && edge.to !== pod);
}

/** Whether a port of it can be opened from outside; a pod's ports are those of its infra container. */
function isPublished(node: GraphNode, { layout }: ContextValueInput): boolean {
  const container = node.kind === 'pod' ? layout.graph.infraOf(node.key) : node;
  return container?.ports.some((port) => port.includes(' -> ') && port.endsWith('/tcp')) ?? false;
}

/** What needs a node, but for a pod's own members. */
export function dependentsOf(node: GraphNode, layout: { readonly graph: ContainerGraph }): NodeKey[] {
  const dependents = layout.graph.dependents(node.key).map((edge) => edge.from);
  return node.kind === 'pod' ? dependents.filter((key) => layout.graph.container(key)?.pod !== node.key) : dependents;
}
