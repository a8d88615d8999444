import { concerns } from '../../graph/action';
import type { ContainerGraph } from '../../graph/graph';
import type { ContainerNode, GraphNode, NodeKey } from '../../graph/model';
import { isActive, isHard } from '../../graph/model';
import type { Protection } from '../../graph/protection';
import type { Failure, Operation } from '../../service/service';
import type { ItemWord } from '../names';

/** The little that the words of a menu follow from. */
export interface WordSight {
  operationOf(key: NodeKey): Operation | undefined;
  failureOf(key: NodeKey): Failure | undefined;
  /** By which rule a node is kept out of removals. */
  protectionOf(node: GraphNode): Protection | undefined;
  readonly layout: { readonly graph: ContainerGraph };
}

/** The words by which menus know what fits a node. */
export function wordsOf(node: GraphNode, sight: WordSight): ItemWord[] {
  const words: ItemWord[] = [node.kind];
  const containers = node.kind === 'pod' ? sight.layout.graph.membersOf(node.key) : [node];
  if (containers.some((container) => isActive(container.state))) words.push('active');
  if (isPublished(node, sight)) words.push('published');
  if (dependentsOf(node, sight.layout).length > 0) words.push('needed');
  if (sight.failureOf(node.key)) words.push('failed');
  if (sight.operationOf(node.key)) {
    return containers.some(({ key }) => isStopping(sight.operationOf(key)))
      ? [...words, 'busy', 'stopping']
      : [...words, 'busy'];
  }
  if (needsOthers(node, sight)) words.push('needs');
  const states = stateWords(containers, node);
  // What is protected can be brought up, and not taken down.
  if (sight.protectionOf(node)) return [...words, ...states.filter((word) => word !== 'running'), 'protected'];
  return node.kind === 'container' && node.external ? [...words, 'external'] : [...words, ...states, 'removable'];
}

/** Whether a run waits for its exit: **Kill Now** ends that. */
function isStopping(operation: Operation | undefined): boolean {
  return operation?.phase === 'stopping' || operation?.phase === 'restarting';
}

/** What could be done: `running` can be stopped, `stopped` started, `paused` resumed; a pod may be all of these. */
export function stateWords(containers: readonly ContainerNode[], node?: GraphNode): ItemWord[] {
  if (node?.kind === 'pod' && containers.length === 0) return node.state === 'running' ? ['running'] : ['stopped'];
  const any = (fits: (state: ContainerNode['state']) => boolean) => containers.some(({ state }) => fits(state));
  return [
    ...(any(isActive) ? (['running'] as const) : []),
    ...(any((state) => concerns('start', state)) ? (['stopped'] as const) : []),
    ...(any((state) => state === 'paused') ? (['paused'] as const) : []),
  ];
}

/** Whether a container needs others than its own pod. */
function needsOthers(node: GraphNode, { layout }: WordSight): boolean {
  const pod = node.kind === 'container' ? node.pod : undefined;
  return layout.graph.dependencies(node.key).some((edge) => isHard(edge) && edge.to !== pod);
}

/** Whether a port of it can be opened from outside; a pod's ports are those of its infra container. */
function isPublished(node: GraphNode, { layout }: WordSight): boolean {
  const container = node.kind === 'pod' ? layout.graph.infraOf(node.key) : node;
  return container?.ports.some((port) => port.includes(' -> ') && port.endsWith('/tcp')) ?? false;
}

/** What needs a node, but for a pod's own members. */
export function dependentsOf(node: GraphNode, layout: { readonly graph: ContainerGraph }): NodeKey[] {
  const dependents = layout.graph.dependents(node.key).map((edge) => edge.from);
  return node.kind === 'pod' ? dependents.filter((key) => layout.graph.container(key)?.pod !== node.key) : dependents;
}
