import { l10n } from 'vscode';
import {
  type ContainerNode,
  type EngineId,
  engineOf,
  type GraphNode,
  isActive,
  type NodeKey,
} from '../../graph/model/model';
import type { EngineStatus } from '../../service/service';
import { contextValues, groupContextValues, stateContextValues } from '../contextValues';
import type { ResourceLayer } from '../../graph/model/resourceLayer';
import type { ItemContextValue } from '../ids';
import { buildNodeState, groupState, nameIn, type NodeContext, type NodeState } from '../nodeState';
import { defaultText, engineStateText, problemLabel } from '../text/engines';
import { countText, imageName, plainText, podsAndContainers, summarizeNames } from '../text/format';
import { relationText } from '../text/paths';
import { displayName } from '../text/plan';
import { groupAriaLabel, groupKind, groupTitle } from '../text/state';
import { chunkIcon, cycleIcon, dimmed, engineIcon, type TreeIcon, shapeIcon, shieldIcon } from './icons';
import type { ResourceRows } from './resourceRows';
import type { ChunkElement, EngineElement, GroupElement, NodeElement, TreeElement } from './treeElement';
import type { TreeStructure } from './treeStructure';

/** One tree item, without its tooltip. */
export interface TreeItemPresentation {
  readonly label: string;
  readonly description: string;
  /** Name, state, pod, number of dependents. */
  readonly ariaLabel: string;
  readonly icon: TreeIcon;
  readonly contextValues: readonly ItemContextValue[];
  /** A last known state of a disconnected engine, or the context of a filter's matches. */
  readonly isDimmed?: boolean;
}

export interface PresentationContext extends NodeContext {
  readonly layout: TreeStructure;
  nodesIn(chunk: ChunkElement): readonly NodeKey[];
  readonly engines: ReadonlyMap<EngineId, EngineStatus>;
  /** Undefined while volumes, networks and images are not shown. */
  readonly layer: ResourceLayer | undefined;
  readonly resourceRows: ResourceRows | undefined;
}

export function presentElement(element: TreeElement, context: PresentationContext): TreeItemPresentation {
  if (element.kind === 'engine') return presentEngine(element, context);
  const presentation = presentRow(element, context);
  const engine = element.kind === 'node' ? engineOf(element.key) : element.engine;
  if (isUnreachable(engine, context)) return stale(presentation);
  if (element.kind !== 'node' || context.layout.isMatch(element.key)) return presentation;
  const ariaLabel = l10n.t("{0}, doesn't match the filter", presentation.ariaLabel);
  return { ...presentation, icon: dimmed(presentation.icon), isDimmed: true, ariaLabel };
}

function presentRow(element: Exclude<TreeElement, EngineElement>, context: PresentationContext): TreeItemPresentation {
  if (element.kind === 'group') return presentGroup(element, context);
  if (element.kind === 'chunk') return presentChunk(element, context);
  const node = context.graph.get(element.key);
  if (node) return presentNode(element, node, context);
  const { layer, resourceRows } = context;
  const resource = layer?.nodes.get(element.key);
  return (resource && layer && resourceRows?.presentResource(resource, layer, context)) ?? removedItem;
}

function isUnreachable(engine: EngineId, { engines }: PresentationContext): boolean {
  const state = engines.get(engine)?.state;
  return state === 'disconnected' || state === 'denied';
}

/** Dimmed, because a green icon would claim that it runs now. */
function stale(presentation: TreeItemPresentation): TreeItemPresentation {
  const ariaLabel = l10n.t('{0}, last known state', presentation.ariaLabel);
  const isFailed = presentation.contextValues.includes('failed');
  const icon = isFailed ? presentation.icon : dimmed(presentation.icon);
  return { ...presentation, icon, isDimmed: true, ariaLabel };
}

/** Of a node that was removed before the editor refreshed its item. */
const removedItem: TreeItemPresentation = {
  label: '',
  description: '',
  ariaLabel: '',
  icon: cycleIcon,
  contextValues: [],
};

/** Aria labels join by commas, which a screen reader speaks as pauses. */
const join = (parts: readonly (string | undefined)[], by = ' · ') => parts.filter(Boolean).join(by);

function presentEngine(element: EngineElement, context: PresentationContext): TreeItemPresentation {
  const status = context.engines.get(element.engine);
  if (!status) return removedItem;
  const label = plainText(status.label);
  const state = status.state === 'live' ? plainText(status.info?.title ?? '') : engineStateText(status);
  const problem = status.state === 'live' ? problemLabel(status) : '';
  const version = status.isDemo ? l10n.t('sample containers, nothing real') : state;
  const description = join([version, problem, status.defaultFor && l10n.t('default')]);
  return {
    label,
    description,
    ariaLabel: join([label, version, problem, defaultText(status.defaultFor)], ', '),
    icon: engineIcon(status.state === 'live' || status.state === 'connecting', status.isDemo),
    contextValues: [
      'engine',
      ...(status.isDemo ? (['demo'] as const) : []),
      ...(context.layout.top(element.engine).length > 0
        ? (['removable', ...stateContextValues(containersOn(element, context))] as const)
        : []),
    ],
  };
}

