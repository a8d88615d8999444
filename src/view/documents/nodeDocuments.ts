import { l10n } from 'vscode';
import type { SystemdAccess } from '../../engine/systemd/systemd';
import type { ContainerGraph } from '../../graph/model/graph';
import { engineOf, type NodeKey, nodeKey } from '../../graph/model/model';
import { namespaceProblem } from '../../graph/model/namespaceState';
import type { Explanation, Path, Truncated } from '../../graph/plan/explain';
import { blockerText, moreText } from '../text/explain';
import { indented, atMostText, plainText, podsAndContainers } from '../text/format';
import { namespaceProblemText } from '../text/namespaces';
import { edgeText, pathText } from '../text/paths';
import { displayName, type NameOf, nameOfKey, planFacts, retainReasonText } from '../text/plan';
import { systemdUnitText } from '../text/systemd';
import { kindText, membersOf, stateText } from '../text/state';
import { type LinkedText, linkNodeNames, type NodeLink } from './linkedText';

export function explanationTitle(name: string): string {
  return l10n.t('Dependencies of {0}', name);
}

export interface ExplanationDeps {
  readonly graph: ContainerGraph;
  readonly engineLabel: string;
  readonly systemd?: SystemdAccess | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Dependencies, dependents, blockers and impact of a removal, in one text. */
export function explanationText(listed: Explanation, parts: ExplanationDeps): LinkedText {
  const { graph } = parts;
  const plainName: NameOf = (key) => {
    const node = graph.get(key);
    return node ? displayName(node) : nameOfKey(key);
  };
  return linkNodeNames(plainName, (nameOf, repairOf) => {
    const name = nameOf(listed.node.key);
    const sections = [dependencies, dependents, blockers, impact].map((section) => section(listed, name, nameOf));
    const problem = namespaceProblem(graph, listed.node);
    const problemLines = problem
      ? [`${namespaceProblemText(problem, graph, nameOf, parts.now)} · ${repairOf(listed.node.key)}`]
      : [];
    const body = sections.filter((lines) => lines.length > 0).flatMap((lines) => ['', ...lines]);
    const unitLines = systemdLines(listed, parts);
    return [explanationTitle(name), subject(listed, parts), ...unitLines, ...problemLines, ...body, ''].join('\n');
  });
}

function subject({ node }: Explanation, { graph, engineLabel }: ExplanationDeps): string {
  const state = node.kind === 'pod' ? membersOf(node.state, graph.membersOf(node.key)) : stateText(node);
  const kind = kindText(node.kind);
  return [kind, state, plainText(engineLabel)].join(' · ');
}

/** The unit of a node, and its file. */
function systemdLines({ node }: Explanation, { systemd }: ExplanationDeps): string[] {
  const unit = systemdUnitText(node, systemd);
  const file = node.systemdUnit?.file;
  return [
    ...(unit === undefined ? [] : [l10n.t('Systemd unit: {0}', unit)]),
    ...(file ? [l10n.t('Unit file: {0}', plainText(file))] : []),
  ];
}

type Section = (listed: Explanation, name: string, nameOf: NameOf) => string[];

const pathLines = (paths: Truncated<Path>, nameOf: NameOf) =>
  indented([...paths.items.map((path) => pathText(path, nameOf)), ...moreText(paths)]);
const total = ({ items, omitted }: Truncated<unknown>) => items.length + omitted;

/** Dependents have a section of their own. */
const blockers: Section = ({ blockers: found }, name, nameOf) => {
  if (found.length === 0) return [l10n.t('{0} can be removed: nothing blocks it.', name)];
  const kinds = new Set(found.map(({ kind }) => kind));
  const lines = found.flatMap((obstacle) => {
    if (obstacle.kind === 'needed') return [];
    const { listed, below } = blockerText(obstacle, name, nameOf);
    return [listed, ...indented(below)];
  });
  const isRetained =
    kinds.has('unlisted') || kinds.has('protected') || kinds.has('neededByProtected') || kinds.has('service');
  if (isRetained) lines.push(l10n.t("It can't be removed while protected."));
  else if (kinds.has('needed')) lines.push(l10n.t('“Remove with Dependents” removes it and these, in order.'));
  else lines.push(l10n.t('Nothing else blocks it. “Remove” asks for confirmation.'));
  return lines;
};

const dependencies: Section = ({ dependencies: found }, name, nameOf) => {
  if (found.items.length === 0) return [];
  const rows = found.items.map(({ edge, maxWaitMs }) => {
    const text = edgeText(edge, nameOf(edge.to));
    return maxWaitMs === undefined ? text : l10n.t('{0} (waits up to {1})', text, atMostText(maxWaitMs / 1000));
  });
  return [l10n.t('{0} itself:', name), ...indented([...rows, ...moreText(found)])];
};

const dependents: Section = ({ dependents: { hard, soft } }, name, nameOf) => {
  const lines: string[] = [];
  if (total(hard) + total(soft) === 0) lines.push(l10n.t('Nothing depends on {0}.', name));
  if (total(hard) > 0) {
    const heading =
      total(hard) === 1 ? l10n.t('Used by 1 (removed first):') : l10n.t('Used by {0} (removed first):', total(hard));
    lines.push(heading, ...pathLines(hard, nameOf));
  }
  if (total(soft) > 0) {
    if (lines.length > 0) lines.push('');
    const heading =
      total(soft) === 1
        ? l10n.t('1 optional dependent, removed first if both are removed:')
        : l10n.t('{0} optional dependents, removed first if both are removed:', total(soft));
    lines.push(heading, ...pathLines(soft, nameOf));
  }
  return lines;
};

const impact: Section = ({ impact: { plan, members, retained } }, name, nameOf) => {
  const { pods, containers } = plan.counts;
  const lines: string[] = [];
  if (plan.nodes.size === 0) lines.push(l10n.t('Nothing would be removed: {0} is kept.', name));
  else if (plan.nodes.size === 1) lines.push(l10n.t('Only {0} would be removed.', name));
  else lines.push(l10n.t('With its dependents, {0} would be removed.', podsAndContainers(pods, containers)));
  if (total(members) > 0) {
    const rows = members.items.map((member) => nameOf(member.key));
    lines.push('', l10n.t('Members:'), ...indented([...rows, ...moreText(members)]));
  }
  if (total(retained) > 0) {
    const rows = retained.items.map(({ node, why }) =>
      l10n.t('{0}: {1}', nameOf(node.key), retainReasonText(why, nameOf)),
    );
    lines.push('', l10n.t('Kept:'), ...indented([...rows, ...moreText(retained)]));
  }
  const facts = plan.nodes.size > 0 ? planFacts(plan, nameOf) : [];
  return facts.length > 0 ? [...lines, '', ...facts] : lines;
};

/** Characters that JSON does not escape and that can disguise text. */
const deceptiveCharacters = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const ids = /[0-9a-f]{64}/g;

/** An engine's inspect data as JSON, linked to other nodes: by id anywhere, by name if adjacent. */
export function inspectionText(inspectData: unknown, key: NodeKey, graph: ContainerGraph): LinkedText {
  const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const text = `${JSON.stringify(inspectData, null, 2)}\n`.replace(deceptiveCharacters, escaped);
  const own = graph.resolve(key);
  const neighbors = neighborsOf(own, graph);
  const names: NodeLink[] = [];
  for (const { value, from } of stringsIn(text)) {
    const found = byId(value, own, graph);
    for (const { key: to, at } of found) names.push({ key: to, from: from + at, to: from + at + 64 });
    if (found.length > 0) continue;
    const named = byName(value, neighbors);
    if (named) names.push({ key: named.key, from: from + named.at, to: from + named.at + named.name.length });
  }
  return { text, names };
}

/** The string literals of a JSON text. Not a regular expression: megabytes would exhaust its stack. */
function* stringsIn(json: string) {
  for (let at = json.indexOf('"'); at >= 0; at = json.indexOf('"', at + 1)) {
    const from = at + 1;
    for (at = from; json[at] !== '"' && at < json.length; at++) if (json[at] === '\\') at++;
    yield { value: json.slice(from, at), from };
  }
}

function byId(value: string, own: NodeKey, graph: ContainerGraph) {
  return [...value.matchAll(ids)].flatMap(({ 0: id, index: at }) => {
    const engine = engineOf(own);
    const candidates = [nodeKey(engine, 'container', id), nodeKey(engine, 'pod', id)].map((one) => graph.resolve(one));
    const key = candidates.find((one) => one !== own && graph.get(one));
    return key ? [{ key, at }] : [];
  });
}

/** `db`, `db:ro` (volumes), `container:db` (namespaces), `db:service_started:false` (compose). */
function byName(value: string, neighbors: ReadonlyMap<string, NodeKey>) {
  const at = value.startsWith('container:') ? 'container:'.length : 0;
  const name = value.slice(at).split(':')[0] ?? '';
  const key = neighbors.get(name);
  return key && { key, name, at };
}

function neighborsOf(key: NodeKey, graph: ContainerGraph): Map<string, NodeKey> {
  const keys = [
    ...graph.dependencies(key).map(({ to }) => to),
    ...graph.dependents(key).map(({ from }) => from),
    ...graph.membersOf(key).map((member) => member.key),
  ];
  const named = keys.flatMap((one) => {
    const name = graph.get(one)?.name;
    return name && one !== key ? [[name, one] as const] : [];
  });
  return new Map(named);
}
