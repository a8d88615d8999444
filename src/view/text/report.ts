import { l10n } from 'vscode';
import type { NodeKey } from '../../graph/model/model';
import { countOutcomes, isSuccessful, type NodeCounts, type NodeReport, type Report } from '../../graph/plan/report';
import { freedSpace } from '../../graph/plan/freedSpace';
import { planActionText } from './action';
import {
  countAll,
  type DisplayText,
  duration,
  joinSentences,
  plainLines,
  plainText,
  sizeText,
  summarizeNames,
} from './format';
import { failureText } from './outcome';
import { displayName } from './plan';
import { partialSentences } from './status';
import { unitSentences } from './systemd';
import { volumeSentences } from './volumes';

/** Maximum number of failures named in the message; the log has all. */
const maxNamed = 2;

/** `Removed 3 pods and 12 containers in 11.8 s. cache failed (device busy); base skipped because of it.` */
export function reportSummary(report: Report): DisplayText {
  const counts = countOutcomes(report);
  const { notAttempted, unknown } = counts;
  const removes = report.plan.action === 'remove';
  const done = removes ? counts.removed : counts.done;
  const already = removes ? counts.alreadyRemoved : counts.unchanged;
  const text = planActionText(report.plan);
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
  const about = [...unitSentences(report), ...volumeSentences(report), ...freedText(report)];
  return joinSentences([...sentences, ...about]);
}

const sum = (counts: Readonly<NodeCounts>) => Object.values(counts).reduce((total, count) => total + count, 0);

/** `Freed 1.2 GB.` */
function freedText(report: Report): string[] {
  const freed = freedSpace(report);
  if (!freed) return [];
  const { bytes, imageBytes, isIncomplete } = freed;
  const [size, images] = [sizeText(bytes), sizeText(imageBytes)];
  // Layers may be shared with images that are left.
  if (bytes === 0) return [l10n.t('Freed at most {0} of images.', images)];
  if (imageBytes > 0) return [l10n.t('Freed {0}, and at most {1} of images.', size, images)];
  return [isIncomplete ? l10n.t('Freed at least {0}.', size) : l10n.t('Freed {0}.', size)];
}

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
export function badgeText(failed: readonly string[], failing: readonly string[] = []): DisplayText {
  const list = (names: readonly string[]) => summarizeNames(names.map(plainText), maxNamed);
  return plainLines([
    failed.length > 0 ? l10n.t('Failed: {0}', list(failed)) : '',
    failing.length > 0 ? l10n.t('Unhealthy, detached or exited with an error: {0}', list(failing)) : '',
  ]);
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
