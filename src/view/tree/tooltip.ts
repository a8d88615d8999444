import { l10n } from 'vscode';
import {
  type ContainerNode,
  engineOf,
  type GraphNode,
  type NodeKey,
  type PodNode,
  shortId,
} from '../../graph/model/model';
import { missingServices } from '../../graph/model/labels';
import { namespaceProblem } from '../../graph/model/namespaceState';
import { type ResourceLayer, resourceSize } from '../../graph/model/resourceLayer';
import type { ResourceNode } from '../../graph/model/resources';
import { dependentPaths, removalBlockers } from '../../graph/plan/explain';
import type { StopTimeout } from '../../graph/model/stopTimeout';
import { engineHint, engineStateText, problemText } from '../text/engines';
import { blockerText, moreText } from '../text/explain';
import { escapeMarkdown, joinList, plainText, podsAndContainers, sizeText } from '../text/format';
import { lastCheckText } from '../text/health';
import { namespaceProblemText } from '../text/namespaces';
import { outcomeText } from '../text/outcome';
import { edgeText, missingServiceText, pathText } from '../text/paths';
import { retainReasonText } from '../text/plan';
import { resourceName, resourceTraits } from '../text/resources';
import { systemdUnitText } from '../text/systemd';
import { ageText, groupKind, groupTitle, kindText, membersOf, stateText, uptimeText } from '../text/state';
import { contextValues } from '../contextValues';
import { commandIds, type ItemContextValue } from '../ids';
import { nameIn } from '../nodeState';
import { resourceContextValues } from '../resourceState';
import type { PresentationContext } from './presentation';
import type { TreeElement } from './treeElement';

/** A tooltip as Markdown; text from the engine is escaped. */
export function buildTooltip(element: TreeElement, context: PresentationContext): string {
  if (element.kind === 'engine') return engineTooltip(element.engine, context);
  if (element.kind === 'group') return groupTooltip(element.group, context);
  if (element.kind === 'chunk') return '';
  const node = context.layout.graph.get(element.key);
  if (node) return nodeTooltip(node, context);
  const { layer } = context;
  const resource = layer?.nodes.get(element.key);
  return resource && layer ? resourceTooltip(resource, layer, context) : '';
}

type Row = readonly [title: string, value: string | number | { readonly markdown: string } | undefined];

function page(title: string, rows: readonly Row[], warnings: readonly (string | undefined)[] = [], below = ''): string {
  const shown = rows.filter(([, value]) => value !== undefined && value !== '');
  const cell = (value: Row[1]) => (typeof value === 'object' ? value.markdown : escapeMarkdown(String(value)));
  const table = shown.map(([name, value]) => `| ${escapeMarkdown(name)} | ${cell(value)} |`);
  const parts = [`**${escapeMarkdown(title)}**`];
  for (const warning of warnings) if (warning) parts.push(escapeMarkdown(warning));
  if (table.length > 0) parts.push(['| | |', '|:--|:--|', ...table].join('\n'));
  if (below) parts.push(below);
  return parts.join('\n\n');
}

function engineTooltip(id: string, context: PresentationContext): string {
  const status = context.engines.get(id);
  if (!status) return '';
  const { info } = status;
  const rows: Row[] = [
    [l10n.t('Engine'), info?.title],
    [l10n.t('API'), info?.apiVersion],
    [l10n.t('Address'), status.endpoint],
    [l10n.t('Also at'), list(status.duplicates?.map(({ endpoint }) => endpoint) ?? [])],
    [l10n.t('Default for'), status.defaultFor],
  ];
  if (status.state === 'live') return page(status.label, rows, [problemText(status)]);
  return page(status.label, rows, [engineStateText(status), engineHint(status)]);
}

function groupTooltip(id: string, context: PresentationContext): string {
  const group = context.layout.group(id);
  if (!group) return '';
  if (group.by === 'resource') return page(groupTitle(group), [[l10n.t('Count'), group.nodes.length]]);
  const { graph } = context.layout;
  const pods = group.nodes.filter((key) => graph.get(key)?.kind === 'pod');
  const containers = group.nodes.flatMap((key) => graph.container(key) ?? graph.membersOf(key));
  return page(groupTitle(group), [[groupKind(group), podsAndContainers(pods.length, containers.length)]]);
}

