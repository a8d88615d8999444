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
import { unmetText } from './health';
import { failureText } from './outcome';
import { pathText } from './paths';
import { displayName, type NameOf, nameOfKey, retainReasonText } from './plan';
import { kindText } from './state';
import { currentStateText, partialSentences, partialText } from './status';

/** Maximum number of failures named in the message; the log has all. */
const maxNamed = 2;

/** `Removed 3 pods and 12 containers in 11.8 s. cache failed (device busy); base skipped because of it.` */
export function reportSummary(report: Report): DisplayText {
  const counts = countOutcomes(report);
  const { notAttempted, unknown } = counts;
  const removes = report.plan.action === 'remove';
  const done = removes ? counts.removed : counts.done;
  const already = removes ? counts.alreadyRemoved : counts.unchanged;
  const text = actionText(report.plan.action);
  const sentences: string[] = [];
  const targets = countAll(done);
  const time = duration(report.endedAt - report.startedAt);
  const any = sum(done) > 0;
  const cancelled = report.cancelled && wasCutShort(report);
  if (cancelled) sentences.push(any ? text.cancelled(targets) : text.cancelledNone);
  else if (any && report.cancelled && isSuccessful(report)) sentences.push(text.done(allText(done), time));
  else if (any) sentences.push(text.done(targets, time));
  else if (!isSuccessful(report)) sentences.push(text.nothingDone);
  const before = sum(already);
  if (before > 0) sentences.push(text.alreadySo(before));
  if (report.cancelled && !cancelled) sentences.push(l10n.t('Cancel came too late.'));
  sentences.push(...failures(report), ...partialSentences(report));
  const left = sum(notAttempted) - partlyDone(report);
  if (left > 0) sentences.push(left === 1 ? l10n.t('1 was not attempted.') : l10n.t('{0} were not attempted.', left));
  const unconfirmed = sum(unknown);
  if (unconfirmed > 0)
    sentences.push(
      l10n.t('The engine disconnected. The result of {0} will be checked when it reconnects.', unconfirmed),
    );
  return joinSentences(sentences);
}

const sum = ({ pods, containers, volumes }: Readonly<NodeCounts>) => pods + containers + volumes;

const allText = (done: Readonly<NodeCounts>) => (sum(done) === 1 ? countAll(done) : l10n.t('all {0}', sum(done)));

/** Whether a cancellation had an effect: otherwise all nodes had already started. */
function wasCutShort({ nodes }: Report): boolean {
  return [...nodes.values()].some(({ outcome }) => outcome.kind === 'notAttempted');
}

/** Number of nodes not attempted that the run has changed nevertheless. */
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
  const sentences = failed.slice(0, maxNamed).map(([key, entry]) => failureSentence(entry, skippedFor(key)));
  const others = failed.length - maxNamed;
  if (others > 0) sentences.push(others === 1 ? l10n.t('1 more failed.') : l10n.t('{0} more failed.', others));
  return sentences;
}

function failureSentence({ node, outcome }: NodeReport, skipped: readonly NodeReport[]): string {
  const name = displayName(node);
  const why = outcome.kind === 'failed' ? failureText(outcome.reason, outcome.message) : '';
  if (skipped.length === 0) return l10n.t('{0} failed ({1}).', name, why);
  const names = summarizeNames(
    skipped.map((entry) => displayName(entry.node)),
    maxNamed,
  );
  return l10n.t('{0} failed ({1}); {2} skipped because of it.', name, why, names);
}

/** Tooltip of the badge on the view's icon. */
export function badgeText(names: readonly string[]): DisplayText {
  return plainMessage(l10n.t('Failed: {0}', summarizeNames(names.map(plainText), maxNamed)));
}

/** Nodes for which a retry can succeed. */
export function retryable(report: Report): NodeKey[] {
  const canRetry = ({ outcome }: NodeReport) =>
    outcome.kind === 'failed' ||
    outcome.kind === 'skipped' ||
    outcome.kind === 'unknown' ||
    (outcome.kind === 'notAttempted' && outcome.reason === 'engineDisconnected');
  return [...report.nodes].flatMap(([key, entry]) => (canRetry(entry) ? [key] : []));
}

/** One log line per node. Not translated. */
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

/** A report as plain text: one line per node in plan order, in aligned columns. */
export function reportText(report: Report, engineLabel: (id: string) => string): string {
  const { plan } = report;
  const severalEngines = plan.counts.engines > 1;
  const nameOf = namesIn(report);
  const pathOf = skipPaths(report);
  const rows = inPlanOrder(report).map(([key, entry]) => [
    resultText(entry.outcome.kind, plan.action),
    entry.duration === undefined || !wasAttempted(entry) ? '–' : duration(entry.duration),
    wasAttempted(entry) ? String(entry.attempts) : '–',
    kindText(entry.node.kind),
    displayName(entry.node),
    ...(severalEngines ? [plainText(engineLabel(engineOf(key)))] : []),
    currentStateText(entry.state),
    [partialText(entry, plan.action), reasonOf(entry, nameOf, pathOf)].filter(Boolean).join('; '),
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
    reportSummary(report),
    ...(report.isReconciled ? [] : [l10n.t('An engine did not respond at the end; its state is unknown.')]),
    '',
    ...aligned([head, ...rows]),
    ...retainedLines(report, nameOf),
    '',
  ].join('\n');
}

/** Nodes withdrawn before any request count as not attempted. */
function wasAttempted({ attempts, outcome }: NodeReport): boolean {
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
  const retained = new Map(report.plan.retained.map(({ node }) => [node.key, node]));
  return (key) => {
    const node = report.nodes.get(key)?.node ?? retained.get(key);
    return node ? displayName(node) : nameOfKey(key);
  };
}

function resultText(kind: OutcomeKind, action: Action): string {
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

/** Reason and engine message of a failure; for a skipped node, the path to the failed one. */
function reasonOf({ node, outcome }: NodeReport, nameOf: NameOf, pathOf: ReturnType<typeof skipPaths>): string {
  switch (outcome.kind) {
    case 'removed':
    case 'alreadyRemoved':
    case 'done':
    case 'unchanged':
      return '';
    case 'failed': {
      const reason = failureText(outcome.reason, outcome.message);
      const message = plainText(outcome.message);
      return message && message !== reason ? `${reason}: ${message}` : reason;
    }
    case 'skipped': {
      const edges = pathOf(node.key);
      if (outcome.unmet) return unmetText(outcome.unmet, nameOf(outcome.because));
      const because = l10n.t('because of {0}', nameOf(outcome.because));
      return edges.length === 0 ? because : `${because} · ${pathText({ edges, alternatives: [] }, nameOf)}`;
    }
    case 'notAttempted':
      return outcome.reason === 'cancelled' ? l10n.t('canceled') : l10n.t("the engine isn't responding");
    case 'unknown':
      return plainText(outcome.message);
  }
}

function retainedLines({ plan }: Report, nameOf: NameOf): string[] {
  if (plan.retained.length === 0) return [];
  const rows = plan.retained.map(({ node, why }) => [displayName(node), retainReasonText(why, nameOf)]);
  return ['', l10n.t('Kept'), ...aligned(rows)];
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => widthOf(row[at] ?? ''))));
  return rows.map((row) =>
    row
      .map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - widthOf(cell)))
      .join('  ')
      .trimEnd(),
  );
}

/** CJK characters and punctuation. */
const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/g;

/** Columns in a monospaced font: wide characters take two. */
function widthOf(text: string): number {
  return text.length + (text.match(wide)?.length ?? 0);
}
