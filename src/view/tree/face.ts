import { l10n } from 'vscode';
import type { ContainerNode, EngineId, GraphNode, NodeKey, PodNode } from '../../graph/model';
import { engineOf, isActive } from '../../graph/model';
import type { EngineStatus } from '../../service/service';
import type { ItemWord } from '../names';
import type { DisplayText } from '../words/plainText';
import { plainText } from '../words/plainText';
import { nameOfKey } from '../words/plan';
import { defaultWords } from '../words/connection';
import { howMany, inARow, podsAndContainers } from '../words/count';
import { edgeWords } from '../words/edge';
import { engineStateWords, problemLabel } from '../words/engine';
import { outcomeWords } from '../words/failure';
import { groupKind, groupSpoken, groupTitle } from '../words/group';
import { imageName } from '../words/image';
import { operationWords } from '../words/operation';
import { containerState, membersOf, podState, stateOf } from '../words/state';
import type { Icon } from './icon';
import {
  blockIcon,
  cycleIcon,
  elsewhereIcon,
  engineIcon,
  failedIcon,
  greyed,
  groupIcon,
  nodeIcon,
  operationIcon,
} from './icon';
import type { WordSight } from './itemWords';
import { dependentsOf, stateWords, wordsOf } from './itemWords';
import type { TreeLayout } from './layout';
import type { BlockOccurrence, EngineOccurrence, GroupOccurrence, NodeOccurrence, Occurrence } from './occurrence';

/** All that a person sees and hears of one place in the tree, but for the tooltip. */
export interface Face {
  readonly label: string;
  readonly description: string;
  /** For those who hear the tree: name, state, where it belongs, how many need it. */
  readonly spoken: string;
  readonly icon: Icon;
  readonly words: readonly ItemWord[];
  /** What is shown is what was known before the engine went away. */
  readonly isStale?: boolean;
}

/** What faces are drawn from. */
export interface Sight extends WordSight {
  readonly layout: TreeLayout;
  /** The nodes of a block. */
  nodesIn(block: BlockOccurrence): readonly NodeKey[];
  readonly engines: ReadonlyMap<EngineId, EngineStatus>;
  /** Whether another window is removing it. */
  isElsewhere(key: NodeKey): boolean;
  /** Milliseconds since the epoch. */
  now(): number;
}

export function faceOf(place: Occurrence, sight: Sight): Face {
  if (place.kind === 'engine') return engineFace(place, sight);
  const face = rowFace(place, sight);
  const engine = place.kind === 'node' ? engineOf(place.key) : place.engine;
  return isAway(engine, sight) ? stale(face) : face;
}

function rowFace(place: Exclude<Occurrence, EngineOccurrence>, sight: Sight): Face {
  if (place.kind === 'group') return groupFace(place, sight);
  if (place.kind === 'block') return blockFace(place, sight);
  const node = sight.layout.graph.get(place.key);
  return node ? nodeFace(place, node, sight) : goneFace;
}

function isAway(engine: EngineId, { engines }: Sight): boolean {
  const state = engines.get(engine)?.state;
  return state === 'lost' || state === 'denied';
}

/** Grey, and said: green would claim that it runs now. */
function stale(face: Face): Face {
  const icon = face.icon.color === failedIcon.color ? face.icon : greyed(face.icon);
  return { ...face, icon, isStale: true, spoken: l10n.t('{0}, as last seen', face.spoken) };
}

/** For the moment between a node's end and the editor's next look. */
const goneFace: Face = { label: '', description: '', spoken: '', icon: cycleIcon, words: [] };

/** Where faces say `·`, a screen reader hears a pause. */
const join = (parts: readonly (string | undefined)[], by = ' · ') => parts.filter(Boolean).join(by);

function engineFace(place: EngineOccurrence, sight: Sight): Face {
  const status = sight.engines.get(place.engine);
  if (!status) return goneFace;
  const label = plainText(status.label);
  const state = status.state === 'live' ? plainText(status.info?.title ?? '') : engineStateWords(status);
  const problem = status.state === 'live' ? problemLabel(status) : '';
  const description = join([state, problem, status.defaultOf && l10n.t('default')]);
  return {
    label,
    description,
    spoken: join([label, state, problem, defaultWords(status.defaultOf)], ', '),
    icon: engineIcon(status.state === 'live' || status.state === 'connecting'),
    words:
      sight.layout.top(place.engine).length > 0
        ? ['engine', 'removable', ...stateWords(containersOn(place, sight))]
        : ['engine'],
  };
}

function groupFace(place: GroupOccurrence, sight: Sight): Face {
  const { graph } = sight.layout;
  const group = sight.layout.group(place.group);
  if (!group) return goneFace;
  const containers = group.nodes.flatMap((key) => graph.container(key) ?? graph.membersOf(key));
  const label = groupTitle(group);
  const busy = group.nodes.every((key) => sight.operationOf(key));
  const active = containers.filter((container) => isActive(container.state)).length;
  const state = membersOf(active === containers.length ? 'running' : active > 0 ? 'degraded' : 'exited', containers);
  // Where states are what is grouped by, the title has said it.
  const description = join(group.by === 'state' ? [String(containers.length)] : [groupKind(group), state]);
  return {
    label,
    description,
    spoken: join([label, groupSpoken(group), podsAndContainers(0, containers.length)], ', '),
    icon: groupIcon,
    words: busy ? ['group', 'busy'] : ['group', 'removable', ...stateWords(containers)],
  };
}

