import { l10n } from 'vscode';
import type { NodeKey } from '../../graph/model';
import type { NodeReport, Report } from '../../graph/report';
import type { Tally } from '../../graph/report';
import { isComplete, tally } from '../../graph/report';
import { actionWords } from './action';
import type { DisplayText } from './plainText';
import { plainMessage, plainText } from './plainText';
import { countAll, duration, nameSome, sentences } from './count';
import { failureWords } from './failure';
import { partialSentences } from './partial';
import { nameOfNode } from './plan';

/** How many failures are named in the message; the log has all. */
const named = 2;

/** `Removed 3 pods and 12 containers in 11.8 s. cache failed (device busy); base skipped because of it.` */
export function reportWords(report: Report): DisplayText {
  const counts = tally(report);
  const { notAttempted, unknown } = counts;
  const removes = report.plan.action === 'remove';
  const good = removes ? counts.removed : counts.done;
  const already = removes ? counts.alreadyGone : counts.alreadySo;
  const words = actionWords(report.plan.action);
  const said: string[] = [];
  const what = countAll(good);
  const took = duration(report.endedAt - report.startedAt);
  const any = sum(good) > 0;
  const cancelled = report.cancelled && wasCutShort(report);
  if (cancelled) said.push(any ? words.cancelled(what) : words.cancelledNone);
  else if (any) said.push(words.done(what, took));
  else if (!isComplete(report)) said.push(words.nothingDone);
  const before = sum(already);
  if (before > 0) said.push(words.alreadySo(before));
  if (report.cancelled && !cancelled) said.push(l10n.t('The cancel came too late.'));
  said.push(...failures(report), ...partialSentences(report));
  const left = sum(notAttempted) - partlyDone(report);
  if (left > 0) said.push(left === 1 ? l10n.t('1 was left alone.') : l10n.t('{0} were left alone.', left));
  const doubtful = sum(unknown);
  if (doubtful > 0)
    said.push(l10n.t('The engine went away: what became of {0} is looked up when it is back.', doubtful));
  return sentences(said);
}

const sum = ({ pods, containers, volumes }: Readonly<Tally>) => pods + containers + volumes;

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
  const told = failed.slice(0, named).map(([key, entry]) => failureSentence(entry, skippedFor(key)));
  const others = failed.length - named;
  if (others > 0) told.push(others === 1 ? l10n.t('1 more failed.') : l10n.t('{0} more failed.', others));
  return told;
}

function failureSentence({ node, outcome }: NodeReport, skipped: readonly NodeReport[]): string {
  const name = nameOfNode(node);
  const why = outcome.kind === 'failed' ? failureWords(outcome.reason, outcome.words) : '';
  if (skipped.length === 0) return l10n.t('{0} failed ({1}).', name, why);
  const names = nameSome(
    skipped.map((entry) => nameOfNode(entry.node)),
    named,
  );
  return l10n.t('{0} failed ({1}); {2} skipped because of it.', name, why, names);
}

/** What is said of a number on the view's icon. */
export function badgeWords(names: readonly string[]): DisplayText {
  return plainMessage(l10n.t('Failed: {0}', nameSome(names.map(plainText), named)));
}

/** Nodes that another try may remove. */
export function retryable(report: Report): NodeKey[] {
  const isLeft = ({ outcome }: NodeReport) =>
    outcome.kind === 'failed' ||
    outcome.kind === 'skipped' ||
    outcome.kind === 'unknown' ||
    (outcome.kind === 'notAttempted' && outcome.why === 'engineLost');
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
      return `: ${outcome.reason}: ${plainText(outcome.words)}`;
    case 'skipped':
      return `: because of ${outcome.because}`;
    case 'notAttempted':
      return `: ${outcome.why}`;
    case 'unknown':
      return `: ${plainText(outcome.words)}`;
    case 'removed':
    case 'alreadyGone':
    case 'done':
    case 'alreadySo':
      return '';
  }
}