function nodeTooltip(node: GraphNode, context: PresentationContext): string {
  const rows: Row[] = [
    ...(node.kind === 'pod' ? podRows(node, context) : containerRows(node, context.now())),
    [l10n.t('Systemd unit'), systemdUnitText(node, context.engines.get(engineOf(node.key))?.systemd)],
    [l10n.t('Unit file'), unitFile(node)],
    [l10n.t('Depends on'), dependencyLines(node, context)],
    [l10n.t('Age'), node.createdAt === undefined ? undefined : ageText(node.createdAt, context.now())],
    [l10n.t('ID'), { markdown: commandLink(shortId(node.id), 'copyId', node.key, l10n.t('Copy ID')) }],
  ];
  const unmanageable = node.unmanageable && retainReasonText(node.unmanageable, (key) => nameIn(context.graph, key));
  const below = [explanation(node, context), actions(node, context)].filter(Boolean).join('\n\n');
  const problem = namespaceProblem(context.graph, node);
  const nameOf = (key: NodeKey) => nameIn(context.graph, key);
  const problemLine = problem && namespaceProblemText(problem, context.graph, nameOf, context.now());
  return page(node.name, rows, [failureOf(node, context), unmanageable, problemLine], below);
}

function resourceTooltip(node: ResourceNode, layer: ResourceLayer, context: PresentationContext): string {
  const users = (layer.users.get(node.key) ?? []).map((key) => nameIn(context.graph, key));
  const rows: Row[] = [
    [l10n.t('Kind'), joinList([kindText(node.kind), ...resourceTraits(node)])],
    [l10n.t('Size'), sizeCell(node, layer)],
    [l10n.t('Tags'), node.kind === 'image' ? list(node.tags) : undefined],
    [l10n.t('Addresses'), node.kind === 'network' ? list(node.subnets) : undefined],
    [l10n.t('Used by'), users.length > 0 ? list(users) : l10n.t('no container')],
    [l10n.t('Age'), node.createdAt === undefined ? undefined : ageText(node.createdAt, context.now())],
    [
      l10n.t('ID'),
      node.kind === 'image'
        ? { markdown: commandLink(shortId(node.id), 'copyId', node.key, l10n.t('Copy ID')) }
        : undefined,
    ],
  ];
  return page(resourceName(node), rows, [failureOf(node, context)], actions(node, context));
}

/** The size, or a link that measures all volumes. */
function sizeCell(node: ResourceNode, layer: ResourceLayer): Row[1] {
  const size = resourceSize(node, layer);
  if (node.kind === 'network') return undefined;
  if (size !== undefined) return sizeText(size);
  if (node.kind === 'image') return l10n.t('size unknown');
  return {
    markdown: `${escapeMarkdown(l10n.t('size unknown'))} · ${commandLink(l10n.t('Get Sizes'), 'getSizes', node.key)}`,
  };
}

/** The path, which opens the file. */
function unitFile({ key, systemdUnit }: GraphNode): Row[1] {
  const file = systemdUnit?.file;
  return file ? { markdown: commandLink(plainText(file), 'openUnitFile', key, l10n.t('Open Unit File')) } : undefined;
}

/** Commands that links of a tooltip may run. */
const linkedCommands = [
  'repair',
  'followLogs',
  'openShell',
  'inspect',
  'openUnitFile',
  'remove',
  'copyId',
  'getSizes',
] as const;
type LinkedCommand = (typeof linkedCommands)[number];
export const tooltipCommands: readonly string[] = linkedCommands.map((name) => commandIds[name]);

/** `Logs · Shell · Inspect · Remove…`, while the engine is connected. */
function actions(node: GraphNode | ResourceNode, context: PresentationContext): string {
  if (context.engines.get(engineOf(node.key))?.state !== 'live') return '';
  const values = new Set(valuesOf(node, context));
  const links: [boolean, LinkedCommand, string][] = [
    [values.has('repairable'), 'repair', l10n.t('Repair')],
    [values.has('container'), 'followLogs', l10n.t('Logs')],
    [values.has('container') && values.has('active'), 'openShell', l10n.t('Shell')],
    [true, 'inspect', l10n.t('Inspect')],
    [values.has('removable'), 'remove', l10n.t('Remove…')],
  ];
  return links.flatMap(([applies, name, title]) => (applies ? commandLink(title, name, node.key) : [])).join(' · ');
}

