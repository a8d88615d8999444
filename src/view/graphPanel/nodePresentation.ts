import { l10n } from 'vscode';
import type { SceneBox } from '../../graph/layout/scene';
import type { ContainerGraph } from '../../graph/model/graph';
import {
  type ContainerNode,
  type ContainerState,
  type GraphNode,
  isActive,
  type NodeKey,
  type PodState,
} from '../../graph/model/model';
import type { ProtectionReason } from '../../graph/model/protection';
import type { ActionFailure, Operation, OperationPhase } from '../../service/service';
import { type DisplayText, imageName, plainText, podsAndContainers, summarizeNames } from '../text/format';
import { operationText, outcomeText } from '../text/outcome';
import { edgeText } from '../text/paths';
import { displayName, nameOfKey } from '../text/plan';
import { membersOf, minShownRestarts, podStateText, stateText } from '../text/state';
import { contextValues, dependentsOf } from '../tree/contextValues';
import type { NodePresentation, Shape, Tone } from './messages';

export interface PresentationContext {
  readonly graph: ContainerGraph;
  operationOf(key: NodeKey): Operation | undefined;
  /** Whether a run of another window includes it. */
  isBusyInOtherWindow(key: NodeKey): boolean;
  failureOf(key: NodeKey): ActionFailure | undefined;
  protectionOf(node: GraphNode): ProtectionReason | undefined;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Dependents, and dependencies, named in an aria label. */
const maxNames = 6;

type NodeStyle = readonly [Shape, Tone];

const styles: Readonly<Record<ContainerState, NodeStyle>> = {
  running: ['running', 'good'],
  paused: ['paused', 'warn'],
  restarting: ['restarting', 'warn'],
  stopping: ['stopping', 'warn'],
  removing: ['removing', 'warn'],
  dead: ['warning', 'bad'],
  unknown: ['warning', 'bad'],
  created: ['created', 'muted'],
  exited: ['exited', 'muted'],
};

function containerStyle(node: ContainerNode): NodeStyle {
  if (node.unlisted) return ['unlisted', 'muted'];
  return node.state === 'exited' && node.exitCode ? ['exitedWithError', 'bad'] : styles[node.state];
}

function podTone(state: PodState): Tone {
  if (state === 'running') return 'good';
  return state === 'degraded' || state === 'paused' ? 'warn' : 'muted';
}

function operationStyle(phase: OperationPhase): NodeStyle {
  if (phase === 'stopping') return ['stopping', 'warn'];
  return phase === 'waiting' || phase === 'waitingForPermit' ? ['waiting', 'muted'] : ['removing', 'warn'];
}

export function presentNode(node: GraphNode, context: PresentationContext): NodePresentation {
  const { graph } = context;
  const nameOf = (key: NodeKey) => nameIn(graph, key);
  const operation = context.operationOf(node.key);
  const failure = operation ? undefined : context.failureOf(node.key);
  const dependents = dependentsOf(node, { graph });
  const state = node.kind === 'pod' ? membersOf(node.state, graph.membersOf(node.key)) : stateText(node);
  const isBusyElsewhere = !operation && context.isBusyInOtherWindow(node.key);
  const stateDetail = operation
    ? operationText(operation, context.now(), dependents.length > 0)
    : isBusyElsewhere
      ? l10n.t('in progress in another window')
      : failure && outcomeText(failure.outcome, nameOf, failure.action);
  const isProtected = context.protectionOf(node) !== undefined;
  const [shape, tone]: NodeStyle = operation
    ? operationStyle(operation.phase)
    : isBusyElsewhere
      ? ['removing', 'warn']
      : stateDetail !== undefined
        ? ['failed', 'bad']
        : node.kind === 'pod'
          ? ['pod', podTone(node.state)]
          : containerStyle(node);
  const restarts = node.kind === 'container' && node.state === 'running' ? (node.restartCount ?? 0) : 0;
  const plainState =
    restarts >= minShownRestarts
      ? l10n.t('restarted {0}×', restarts)
      : node.kind === 'pod' || node.state === 'running'
        ? ''
        : state;
  const related = relations(node, dependents, graph);
  return {
    key: node.key,
    label: displayName(node),
    status: stateDetail ?? plainState,
    subtitle: stateDetail === undefined ? (node.kind === 'pod' ? state : imageName(node.image)) : '',
    ports: portsLabel(node, graph),
    details: [
      [stateDetail ?? state, isProtected ? l10n.t('protected') : ''].filter(Boolean).join(' · '),
      ...(node.kind === 'container' ? [plainText(node.image), ...node.ports.map((port) => plainText(port))] : []),
      ...related,
    ].filter(Boolean),
    shape,
    tone,
    isProtected,
    ariaLabel: [
      displayName(node),
      node.kind === 'pod'
        ? l10n.t('pod, {0}, {1}', podStateText(node.state), podsAndContainers(0, graph.membersOf(node.key).length))
        : node.unlisted
          ? state
          : stateText(node),
      stateDetail ?? (restarts > 0 ? plainState : undefined),
      node.kind === 'container' && node.pod ? l10n.t('in pod {0}', nameOf(node.pod)) : undefined,
      isProtected ? l10n.t('protected') : undefined,
      ...related,
    ]
      .filter(Boolean)
      .join(', '),
    contextValues: contextValues(node, { ...context, layout: { graph } }).join(' '),
    nodes: [node.key],
    isRemoved: false,
  };
}

/** Published ports of a container or a pod: `:8080`, `:80 +2`. */
function portsLabel(node: GraphNode, graph: ContainerGraph): string {
  // Members list the ports of their pod's infra container.
  const owner = node.kind === 'pod' ? graph.infraOf(node.key) : node.pod ? undefined : node;
  const published = new Set(owner?.ports.flatMap((port) => /:([\d-]+) ->/.exec(port)?.[1] ?? []));
  const [first] = published;
  if (first === undefined) return '';
  return published.size === 1 ? `:${first}` : `:${first} +${published.size - 1}`;
}

function relations(node: GraphNode, dependents: readonly NodeKey[], graph: ContainerGraph): string[] {
  const pod = node.kind === 'container' ? node.pod : undefined;
  const dependencies = graph.dependencies(node.key).filter(({ to }) => to !== pod);
  const texts = dependencies.slice(0, maxNames).map((edge) => edgeText(edge, nameIn(graph, edge.to)));
  if (dependents.length > 0) {
    const names = dependents.map((key) => nameIn(graph, key)).sort();
    texts.push(l10n.t('required by {0}', summarizeNames(names, maxNames)));
  }
  return texts;
}

export function nameIn(graph: ContainerGraph, key: NodeKey): DisplayText {
  const node = graph.get(key);
  return node ? displayName(node) : nameOfKey(key);
}

/** A box that is not a pod. */
export function presentGroup(box: SceneBox, context: PresentationContext): NodePresentation {
  const members = box.members.flatMap((key) => context.graph.container(key) ?? []);
  const active = members.filter(({ state }) => isActive(state)).length;
  const state: PodState = active === 0 ? 'exited' : active === members.length ? 'running' : 'degraded';
  const busy = box.members.filter((key) => context.operationOf(key)).length;
  const failed = box.members.filter((key) => context.failureOf(key)).length;
  const parts = [podsAndContainers(0, members.length), membersOf(state, members)];
  const troubles = [
    ...(busy > 0 ? [l10n.t('{0} being removed', busy)] : []),
    ...(failed > 0 ? [l10n.t('{0} not removed', failed)] : []),
  ];
  const label = boxLabel(box);
  const allBusy = busy === members.length;
  return {
    key: box.id,
    label,
    status: troubles.join(' · '),
    subtitle: parts.join(' · '),
    ports: '',
    details: [[...parts, ...troubles].join(' · ')],
    shape: busy > 0 ? 'removing' : failed > 0 ? 'failed' : 'box',
    tone: busy > 0 ? 'warn' : failed > 0 ? 'bad' : podTone(state),
    isProtected: false,
    ariaLabel: [label, boxKindText(box), ...parts, ...troubles].filter(Boolean).join(', '),
    contextValues: allBusy ? 'group busy' : 'group removable',
    nodes: box.members,
    isRemoved: false,
  };
}

export function boxLabel({ kind, name, members }: SceneBox): string {
  switch (kind) {
    case 'pod':
    case 'project':
      return plainText(name);
    case 'cluster':
      return l10n.t('{0} and related nodes', plainText(name));
    case 'ungrouped':
      return l10n.t('{0} and {1} other unconnected nodes', plainText(name), members.length - 1);
  }
}

function boxKindText({ kind }: SceneBox): string | undefined {
  return kind === 'project' ? l10n.t('compose project') : undefined;
}

/** A removed node, from its last presentation. */
export function presentRemoved(presentation: NodePresentation): NodePresentation {
  const status = l10n.t('removed');
  return {
    ...presentation,
    status,
    subtitle: '',
    ports: '',
    details: [status],
    shape: 'removed',
    tone: 'muted',
    ariaLabel: `${presentation.label}, ${status}`,
    contextValues: '',
    isRemoved: true,
  };
}

export function isSamePresentation(a: NodePresentation, b: NodePresentation): boolean {
  return (
    a.label === b.label &&
    a.status === b.status &&
    a.subtitle === b.subtitle &&
    a.ports === b.ports &&
    a.details.join('\n') === b.details.join('\n') &&
    a.shape === b.shape &&
    a.tone === b.tone &&
    a.ariaLabel === b.ariaLabel &&
    a.contextValues === b.contextValues &&
    a.nodes.length === b.nodes.length &&
    a.isProtected === b.isProtected
  );
}
