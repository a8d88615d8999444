import { l10n } from 'vscode';
import { engineOf, type NodeKey } from '../../graph/model/model';
import { skipPaths } from '../../graph/plan/explain';
import type { Action } from '../../graph/plan/lifecycleAction';
import {
  countOutcomes,
  isSuccessful,
  type NodeCounts,
  type NodeReport,
  type OutcomeKind,
  type Report,
} from '../../graph/plan/report';
import { actionText } from './action';
import {
  countAll,
  type DisplayText,
  duration,
  joinList,
  joinSentences,
  plainMessage,
  plainText,
  summarizeNames,
} from './format';
import { failureText } from './outcome';
import { pathText } from './paths';
import { displayName, type NameOf, nameOfKey, retainReasonText } from './plan';
import { kindText } from './state';
import { currentStateText, partialSentences, partialText } from './status';

/** How many failures are named in the message; the log has all. */
const named = 2;

/** `Removed 3 pods and 12 containers in 11.8 s. cache failed (device busy); base skipped because of it.` */
export function reportWords(report: Report): DisplayText {
  const counts = countOutcomes(report);
  const { notAttempted, unknown } = counts;
  const removes = report.plan.action === 'remove';
  const good = removes ? counts.removed : counts.done;
  const already = removes ? counts.alreadyRemoved : counts.unchanged;
  const text = actionText(report.plan.action);
  const said: string[] = [];
  const what = countAll(good);
  const took = duration(report.endedAt - report.startedAt);
  const any = sum(good) > 0;
  const cancelled = report.cancelled && wasCutShort(report);
  if (cancelled) said.push(any ? text.cancelled(what) : text.cancelledNone);
  else if (any) said.push(text.done(what, took));
  else if (!isSuccessful(report)) said.push(text.nothingDone);
  const before = sum(already);
  if (before > 0) said.push(text.alreadySo(before));
  if (report.cancelled && !cancelled) said.push(l10n.t('Too late to cancel.'));
  said.push(...failures(report), ...partialSentences(report));
  const left = sum(notAttempted) - partlyDone(report);
  if (left > 0) said.push(left === 1 ? l10n.t('1 was not attempted.') : l10n.t('{0} were not attempted.', left));
  const doubtful = sum(unknown);
  if (doubtful > 0)
    said.push(l10n.t('The engine disconnected. The result of {0} will be checked when it reconnects.', doubtful));
  return joinSentences(said);
}

const sum = ({ pods, containers, volumes }: Readonly<NodeCounts>) => pods + containers + volumes;

/** Whether a cancel kept anything from being attempted; otherwise all of it had begun already. */
function wasCutShort({ nodes }: Report): boolean {
  return [...nodes.values()].some(({ outcome }) => outcome.kind === 'notAttempted');
}

/** How many nodes count as not attempted although the run has changed them. */
function partlyDone({ nodes }: Report): number {
  return [...nodes.values()].filter(({ outcome, partial }) => outcome.kind === 'notAttempted' && partial).length;
}

function failures(report: Report): string[] {
  const entries = [...report.nodes.entries()];
  const failed = entries.filter(([, { outcome }]) => outcome.kind === 'failed');
  const skippedFor = (key: NodeKey) =>
    entries
      .filter(([, { outcome }]) => outcome.kind === 'skipped' && outcome.because === key)
      .map(([, entry]) => entry);
  const announced = failed.slice(0, named).map(([key, entry]) => failureSentence(entry, skippedFor(key)));
  const others = failed.length - named;
  if (others > 0) announced.push(others === 1 ? l10n.t('1 more failed.') : l10n.t('{0} more failed.', others));
  return announced;
}

function failureSentence({ node, outcome }: NodeReport, skipped: readonly NodeReport[]): string {
  const name = displayName(node);
  const why = outcome.kind === 'failed' ? failureText(outcome.reason, outcome.message) : '';
  if (skipped.length === 0) return l10n.t('{0} failed ({1}).', name, why);
  const names = summarizeNames(
    skipped.map((entry) => displayName(entry.node)),
    named,
  );
  return l10n.t('{0} failed ({1}); {2} skipped because of it.', name, why, names);
}

/** What is said of a number on the view's icon. */
export function badgeText(names: readonly string[]): DisplayText {
  return plainMessage(l10n.t('Failed: {0}', summarizeNames(names.map(plainText), named)));
}

/** Nodes that another try may remove. */
export function retryable(report: Report): NodeKey[] {
  const isLeft = ({ outcome }: NodeReport) =>
    outcome.kind === 'failed' ||
    outcome.kind === 'skipped' ||
    outcome.kind === 'unknown' ||
    (outcome.kind === 'notAttempted' && outcome.reason === 'engineDisconnected');
  return [...report.nodes].flatMap(([key, entry]) => (isLeft(entry) ? [key] : []));
}

