import { l10n } from 'vscode';
import {
  type ContainerNode,
  type EngineId,
  engineOf,
  type GraphNode,
  isActive,
  type NodeKey,
  type PodNode,
  shortId,
} from '../../graph/model/model';
import type { EngineStatus } from '../../service/service';
import type { ItemContextValue } from '../ids';
import { defaultText, engineStateText, problemLabel } from '../text/engines';
import { countText, type DisplayText, imageName, joinList, plainText, podsAndContainers } from '../text/format';
import { operationText, outcomeText } from '../text/outcome';
import { edgeText } from '../text/paths';
import { nameOfKey } from '../text/plan';
import {
  containerStateText,
  groupAriaLabel,
  groupKind,
  groupTitle,
  membersOf,
  podStateText,
  stateText,
} from '../text/state';
import { type ContextValueInput, contextValues, dependentsOf, stateContextValues } from './contextValues';
import {
  chunkIcon,
  cycleIcon,
  dimmed,
  engineIcon,
  failedIcon,
  groupIcon,
  type Icon,
  nodeIcon,
  operationIcon,
  otherWindowIcon,
} from './icons';
import type { ChunkElement, EngineElement, GroupElement, NodeElement, TreeElement } from './treeElement';
import type { TreeStructure } from './treeStructure';

/** One tree item, without its tooltip. */
export interface TreeItemPresentation {
  readonly label: string;
  readonly description: string;
  /** Name, state, pod, number of dependents. */
  readonly ariaLabel: string;
  readonly icon: Icon;
  readonly contextValues: readonly ItemContextValue[];
  /** The engine is disconnected, and this is its last known state. */
  readonly isStale?: boolean;
}

export interface PresentationContext extends ContextValueInput {
  readonly layout: TreeStructure;
  nodesIn(chunk: ChunkElement): readonly NodeKey[];
  readonly engines: ReadonlyMap<EngineId, EngineStatus>;
  /** Whether a run of another window includes it. */
  isBusyInOtherWindow(key: NodeKey): boolean;
  /** Milliseconds since the epoch. */
  now(): number;
}

export function presentElement(element: TreeElement, context: PresentationContext): TreeItemPresentation {
  if (element.kind === 'engine') return presentEngine(element, context);
  const presentation = presentRow(element, context);
  const engine = element.kind === 'node' ? engineOf(element.key) : element.engine;
  return isUnreachable(engine, context) ? stale(presentation) : presentation;
}

function presentRow(element: Exclude<TreeElement, EngineElement>, context: PresentationContext): TreeItemPresentation {
  if (element.kind === 'group') return presentGroup(element, context);
  if (element.kind === 'chunk') return presentChunk(element, context);
  const node = context.layout.graph.get(element.key);
  return node ? presentNode(element, node, context) : removedItem;
}

function isUnreachable(engine: EngineId, { engines }: PresentationContext): boolean {
  const state = engines.get(engine)?.state;
  return state === 'disconnected' || state === 'denied';
}

/** Dimmed, because a green icon would claim that it runs now. */
function stale(presentation: TreeItemPresentation): TreeItemPresentation {
  const icon = presentation.icon.color === failedIcon.color ? presentation.icon : dimmed(presentation.icon);
  return { ...presentation, icon, isStale: true, ariaLabel: l10n.t('{0}, last known state', presentation.ariaLabel) };
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
  const containers = group.nodes.flatMap((key) => graph.container(key) ?? graph.membersOf(key));
  const label = groupTitle(group);
  const busy = group.nodes.every((key) => context.operationOf(key));
  const active = containers.filter((container) => isActive(container.state)).length;
  const state = membersOf(active === containers.length ? 'running' : active > 0 ? 'degraded' : 'exited', containers);
  // When grouped by state, the title is the state.
  const description = join(group.by === 'state' ? [String(containers.length)] : [groupKind(group), state]);
  return {
    label,
    description,
    ariaLabel: join([label, groupAriaLabel(group), podsAndContainers(0, containers.length)], ', '),
    icon: groupIcon,
    contextValues: busy ? ['group', 'busy'] : ['group', 'removable', ...stateContextValues(containers)],
  };
}

function presentChunk(element: ChunkElement, context: PresentationContext): TreeItemPresentation {
  const keys = context.nodesIn(element);
  const [first, last] = [keys[0], keys.at(-1)];
  if (first === undefined || last === undefined) return removedItem;
  const [from, to] = [displayName(first, context), displayName(last, context)];
  const containers = keys.flatMap((key) => context.layout.graph.container(key) ?? context.layout.graph.membersOf(key));
  const running = containers.filter((container) => isActive(container.state)).length;
  const description = join([String(keys.length), running > 0 ? l10n.t('{0} running', running) : undefined]);
  return {
    label: l10n.t('{0} … {1}', from, to),
    description,
    ariaLabel: l10n.t('from {0} to {1}, {2}', from, to, description),
    icon: chunkIcon,
    contextValues: ['chunk', 'removable'],
  };
}

