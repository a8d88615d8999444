import { l10n } from 'vscode';
import type { Explanation, Path, Some } from '../../graph/explain';
import type { ContainerGraph } from '../../graph/graph';
import { plainText } from '../words/plainText';
import { podsAndContainers } from '../words/count';
import { edgeWords } from '../words/edge';
import { moreWords, obstacleWords } from '../words/explain';
import { pathWords } from '../words/path';
import type { NameOf } from '../words/plan';
import { nameOfKey, nameOfNode, planFacts, stayReason } from '../words/plan';
import { kindWord, membersOf, stateOf } from '../words/state';
import type { MarkedText } from './marked';
import { markNames } from './marked';

/** What a person can ask about a node. */
export type Question = 'whyNot' | 'whoNeeds' | 'whatGoes';

export function questionWords(question: Question, name: string): string {
  switch (question) {
    case 'whyNot':
      return l10n.t("Why can't I remove {0}?", name);
    case 'whoNeeds':
      return l10n.t('Who needs {0}?', name);
    case 'whatGoes':
      return l10n.t('What would go along with {0}?', name);
  }
}

export interface ExplanationParts {
  readonly graph: ContainerGraph;
  readonly engineLabel: string;
}

/** The answer to a question, as a text that stands for itself. */
export function explanationText(question: Question, told: Explanation, parts: ExplanationParts): MarkedText {
  const { graph } = parts;
  const plainName: NameOf = (key) => {
    const node = graph.get(key);
    return node ? nameOfNode(node) : nameOfKey(key);
  };
  return markNames(plainName, (nameOf) => {
    const name = nameOf(told.node.key);
    const body = answers[question](told, name, nameOf);
    return [questionWords(question, name), subject(told, parts), '', ...body, ''].join('\n');
  });
}

function subject({ node }: Explanation, { graph, engineLabel }: ExplanationParts): string {
  const state = node.kind === 'pod' ? membersOf(node.state, graph.membersOf(node.key)) : stateOf(node);
  const kind = kindWord(node.kind);
  return [kind, state, plainText(engineLabel)].join(' · ');
}

type Answer = (told: Explanation, name: string, nameOf: NameOf) => string[];

const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}`);
const pathLines = (paths: Some<Path>, nameOf: NameOf) =>
  indented([...paths.shown.map((path) => pathWords(path, nameOf)), ...moreWords(paths)]);
const total = ({ shown, more }: Some<unknown>) => shown.length + more;

const whyNot: Answer = ({ obstacles }, name, nameOf) => {
  if (obstacles.length === 0) return [l10n.t('Nothing stands in the way: {0} can be removed.', name)];
  const lines = obstacles.flatMap((obstacle) => {
    const { said, below } = obstacleWords(obstacle, name, nameOf);
    return [said, ...indented(below), ''];
  });
  const kinds = new Set(obstacles.map(({ kind }) => kind));
  const stays =
    kinds.has('external') || kinds.has('protected') || kinds.has('neededByProtected') || kinds.has('service');
  if (stays) lines.push(l10n.t('So it stays, whatever is chosen for removal.'));
  else if (kinds.has('needed')) lines.push(l10n.t('“Remove with What Needs It” removes it and these, in order.'));
  else lines.push(l10n.t('Else nothing stands in the way: “Remove” asks first.'));
  return lines;
};

const whoNeeds: Answer = ({ needers: { hard, soft }, needs }, name, nameOf) => {
  const lines: string[] = [];
  if (total(hard) + total(soft) === 0) lines.push(l10n.t('Nothing needs {0}.', name));
  if (total(hard) > 0) {
    const said =
      total(hard) === 1
        ? l10n.t('1 needs it, and has to go before it:')
        : l10n.t('{0} need it, and have to go before it:', total(hard));
    lines.push(said, ...pathLines(hard, nameOf));
  }
  if (total(soft) > 0) {
    if (lines.length > 0) lines.push('');
    const said =
      total(soft) === 1
        ? l10n.t('1 goes before it where both go, but does not stand in its way:')
        : l10n.t('{0} go before it where both go, but do not stand in its way:', total(soft));
    lines.push(said, ...pathLines(soft, nameOf));
  }
  if (needs.shown.length > 0) {
    const rows = needs.shown.map((edge) => edgeWords(edge, nameOf(edge.to)));
    lines.push('', l10n.t('{0} itself:', name), ...indented([...rows, ...moreWords(needs)]));
  }
  return lines;
};

const whatGoes: Answer = ({ along: { plan, members, dependents, stays } }, name, nameOf) => {
  const { pods, containers } = plan.counts;
  const lines: string[] = [];
  if (plan.nodes.size === 0) lines.push(l10n.t('Nothing would go: {0} stays.', name));
  else if (plan.nodes.size === 1) lines.push(l10n.t('Nothing: {0} would go alone.', name));
  else lines.push(l10n.t('With all that needs it, {0} would go:', podsAndContainers(pods, containers)));
  if (total(members) > 0) {
    const rows = members.shown.map((member) => nameOf(member.key));
    lines.push('', l10n.t('Its members:'), ...indented([...rows, ...moreWords(members)]));
  }
  if (total(dependents) > 0) lines.push('', l10n.t('What needs it:'), ...pathLines(dependents, nameOf));
  if (total(stays) > 0) {
    const rows = stays.shown.map(({ node, why }) => l10n.t('{0}: {1}', nameOf(node.key), stayReason(why, nameOf)));
    lines.push('', l10n.t('What stays:'), ...indented([...rows, ...moreWords(stays)]));
  }
  const facts = plan.nodes.size > 0 ? planFacts(plan, nameOf) : [];
  return facts.length > 0 ? [...lines, '', ...facts] : lines;
};

const answers: Readonly<Record<Question, Answer>> = { whyNot, whoNeeds, whatGoes };