function valuesOf(node: GraphNode | ResourceNode, context: PresentationContext): readonly ItemContextValue[] {
  return node.kind === 'pod' || node.kind === 'container'
    ? contextValues(node, context)
    : resourceContextValues(node, context);
}

/** A link that passes the node as the graph panel's menu does. */
function commandLink(title: string, name: LinkedCommand, key: NodeKey, hover = title): string {
  const encoded = encodeURIComponent(JSON.stringify([{ podgraphKeys: [key] }]));
  const args = encoded.replace(/[()'!*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
  return `[${escapeMarkdown(title)}](command:${commandIds[name]}?${args} "${escapeMarkdown(hover)}")`;
}

/** Paths shown in a tooltip; the commands list more. */
const maxPaths = 4;

/** Removal blockers and dependents, each with its path. */
function explanation(node: GraphNode, context: PresentationContext): string {
  const { graph } = context.layout;
  const name = (key: NodeKey) => nameIn(context.graph, key);
  const dependents = dependentPaths(graph, node.key, maxPaths);
  const blockers = removalBlockers(graph, node, dependents, (one) => context.protectionOf(one), maxPaths);
  const parts = blockers.flatMap((blocker) =>
    blocker.kind === 'active' || blocker.kind === 'unlisted' ? [] : [blockerText(blocker, name(node.key), name)],
  );
  const { soft } = dependents;
  if (soft.items.length > 0) {
    const below = soft.items.map((path) => pathText(path, name));
    parts.push({
      listed: l10n.t('Optional dependents, removed first if both are removed:'),
      below: [...below, ...moreText(soft)],
    });
  }
  return parts
    .map(({ listed, below }) => [listed, ...below].map(escapeMarkdown).join('\n- ').replace('\n', '\n\n'))
    .join('\n\n');
}

/** The last failure, with the engine's message. */
function failureOf(node: GraphNode | ResourceNode, context: PresentationContext): string | undefined {
  const failure = context.failureOf(node.key);
  const outcome = failure?.outcome;
  const text = failure && outcomeText(failure.outcome, (key) => nameIn(context.graph, key), failure.action);
  return outcome?.kind === 'failed' && outcome.message ? `${text}: ${outcome.message}` : text;
}

function podRows(pod: PodNode, { layout }: PresentationContext): Row[] {
  const members = layout.graph.membersOf(pod.key);
  return [
    [l10n.t('Pod'), membersOf(pod.state, members)],
    [l10n.t('Containers'), list(members.map((member) => member.name))],
    [l10n.t('Ports'), list(layout.graph.infraOf(pod.key)?.ports ?? [])],
  ];
}

function containerRows(container: ContainerNode, now: number): Row[] {
  const { details, startedAt, restartCount } = container;
  const uptime = container.state === 'running' && startedAt !== undefined ? uptimeText(startedAt, now) : undefined;
  return [
    [l10n.t('State'), [stateText(container), uptime].filter(Boolean).join(' · ')],
    [l10n.t('Restarts'), restartCount ? restartCount : undefined],
    [l10n.t('Last health check'), container.lastCheck && lastCheckText(container.lastCheck)],
    [l10n.t('Image'), container.image],
    [l10n.t('Pod'), container.podName],
    [l10n.t('Ports'), list(container.ports)],
    [l10n.t('Volumes'), list(details?.namedVolumes ?? [])],
    [l10n.t('Also removed'), list(details?.anonymousVolumes.map(shortId) ?? [])],
    [l10n.t('Restart policy'), details?.restartPolicy === 'no' ? undefined : details?.restartPolicy],
    [l10n.t('Stop timeout'), details && timeToStop(details.stopTimeout)],
  ];
}

function timeToStop(timeout: StopTimeout): string {
  return timeout === 'unlimited' ? l10n.t('no time limit') : l10n.t('{0} s', timeout);
}

function dependencyLines(node: GraphNode, context: PresentationContext): string {
  const edges = context.layout.graph.dependencies(node.key);
  const missing = node.kind === 'container' ? missingServices(node, context.graph.nodes.values()) : [];
  return list([
    ...edges.map((edge) => edgeText(edge, nameIn(context.graph, edge.to))),
    ...missing.map((service) => missingServiceText(plainText(service))),
  ]);
}

/** Names in one row of a tooltip. */
const maxNames = 12;

function list(names: readonly string[]): string {
  return joinList(names.length > maxNames ? [...names.slice(0, maxNames), '…'] : names);
}
