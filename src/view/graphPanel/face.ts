import { l10n } from 'vscode';
import type { ContainerGraph } from '../../graph/graph';
import type { SceneBox } from '../../graph/drawing/scene';
import type { ContainerNode, ContainerState, GraphNode, NodeKey, PodState } from '../../graph/model';
import { isActive } from '../../graph/model';
import type { Protection } from '../../graph/protection';
import type { Failure, Operation, OperationPhase } from '../../service/service';
import { dependentsOf, wordsOf } from '../tree/itemWords';
import type { DisplayText } from '../words/plainText';
import { plainText } from '../words/plainText';
import { nameSome, podsAndContainers } from '../words/count';
import { edgeWords } from '../words/edge';
import { outcomeWords } from '../words/failure';
import { operationWords } from '../words/operation';
import { nameOfKey, nameOfNode } from '../words/plan';
import { containerState, membersOf, podState, stateOf } from '../words/state';
import type { Face, Shape, Tone } from './messages';

/** What faces are drawn from. */
export interface PanelSight {
  readonly graph: ContainerGraph;
  operationOf(key: NodeKey): Operation | undefined;
  /** Whether another window is removing it. */
  isElsewhere(key: NodeKey): boolean;
  failureOf(key: NodeKey): Failure | undefined;
  protectionOf(node: GraphNode): Protection | undefined;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** How many names a sentence about a node has of what needs it, and of what it needs. */
const named = 6;

type Look = readonly [Shape, Tone];

const looks: Readonly<Record<ContainerState, Look>> = {
  running: ['running', 'good'],
  paused: ['paused', 'warn'],
  restarting: ['restarting', 'warn'],
  stopping: ['stopping', 'warn'],
  removing: ['removing', 'warn'],
  dead: ['warning', 'bad'],
  unknown: ['warning', 'bad'],
  created: ['idle', 'quiet'],
  exited: ['idle', 'quiet'],
};

function containerLook(node: ContainerNode): Look {
  return node.external ? ['external', 'quiet'] : looks[node.state];
}

function podTone(state: PodState): Tone {
  if (state === 'running') return 'good';
  return state === 'degraded' || state === 'paused' ? 'warn' : 'quiet';
}

function operationLook(phase: OperationPhase): Look {
  if (phase === 'stopping') return ['stopping', 'warn'];
  return phase === 'waiting' || phase === 'queued' ? ['waiting', 'quiet'] : ['removing', 'warn'];
}

/** The face of a container or a pod. */
export function nodeFace(node: GraphNode, sight: PanelSight): Face {
  const { graph } = sight;
  const nameOf = (key: NodeKey) => nameIn(graph, key);
  const operation = sight.operationOf(node.key);
  const failure = operation ? undefined : sight.failureOf(node.key);
  const dependents = dependentsOf(node, { graph });
  const state = node.kind === 'pod' ? membersOf(node.state, graph.membersOf(node.key)) : stateOf(node);
  const isElsewhere = !operation && sight.isElsewhere(node.key);
  const now = operation
    ? operationWords(operation, sight.now(), dependents.length > 0)
    : isElsewhere
      ? l10n.t('another window works on it')
      : failure && outcomeWords(failure.outcome, nameOf, failure.action);
  const isProtected = sight.protectionOf(node) !== undefined;
  const [shape, tone]: Look = operation
    ? operationLook(operation.phase)
    : isElsewhere
      ? ['removing', 'warn']
      : now !== undefined
        ? ['failed', 'bad']
        : node.kind === 'pod'
          ? ['pod', podTone(node.state)]
          : containerLook(node);
  return {
    key: node.key,
    label: nameOfNode(node),
    line: now ?? (isProtected ? l10n.t('{0} · protected', state) : state),
    shape,
    tone,
    isProtected,
    spoken: [
      nameOfNode(node),
      node.kind === 'pod'
        ? l10n.t('pod, {0}, {1}', podState(node.state), podsAndContainers(0, graph.membersOf(node.key).length))
        : node.external
          ? state
          : containerState(node.state),
      now,
      node.kind === 'container' && node.pod ? l10n.t('in pod {0}', nameOf(node.pod)) : undefined,
      isProtected ? l10n.t('protected') : undefined,
      ...relations(node, dependents, graph),
    ]
      .filter(Boolean)
      .join(', '),
    words: wordsOf(node, { ...sight, layout: { graph } }).join(' '),
    nodes: [node.key],
    gone: false,
  };
}

function relations(node: GraphNode, dependents: readonly NodeKey[], graph: ContainerGraph): string[] {
  const own = node.kind === 'container' ? node.pod : undefined;
  const needs = graph.dependencies(node.key).filter(({ to }) => to !== own);
  const words = needs.slice(0, named).map((edge) => edgeWords(edge, nameIn(graph, edge.to)));
  if (dependents.length > 0) {
    const names = dependents.map((key) => nameIn(graph, key)).sort();
    words.push(l10n.t('needed by {0}', nameSome(names, named)));
  }
  return words;
}

export function nameIn(graph: ContainerGraph, key: NodeKey): DisplayText {
  const node = graph.get(key);
  return node ? nameOfNode(node) : nameOfKey(key);
}

/** The face of a frame around containers that is no pod. */
export function boxFace(box: SceneBox, sight: PanelSight): Face {
  const members = box.members.flatMap((key) => sight.graph.container(key) ?? []);
  const active = members.filter(({ state }) => isActive(state)).length;
  const state: PodState = active === 0 ? 'exited' : active === members.length ? 'running' : 'degraded';
  const busy = box.members.filter((key) => sight.operationOf(key)).length;
  const failed = box.members.filter((key) => sight.failureOf(key)).length;
  const line = membersOf(state, members);
  const parts = [podsAndContainers(0, members.length), line];
  if (busy > 0) parts.push(l10n.t('{0} being removed', busy));
  if (failed > 0) parts.push(l10n.t('{0} not removed', failed));
  const label = boxLabel(box);
  const allBusy = busy === members.length;
  return {
    key: box.id,
    label,
    line: parts.join(' · '),
    shape: busy > 0 ? 'removing' : failed > 0 ? 'failed' : 'box',
    tone: busy > 0 ? 'warn' : failed > 0 ? 'bad' : podTone(state),
    isProtected: false,
    spoken: [label, boxKindWords(box), ...parts].filter(Boolean).join(', '),
    words: allBusy ? 'group busy' : 'group removable',
    nodes: box.members,
    gone: false,
  };
}

export function boxLabel({ kind, name, members }: SceneBox): string {
  switch (kind) {
    case 'pod':
    case 'project':
      return plainText(name);
    case 'cluster':
      return l10n.t('{0} and what is tied to it', plainText(name));
    case 'loose':
      return l10n.t('{0} and {1} others on their own', plainText(name), members.length - 1);
  }
}

function boxKindWords({ kind }: SceneBox): string | undefined {
  return kind === 'project' ? l10n.t('compose project') : undefined;
}

/** The face of what is no more, from the last that it had. */
export function goneFace(face: Face): Face {
  const line = l10n.t('gone');
  return { ...face, line, shape: 'gone', tone: 'quiet', spoken: `${face.label}, ${line}`, words: '', gone: true };
}

export function sameFace(a: Face, b: Face): boolean {
  return (
    a.label === b.label &&
    a.line === b.line &&
    a.shape === b.shape &&
    a.tone === b.tone &&
    a.spoken === b.spoken &&
    a.words === b.words &&
    a.nodes.length === b.nodes.length &&
    a.isProtected === b.isProtected
  );
}
