import { l10n } from 'vscode';
import type { Action } from '../../graph/action';
import type { NodeKey } from '../../graph/model';
import { engineOf } from '../../graph/model';
import type { NodeReport, OutcomeKind, Report } from '../../graph/report';
import { skippedWays } from '../../graph/skippedWays';
import { actionWords } from './action';
import { plainText } from './plainText';
import { duration, inARow } from './count';
import { failureWords } from './failure';
import { pathWords } from './path';
import type { NameOf } from './plan';
import { currentStateText, partialText } from './partial';
import { nameOfKey, nameOfNode, stayReason } from './plan';
import { reportWords } from './report';
import { kindWord } from './state';

/** A report as a text that stands for itself: in the plan's order, a line for each node, columns aligned by spaces. */
export function reportText(report: Report, engineLabel: (id: string) => string): string {
  const { plan } = report;
  const severalEngines = plan.counts.engines > 1;
  const nameOf = namesIn(report);
  const wayOf = skippedWays(report);
  const rows = inPlanOrder(report).map(([key, entry]) => [
    outcomeWord(entry.outcome.kind, plan.action),
    entry.duration === undefined || !wasTried(entry) ? '–' : duration(entry.duration),
    wasTried(entry) ? String(entry.attempts) : '–',
    kindWord(entry.node.kind),
    nameOfNode(entry.node),
    ...(severalEngines ? [plainText(engineLabel(engineOf(key)))] : []),
    currentStateText(entry.state),
    [partialText(entry, plan.action), reasonOf(entry, nameOf, wayOf)].filter(Boolean).join('; '),
  ]);
  const head = [
    l10n.t('Outcome'),
    l10n.t('Took'),
    l10n.t('Attempts'),
    l10n.t('Kind'),
    l10n.t('Name'),
    ...(severalEngines ? [l10n.t('Engine')] : []),
    l10n.t('State now'),
    l10n.t('Reason'),
  ];
  const engines = new Set([...report.nodes.keys()].map(engineOf));
  return [
    actionWords(plan.action).title(inARow([...engines].map((id) => plainText(engineLabel(id))))),
    l10n.t('{0}, took {1}', new Date(report.startedAt).toLocaleString(), duration(report.endedAt - report.startedAt)),
    '',
    reportWords(report),
    ...(report.settled ? [] : [l10n.t('An engine did not answer at the end: what it holds is not known yet.')]),
    '',
    ...aligned([head, ...rows]),
    ...stayLines(report, nameOf),
    '',
  ].join('\n');
}

/** What was begun and withdrawn before anything was sent counts as not tried. */
function wasTried({ attempts, outcome }: NodeReport): boolean {
  return attempts > 0 && outcome.kind !== 'notAttempted';
}

function inPlanOrder(report: Report): (readonly [NodeKey, NodeReport])[] {
  const keys = report.plan.units.flatMap((unit) => unit.nodes);
  return keys.flatMap((key) => {
    const entry = report.nodes.get(key);
    return entry ? [[key, entry] as const] : [];
  });
}

function namesIn(report: Report): NameOf {
  const stays = new Map(report.plan.stays.map(({ node }) => [node.key, node]));
  return (key) => {
    const node = report.nodes.get(key)?.node ?? stays.get(key);
    return node ? nameOfNode(node) : nameOfKey(key);
  };
}

function outcomeWord(kind: OutcomeKind, action: Action): string {
  switch (kind) {
    case 'removed':
    case 'done':
      return actionWords(action).doneWord;
    case 'alreadyGone':
    case 'alreadySo':
      return actionWords(action).alreadyWord;
    case 'failed':
      return l10n.t('failed');
    case 'skipped':
      return l10n.t('skipped');
    case 'notAttempted':
      return l10n.t('not attempted');
    case 'unknown':
      return l10n.t('unknown');
  }
}

/**
 * Why it is not as it was to be: in our words, and in the engine's own where these say more; what was skipped, along the
 * edges that led to it.
 */
function reasonOf({ node, outcome }: NodeReport, nameOf: NameOf, wayOf: ReturnType<typeof skippedWays>): string {
  switch (outcome.kind) {
    case 'removed':
    case 'alreadyGone':
    case 'done':
    case 'alreadySo':
      return '';
    case 'failed': {
      const ours = failureWords(outcome.reason, outcome.words);
      const theirs = plainText(outcome.words);
      return theirs && theirs !== ours ? `${ours}: ${theirs}` : ours;
    }
    case 'skipped': {
      const edges = wayOf(node.key);
      const because = l10n.t('because of {0}', nameOf(outcome.because));
      return edges.length === 0 ? because : `${because} · ${pathWords({ edges, also: [] }, nameOf)}`;
    }
    case 'notAttempted':
      return outcome.why === 'cancelled' ? l10n.t('cancelled') : l10n.t('the engine does not answer');
    case 'unknown':
      return plainText(outcome.words);
  }
}

function stayLines({ plan }: Report, nameOf: NameOf): string[] {
  if (plan.stays.length === 0) return [];
  const rows = plan.stays.map(({ node, why }) => [nameOfNode(node), stayReason(why, nameOf)]);
  return ['', l10n.t('What stays'), ...aligned(rows)];
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => widthOf(row[at] ?? ''))));
  return rows.map((row) =>
    row
      .map((word, at) => word + ' '.repeat((widths[at] ?? 0) - widthOf(word)))
      .join('  ')
      .trimEnd(),
  );
}

/** Chinese, Japanese and Korean signs, and the punctuation that goes with them. */
const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/g;

/** In columns of a font whose letters are all as wide as each other: wide signs take two. */
function widthOf(text: string): number {
  return text.length + (text.match(wide)?.length ?? 0);
}