function blockFace(place: BlockOccurrence, sight: Sight): Face {
  const keys = sight.nodesIn(place);
  const [first, last] = [keys[0], keys.at(-1)];
  if (first === undefined || last === undefined) return goneFace;
  const [from, to] = [nameOf(first, sight), nameOf(last, sight)];
  const containers = keys.flatMap((key) => sight.layout.graph.container(key) ?? sight.layout.graph.membersOf(key));
  const running = containers.filter((container) => isActive(container.state)).length;
  const description = join([String(keys.length), running > 0 ? l10n.t('{0} running', running) : undefined]);
  return {
    label: l10n.t('{0} … {1}', from, to),
    description,
    spoken: l10n.t('from {0} to {1}, {2}', from, to, description),
    icon: blockIcon,
    words: ['block', 'removable'],
  };
}

function nodeFace(place: NodeOccurrence, node: GraphNode, sight: Sight): Face {
  const label = plainText(node.name) || node.id.slice(0, 12);
  if (place.closesCycle) {
    const description = l10n.t('needs itself through the nodes above');
    return {
      label,
      description,
      spoken: join([label, description], ', '),
      icon: cycleIcon,
      words: wordsOf(node, sight),
    };
  }
  const operation = sight.operationOf(node.key);
  const failure = operation ? undefined : sight.failureOf(node.key);
  const failed = failure && outcomeWords(failure.outcome, (key) => nameOf(key, sight), failure.action);
  const needed = neededBy(node, sight);
  const elsewhere = !operation && sight.isElsewhere(node.key);
  const now = operation
    ? operationWords(operation, sight.now(), needed !== undefined)
    : elsewhere
      ? l10n.t('another window works on it')
      : failed;
  const isProtected = sight.protectionOf(node) !== undefined;
  const kept = isProtected ? l10n.t('protected') : undefined;
  const usual = node.kind === 'pod' ? podParts(node, sight) : containerParts(place, node, sight);
  return {
    label,
    description: now ?? join([...usual, podElsewhere(place, node, sight), kept, needed, alsoUnder(place, sight)]),
    spoken: join(
      [label, spokenState(node, sight), now, inPod(node, sight), kept, needed, alsoUnder(place, sight)],
      ', ',
    ),
    icon: operation
      ? operationIcon(operation.phase)
      : elsewhere
        ? elsewhereIcon
        : failed
          ? failedIcon
          : nodeIcon(node, isProtected),
    words: wordsOf(node, sight),
  };
}

function podParts(pod: PodNode, { layout }: Sight): string[] {
  return [l10n.t('pod'), membersOf(pod.state, layout.graph.membersOf(pod.key))];
}

function containerParts(place: NodeOccurrence, node: ContainerNode, sight: Sight): (string | undefined)[] {
  const state = node.state === 'running' ? undefined : stateOf(node);
  const edge = place.parent?.kind === 'node' ? edgeTo(node, place.parent.key, sight) : undefined;
  const relation = edge && edgeWords(edge, nameOf(edge.to, sight));
  return [state, relation ?? imageName(node.image)];
}

/** The edge that puts a container under another; membership in a pod goes without saying. */
function edgeTo(node: ContainerNode, parent: NodeKey, { layout }: Sight) {
  return node.pod === parent ? undefined : layout.graph.dependencies(node.key).find((edge) => edge.to === parent);
}

function neededBy(node: GraphNode, { layout }: Sight): string | undefined {
  const count = dependentsOf(node, layout).length;
  return count > 0 ? l10n.t('needed by {0}', howMany(count)) : undefined;
}

function alsoUnder(place: NodeOccurrence, sight: Sight): string | undefined {
  const here = place.parent?.kind === 'node' ? place.parent.key : undefined;
  const others = sight.layout.parentsOf(place.key).filter((key) => key !== here && key !== place.key);
  const names = others.map((key) => nameOf(key, sight));
  const group = sight.layout.groupAbove(place.key);
  if (group?.by === 'project' && group.name && place.parent?.kind === 'node') names.unshift(groupTitle(group));
  return names.length > 0 ? l10n.t('also under {0}', inARow(names)) : undefined;
}

function spokenState(node: GraphNode, { layout }: Sight): string {
  if (node.kind === 'container') return node.external ? stateOf(node) : containerState(node.state);
  return l10n.t('pod, {0}, {1}', podState(node.state), podsAndContainers(0, layout.graph.membersOf(node.key).length));
}

function inPod(node: GraphNode, sight: Sight): string | undefined {
  return node.kind === 'container' && node.pod ? l10n.t('in pod {0}', nameOf(node.pod, sight)) : undefined;
}

/** The pod of a member that stands without it, because a filter shows only the member. */
function podElsewhere(place: NodeOccurrence, node: GraphNode, sight: Sight): string | undefined {
  if (node.kind !== 'container' || !node.pod || sight.layout.shows(node.pod)) return undefined;
  return place.parent?.kind === 'node' ? undefined : inPod(node, sight);
}

function containersOn({ engine }: EngineOccurrence, { layout }: Sight): ContainerNode[] {
  return [...layout.graph.nodes.values()].flatMap((node) =>
    node.kind === 'container' && !node.external && engineOf(node.key) === engine ? [node] : [],
  );
}

/** A node's name for use in words about another. */
export function nameOf(key: NodeKey, { layout }: Pick<Sight, 'layout'>): DisplayText {
  const node = layout.graph.get(key);
  return (node && plainText(node.name)) || nameOfKey(key);
}
