import { l10n } from 'vscode';
import { neededBy, obstacles } from '../../graph/explain';
import type { ContainerNode, GraphNode, NodeKey, PodNode } from '../../graph/model';
import type { StopTimeout } from '../../graph/stopTimeout';
import { escapeMarkdown } from '../words/plainText';
import { inARow, podsAndContainers } from '../words/count';
import { edgeWords } from '../words/edge';
import { engineStateWords, engineStep, problemText } from '../words/engine';
import { moreWords, obstacleWords } from '../words/explain';
import { groupKind, groupTitle } from '../words/group';
import { outcomeWords } from '../words/failure';
import { pathWords } from '../words/path';
import { stayReason } from '../words/plan';
import { membersOf, stateOf } from '../words/state';
import type { Sight } from './face';
import { nameOf } from './face';
import type { Occurrence } from './occurrence';

/** A tooltip as Markdown in which nothing that an engine said is anything but text. */
export function tooltipOf(place: Occurrence, sight: Sight): string {
  if (place.kind === 'engine') return engineTooltip(place.engine, sight);
  if (place.kind === 'group') return groupTooltip(place.group, sight);
  if (place.kind === 'block') return '';
  const node = sight.layout.graph.get(place.key);
  return node ? nodeTooltip(node, sight) : '';
}

type Row = readonly [title: string, value: string | number | undefined];

function page(title: string, rows: readonly Row[], warnings: readonly (string | undefined)[] = [], below = ''): string {
  const filled = rows.filter(([, value]) => value !== undefined && value !== '');
  const table = filled.map(([name, value]) => `| ${escapeMarkdown(name)} | ${escapeMarkdown(String(value))} |`);
  const parts = [`**${escapeMarkdown(title)}**`];
  for (const warning of warnings) if (warning) parts.push(escapeMarkdown(warning));
  if (table.length > 0) parts.push(['| | |', '|:--|:--|', ...table].join('\n'));
  if (below) parts.push(below);
  return parts.join('\n\n');
}

function engineTooltip(id: string, sight: Sight): string {
  const status = sight.engines.get(id);
  if (!status) return '';
  const { info } = status;
  const rows: Row[] = [
    [l10n.t('Engine'), info?.title],
    [l10n.t('API'), info?.apiVersion],
    [l10n.t('Address'), status.endpoint],
    [l10n.t('Also at'), list(status.twins?.map(({ endpoint }) => endpoint) ?? [])],
    [l10n.t('Default of'), status.defaultOf],
  ];
  if (status.state === 'live') return page(status.label, rows, [problemText(status)]);
  return page(status.label, rows, [engineStateWords(status), engineStep(status)]);
}

function groupTooltip(id: string, sight: Sight): string {
  const group = sight.layout.group(id);
  if (!group) return '';
  const { graph } = sight.layout;
  const pods = group.nodes.filter((key) => graph.get(key)?.kind === 'pod');
  const containers = group.nodes.flatMap((key) => graph.container(key) ?? graph.membersOf(key));
  return page(groupTitle(group), [[groupKind(group), podsAndContainers(pods.length, containers.length)]]);
}

function nodeTooltip(node: GraphNode, sight: Sight): string {
  const rows: Row[] = [
    ...(node.kind === 'pod' ? podRows(node, sight) : containerRows(node)),
    [l10n.t('Needs'), needs(node, sight)],
    [l10n.t('Created'), node.createdAt === undefined ? undefined : new Date(node.createdAt).toLocaleString()],
    [l10n.t('Id'), node.id.slice(0, 12)],
  ];
  const keptOut = node.keptOut && stayReason(node.keptOut, (key) => nameOf(key, sight));
  return page(node.name, rows, [failureOf(node, sight), keptOut], explained(node, sight));
}

/** How many ways are told; the commands tell more. */
const ways = 4;

/** What stands in the way of its removal and would go along, path by path; that it runs, its state has said. */
function explained(node: GraphNode, sight: Sight): string {
  const { graph } = sight.layout;
  const name = (key: NodeKey) => nameOf(key, sight);
  const needers = neededBy(graph, node.key, ways);
  const found = obstacles(graph, node, needers, (one) => sight.protectionOf(one), ways);
  const told = found.flatMap((obstacle) =>
    obstacle.kind === 'active' || obstacle.kind === 'external' ? [] : [obstacleWords(obstacle, name(node.key), name)],
  );
  const { soft } = needers;
  if (soft.shown.length > 0) {
    const below = soft.shown.map((path) => pathWords(path, name));
    told.push({ said: l10n.t('Goes after these, where both go:'), below: [...below, ...moreWords(soft)] });
  }
  return told
    .map(({ said, below }) => [said, ...below].map(escapeMarkdown).join('\n- ').replace('\n', '\n\n'))
    .join('\n\n');
}

/** Why it is still there, with all that the engine said about it. */
function failureOf(node: GraphNode, sight: Sight): string | undefined {
  const failure = sight.failureOf(node.key);
  const outcome = failure?.outcome;
  const words = failure && outcomeWords(failure.outcome, (key) => nameOf(key, sight), failure.action);
  return outcome?.kind === 'failed' && outcome.words ? `${words}: ${outcome.words}` : words;
}

function podRows(pod: PodNode, { layout }: Sight): Row[] {
  const members = layout.graph.membersOf(pod.key);
  return [
    [l10n.t('Pod'), membersOf(pod.state, members)],
    [l10n.t('Containers'), list(members.map((member) => member.name))],
    [l10n.t('Ports'), list(layout.graph.infraOf(pod.key)?.ports ?? [])],
  ];
}

function containerRows(container: ContainerNode): Row[] {
  const { details } = container;
  return [
    [l10n.t('State'), stateOf(container)],
    [l10n.t('Image'), container.image],
    [l10n.t('Pod'), container.podName],
    [l10n.t('Ports'), list(container.ports)],
    [l10n.t('Volumes'), list(details?.namedVolumes ?? [])],
    [l10n.t('Goes with it'), list(details?.anonymousVolumes.map((name) => name.slice(0, 12)) ?? [])],
    [l10n.t('Restarts'), details?.restartPolicy === 'no' ? undefined : details?.restartPolicy],
    [l10n.t('Time to stop'), details && timeToStop(details.stopTimeout)],
  ];
}

function timeToStop(timeout: StopTimeout): string {
  return timeout === 'unlimited' ? l10n.t('no time limit') : l10n.t('{0} s', timeout);
}

function needs(node: GraphNode, sight: Sight): string {
  const edges = sight.layout.graph.dependencies(node.key);
  return list(edges.map((edge) => edgeWords(edge, nameOf(edge.to, sight))));
}

/** At most so many in one row of a tooltip. */
const most = 12;

function list(names: readonly string[]): string {
  return inARow(names.length > most ? [...names.slice(0, most), '…'] : names);
}
