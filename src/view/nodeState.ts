import { l10n } from 'vscode';
import type { ContainerGraph } from '../graph/model/graph';
import {
  type ContainerNode,
  type ContainerState,
  type GraphNode,
  hasFailed,
  isStoppedUnit,
  isActive,
  isInRestartLoop,
  type NodeKey,
  type PodState,
} from '../graph/model/model';
import { namespaceProblem, type NamespaceProblem } from '../graph/model/namespaceState';
import type { ProtectionReason } from '../graph/model/protection';
import type { ActionFailure, Operation, OperationPhase } from '../service/service';
import type { ItemContextValue } from './ids';
import { contextValues, dependentsOf } from './contextValues';
import type { Shape, Tone } from './nodeShape';
import { type DisplayText, joinList, podsAndContainers } from './text/format';
import { namespaceProblemLabel } from './text/namespaces';
import { operationText, outcomeText } from './text/outcome';
import { displayName, nameOfKey } from './text/plan';
import { membersOf, podStateText, stateText, unhealthyText } from './text/state';

/** What the presentation of a node is computed from, in the tree as in the graph panel. */
export interface NodeContext {
  readonly graph: ContainerGraph;
  operationOf(key: NodeKey): Operation | undefined;
  /** Whether a run of another window includes it. */
  isBusyInOtherWindow(key: NodeKey): boolean;
  failureOf(key: NodeKey): ActionFailure | undefined;
  /** Undefined if the node isn't protected. */
  protectionOf(node: GraphNode): ProtectionReason | undefined;
  /** Milliseconds since the epoch. */
  now(): number;
}

type NodeStyle = readonly [Shape, Tone];

/** The state of a pod or container, from which the tree and the graph panel render it. */
export interface NodeState {
  readonly name: DisplayText;
  readonly shape: Shape;
  readonly tone: Tone;
  /** `exited (137)`, `2 of 3 running` */
  readonly state: string;
  /** Whether it runs as expected, which the icon shows alone. */
  readonly isPlain: boolean;
  /** The running operation or the last failure, which replaces the state. */
  readonly detail: string | undefined;
  readonly isProtected: boolean;
  /** Direct dependents. */
  readonly dependents: readonly NodeKey[];
  /** Name, state, detail, pod and protection, as spoken by a screen reader. */
  readonly ariaParts: readonly string[];
  readonly contextValues: readonly ItemContextValue[];
}

export function buildNodeState(node: GraphNode, context: NodeContext): NodeState {
  const { graph } = context;
  const nameOf = (key: NodeKey) => nameIn(graph, key);
  const operation = context.operationOf(node.key);
  const failure = operation ? undefined : context.failureOf(node.key);
  const dependents = dependentsOf(node, graph);
  const isBusyElsewhere = !operation && context.isBusyInOtherWindow(node.key);
  const failed = failure && outcomeText(failure.outcome, nameOf, failure.action);
  const isProtected = context.protectionOf(node) !== undefined;
  const members = graph.membersOf(node.key);
  const problem = namespaceProblem(graph, node);
  const isPlain = node.kind === 'container' && node.state === 'running' && !needsAttention(node);
  // Podman would restart a container that was left down, but does not.
  const isStuck = problem?.kind === 'leftDown' && node.state === 'restarting';
  const plainState = node.kind === 'pod' ? membersOf(node.state, members) : stateText(node);
  const state = problem
    ? joinList([...(isPlain || isStuck ? [] : [plainState]), namespaceProblemLabel(problem, nameOf)])
    : plainState;
  const detail = operation
    ? operationText(operation, context.now(), dependents.length > 0, nameOf, (key) => graph.container(key))
    : isBusyElsewhere
      ? l10n.t('in progress in another window')
      : failed;
  const [shape, tone] = operation
    ? operationStyle(operation.phase)
    : isBusyElsewhere
      ? (['otherWindow', 'muted'] as const)
      : failed
        ? (['failed', 'bad'] as const)
        : nodeStyle(node, problem, members);
  const aria = [
    displayName(node),
    node.kind === 'pod'
      ? l10n.t('pod, {0}, {1}', podStateText(node.state), podsAndContainers(0, members.length))
      : state,
    ...unhealthyText(members),
    detail,
    node.kind === 'container' && node.pod ? l10n.t('in pod {0}', nameOf(node.pod)) : undefined,
    isProtected ? l10n.t('protected') : undefined,
  ];
  return {
    name: displayName(node),
    shape,
    tone,
    state,
    isPlain: isPlain && !problem,
    detail,
    isProtected,
    dependents,
    ariaParts: aria.flatMap((part) => part ?? []),
    contextValues: contextValues(node, context),
  };
}

/** The icon and color of a node without an operation. */
export function nodeStyle(
  node: GraphNode,
  problem?: NamespaceProblem,
  members: readonly ContainerNode[] = [],
): NodeStyle {
  if (node.kind === 'pod') return ['pod', podTone(node.state, members)];
  if (node.unlisted && !isStoppedUnit(node)) return ['unlisted', 'muted'];
  if (problem?.kind === 'leftDown') return ['exited', 'warn'];
  const [shape, tone] = containerStyles[node.state];
  if (node.state === 'exited' && hasFailed(node)) return ['exitedWithError', 'bad'];
  return [shape, problem || needsAttention(node) ? 'warn' : tone];
}

/** Whether it runs, but not as it should, or not yet. */
function needsAttention(node: ContainerNode): boolean {
  return isInRestartLoop(node) || (node.state === 'running' && node.health !== undefined && node.health !== 'healthy');
}

const containerStyles: Readonly<Record<ContainerState, NodeStyle>> = {
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

function podTone(state: PodState, members: readonly ContainerNode[]): Tone {
  if (state === 'running') return members.some(needsAttention) ? 'warn' : 'good';
  return state === 'degraded' || state === 'paused' ? 'warn' : 'muted';
}

function operationStyle(phase: OperationPhase): NodeStyle {
  if (phase === 'stopping') return ['stopping', 'warn'];
  return phase.startsWith('waiting') ? ['waiting', 'muted'] : ['removing', 'warn'];
}

/** The common state of the containers of a group, as its members show it. */
export function groupState(containers: readonly ContainerNode[]): { readonly text: string; readonly tone: Tone } {
  const active = containers.filter(({ state }) => isActive(state)).length;
  if (active > 0) {
    const state: PodState = active === containers.length ? 'running' : 'degraded';
    return { text: membersOf(state, containers), tone: podTone(state, containers) };
  }
  const [first] = containers;
  if (!first) return { text: podStateText('empty'), tone: 'muted' };
  const isSame = containers.every(({ state }) => state === first.state);
  return { text: isSame ? stateText({ ...first, exitCode: undefined }) : l10n.t('not running'), tone: 'muted' };
}

export function nameIn(graph: ContainerGraph, key: NodeKey): DisplayText {
  const node = graph.get(key);
  return node ? displayName(node) : nameOfKey(key);
}