function presentNode(element: NodeElement, node: GraphNode, context: PresentationContext): TreeItemPresentation {
  const label = plainText(node.name) || shortId(node.id);
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
  const operation = context.operationOf(node.key);
  const failure = operation ? undefined : context.failureOf(node.key);
  const failed = failure && outcomeText(failure.outcome, (key) => displayName(key, context), failure.action);
  const dependentCount = dependentCountText(node, context);
  const isBusyElsewhere = !operation && context.isBusyInOtherWindow(node.key);
  const stateDetail = operation
    ? operationText(operation, context.now(), dependentCount !== undefined)
    : isBusyElsewhere
      ? l10n.t('in progress in another window')
      : failed;
  const isProtected = context.protectionOf(node) !== undefined;
  const protectedText = isProtected ? l10n.t('protected') : undefined;
  const facts = node.kind === 'pod' ? podFacts(node, context) : containerFacts(element, node, context);
  return {
    label,
    description:
      stateDetail ??
      join([
        ...facts,
        hiddenPodText(element, node, context),
        protectedText,
        dependentCount,
        alsoUnder(element, context),
      ]),
    ariaLabel: join(
      [
        label,
        ariaState(node, context),
        stateDetail,
        inPod(node, context),
        protectedText,
        dependentCount,
        alsoUnder(element, context),
      ],
      ', ',
    ),
    icon: operation
      ? operationIcon(operation.phase)
      : isBusyElsewhere
        ? otherWindowIcon
        : failed
          ? failedIcon
          : nodeIcon(node, isProtected),
    contextValues: contextValues(node, context),
  };
}

function podFacts(pod: PodNode, { layout }: PresentationContext): string[] {
  return [l10n.t('pod'), membersOf(pod.state, layout.graph.membersOf(pod.key))];
}

function containerFacts(
  element: NodeElement,
  node: ContainerNode,
  context: PresentationContext,
): (string | undefined)[] {
  const state = node.state === 'running' ? undefined : stateText(node);
  const edge = element.parent?.kind === 'node' ? edgeTo(node, element.parent.key, context) : undefined;
  const relation = edge && edgeText(edge, displayName(edge.to, context));
  return [state, relation ?? imageName(node.image)];
}

/** The edge to the parent element; undefined for membership in a pod. */
function edgeTo(node: ContainerNode, parent: NodeKey, { layout }: PresentationContext) {
  return node.pod === parent ? undefined : layout.graph.dependencies(node.key).find((edge) => edge.to === parent);
}

function dependentCountText(node: GraphNode, { layout }: PresentationContext): string | undefined {
  const count = dependentsOf(node, layout).length;
  return count > 0 ? l10n.t('required by {0}', countText(count)) : undefined;
}

function alsoUnder(element: NodeElement, context: PresentationContext): string | undefined {
  const here = element.parent?.kind === 'node' ? element.parent.key : undefined;
  const others = context.layout.parentsOf(element.key).filter((key) => key !== here && key !== element.key);
  const names = others.map((key) => displayName(key, context));
  const group = context.layout.groupOf(element.key);
  if (group?.by === 'project' && group.name && element.parent?.kind === 'node') names.unshift(groupTitle(group));
  return names.length > 0 ? l10n.t('also listed under {0}', joinList(names)) : undefined;
}

function ariaState(node: GraphNode, { layout }: PresentationContext): string {
  if (node.kind === 'container') return node.unlisted ? stateText(node) : containerStateText(node.state);
  return l10n.t(
    'pod, {0}, {1}',
    podStateText(node.state),
    podsAndContainers(0, layout.graph.membersOf(node.key).length),
  );
}

function inPod(node: GraphNode, context: PresentationContext): string | undefined {
  return node.kind === 'container' && node.pod ? l10n.t('in pod {0}', displayName(node.pod, context)) : undefined;
}

/** The pod of a member at the top level, whose pod is hidden by the filter. */
function hiddenPodText(element: NodeElement, node: GraphNode, context: PresentationContext): string | undefined {
  if (node.kind !== 'container' || !node.pod || context.layout.isVisible(node.pod)) return undefined;
  return element.parent?.kind === 'node' ? undefined : inPod(node, context);
}

function containersOn({ engine }: EngineElement, { layout }: PresentationContext): ContainerNode[] {
  return [...layout.graph.nodes.values()].flatMap((node) =>
    node.kind === 'container' && !node.unlisted && engineOf(node.key) === engine ? [node] : [],
  );
}

export function displayName(key: NodeKey, { layout }: Pick<PresentationContext, 'layout'>): DisplayText {
  const node = layout.graph.get(key);
  return (node && plainText(node.name)) || nameOfKey(key);
}