function presentGroup(element: GroupElement, context: PresentationContext): TreeItemPresentation {
  const { graph } = context.layout;
  const group = context.layout.group(element.group);
  if (!group) return removedItem;
  if (group.by === 'resource')
    return (context.layer && context.resourceRows?.presentGroup(group, context.layer)) ?? removedItem;
  const nodes = group.nodes.flatMap((key) => graph.get(key) ?? []);
  const containers = group.nodes.flatMap((key) => graph.container(key) ?? graph.membersOf(key));
  const label = groupTitle(group);
  const { text, tone } = groupState(containers);
  // When grouped by state, the title is the state.
  const description = join(group.by === 'state' ? [String(containers.length)] : [groupKind(group), text]);
  return {
    label,
    description,
    ariaLabel: join([label, groupAriaLabel(group), podsAndContainers(0, containers.length)], ', '),
    icon: shapeIcon('box', tone),
    contextValues: [
      ...groupContextValues(nodes, context),
      ...(group.by === 'project' && group.name ? (['project'] as const) : []),
    ],
  };
}

function presentChunk(element: ChunkElement, context: PresentationContext): TreeItemPresentation {
  const keys = context.nodesIn(element);
  const [first, last] = [keys[0], keys.at(-1)];
  if (first === undefined || last === undefined) return removedItem;
  const nameOf = (key: NodeKey) => plainText(context.layer?.nodes.get(key)?.name ?? nameIn(context.graph, key));
  const [from, to] = [nameOf(first), nameOf(last)];
  const containers = keys.flatMap((key) => context.layout.graph.container(key) ?? context.layout.graph.membersOf(key));
  const running = containers.filter((container) => isActive(container.state)).length;
  const description = join([String(keys.length), running > 0 ? l10n.t('{0} running', running) : undefined]);
  return {
    label: l10n.t('{0} … {1}', from, to),
    description,
    ariaLabel: l10n.t('from {0} to {1}, {2}', from, to, description),
    icon: chunkIcon,
    contextValues: context.layout.isResource(first) ? ['resources'] : ['chunk', 'removable'],
  };
}

function presentNode(element: NodeElement, node: GraphNode, context: PresentationContext): TreeItemPresentation {
  const label = displayName(node);
  if (element.closesCycle) {
    const description = l10n.t('depends on itself through the nodes above');
    return {
      label,
      description,
      ariaLabel: join([label, description], ', '),
      icon: cycleIcon,
      contextValues: contextValues(node, context),
    };
  }
  const state = buildNodeState(node, context);
  const { detail, isProtected, shape, tone } = state;
  const elsewhere = otherParents(element, context);
  const count = dependentCountText(state);
  return {
    label,
    description: detail ?? join([...facts(element, node, state, context), count, alsoUnder(elsewhere)]),
    ariaLabel: join([...state.ariaParts, count, alsoUnder(elsewhere)], ', '),
    icon: isProtected && detail === undefined ? shieldIcon(tone) : shapeIcon(shape, tone),
    contextValues: state.contextValues,
  };
}

/** A row omits what its icon and its parent show, and the image where it also names another parent. */
function facts(
  element: NodeElement,
  node: GraphNode,
  { state, isPlain, isProtected }: NodeState,
  context: PresentationContext,
): (string | undefined)[] {
  const protectedText = isProtected ? l10n.t('protected') : undefined;
  if (node.kind === 'pod') return [l10n.t('pod'), state, protectedText];
  const edge = parentEdge(element, node, context);
  const image = otherParents(element, context).length > 0 ? undefined : imageName(node.image);
  return [isPlain ? undefined : state, edge && relationText(edge), image, protectedText];
}

function dependentCountText({ dependents }: NodeState): string | undefined {
  return dependents.length > 0 ? l10n.t('required by {0}', countText(dependents.length)) : undefined;
}

/** The edge to the parent row; undefined for membership in a pod. */
function parentEdge({ parent }: NodeElement, node: GraphNode, { graph }: PresentationContext) {
  if (parent?.kind !== 'node' || (node.kind === 'container' && node.pod === parent.key)) return undefined;
  return graph.dependencies(node.key).find((edge) => edge.to === parent.key);
}

/** Names of the other rows that list the node. */
function otherParents(element: NodeElement, { layout, graph }: PresentationContext): string[] {
  const here = element.parent?.kind === 'node' ? element.parent.key : undefined;
  const others = layout.parentsOf(element.key).filter((key) => key !== here && key !== element.key);
  const names: string[] = others.map((key) => nameIn(graph, key));
  const group = layout.groupOf(element.key);
  if ((group?.by === 'project' || group?.by === 'application') && group.name && element.parent?.kind === 'node')
    names.unshift(groupTitle(group));
  return names;
}

function alsoUnder(names: readonly string[]): string | undefined {
  return names.length > 0 ? l10n.t('also under {0}', summarizeNames(names, 1)) : undefined;
}

function containersOn({ engine }: EngineElement, { layout }: PresentationContext): ContainerNode[] {
  return [...layout.graph.nodes.values()].flatMap((node) =>
    node.kind === 'container' && !node.unlisted && engineOf(node.key) === engine ? [node] : [],
  );
}