/** A line for the log about each node. Technical English, not translated. */
export function reportForLog(report: Report): string[] {
  return [...report.nodes].map(([key, { node, outcome, state, partial, duration: took, attempts }]) => {
    const time = took === undefined ? '' : ` after ${(took / 1000).toFixed(1)} s`;
    const tries = attempts > 1 ? `, ${attempts} attempts` : '';
    return `${outcome.kind} ${plainText(node.name)} (${key})${time}${tries}, now ${state}${partial ? `, ${partial} by this run` : ''}${outcomeDetail(outcome)}`;
  });
}

function outcomeDetail(outcome: NodeReport['outcome']): string {
  switch (outcome.kind) {
    case 'failed':
      return `: ${outcome.reason}: ${plainText(outcome.message)}`;
    case 'skipped':
      return `: because of ${outcome.because}`;
    case 'notAttempted':
      return `: ${outcome.reason}`;
    case 'unknown':
      return `: ${plainText(outcome.message)}`;
    case 'removed':
    case 'alreadyRemoved':
    case 'done':
    case 'unchanged':
      return '';
  }
}

/** A report as a text that stands for itself: in the plan's order, a line for each node, columns aligned by spaces. */
export function reportText(report: Report, engineLabel: (id: string) => string): string {
  const { plan } = report;
  const severalEngines = plan.counts.engines > 1;
  const nameOf = namesIn(report);
  const wayOf = skipPaths(report);
  const rows = inPlanOrder(report).map(([key, entry]) => [
    outcomeText(entry.outcome.kind, plan.action),
    entry.duration === undefined || !wasTried(entry) ? '–' : duration(entry.duration),
    wasTried(entry) ? String(entry.attempts) : '–',
    kindText(entry.node.kind),
    displayName(entry.node),
    ...(severalEngines ? [plainText(engineLabel(engineOf(key)))] : []),
    currentStateText(entry.state),
    [partialText(entry, plan.action), reasonOf(entry, nameOf, wayOf)].filter(Boolean).join('; '),
  ]);
  const head = [
    l10n.t('Result'),
    l10n.t('Duration'),
    l10n.t('Attempts'),
    l10n.t('Kind'),
    l10n.t('Name'),
    ...(severalEngines ? [l10n.t('Engine')] : []),
    l10n.t('State now'),
    l10n.t('Reason'),
  ];
  const engines = new Set([...report.nodes.keys()].map(engineOf));
  return [
    actionText(plan.action).title(joinList([...engines].map((id) => plainText(engineLabel(id))))),
    l10n.t('{0}, took {1}', new Date(report.startedAt).toLocaleString(), duration(report.endedAt - report.startedAt)),
    '',
    reportWords(report),
    ...(report.isReconciled ? [] : [l10n.t('An engine did not respond at the end; its state is unknown.')]),
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
  const stays = new Map(report.plan.retained.map(({ node }) => [node.key, node]));
  return (key) => {
    const node = report.nodes.get(key)?.node ?? stays.get(key);
    return node ? displayName(node) : nameOfKey(key);
  };
}

function outcomeText(kind: OutcomeKind, action: Action): string {
  switch (kind) {
    case 'removed':
    case 'done':
      return actionText(action).doneText;
    case 'alreadyRemoved':
    case 'unchanged':
      return actionText(action).alreadyText;
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
function reasonOf({ node, outcome }: NodeReport, nameOf: NameOf, wayOf: ReturnType<typeof skipPaths>): string {
  switch (outcome.kind) {
    case 'removed':
    case 'alreadyRemoved':
    case 'done':
    case 'unchanged':
      return '';
    case 'failed': {
      const ours = failureText(outcome.reason, outcome.message);
      const theirs = plainText(outcome.message);
      return theirs && theirs !== ours ? `${ours}: ${theirs}` : ours;
    }
    case 'skipped': {
      const edges = wayOf(node.key);
      const because = l10n.t('because of {0}', nameOf(outcome.because));
      return edges.length === 0 ? because : `${because} · ${pathText({ edges, alternatives: [] }, nameOf)}`;
    }
    case 'notAttempted':
      return outcome.reason === 'cancelled' ? l10n.t('canceled') : l10n.t("the engine isn't responding");
    case 'unknown':
      return plainText(outcome.message);
  }
}

function stayLines({ plan }: Report, nameOf: NameOf): string[] {
  if (plan.retained.length === 0) return [];
  const rows = plan.retained.map(({ node, why }) => [displayName(node), retainReasonText(why, nameOf)]);
  return ['', l10n.t('Kept'), ...aligned(rows)];
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
