import { l10n } from 'vscode';
import type { Action } from '../../graph/action';
import type { NodeKey } from '../../graph/model';
import type { Operation, OperationPhase, Progress } from '../../service/service';
import { actionWords } from './action';
import { nameSome } from './count';

/** How many names the progress shows of what is being worked on. */
const named = 2;

/** Milliseconds after which it is worth a word how long something has been stopping. */
const slow = 5_000;

/** What has been stopping for long, the longest first. */
export function slowOnes({ active }: Pick<Progress, 'active'>, now: number): [NodeKey, Operation][] {
  return [...active]
    .filter(([, { phase, since }]) => phase === 'stopping' && now - since >= slow)
    .sort(([, one], [, other]) => one.since - other.since);
}

/** `web 7 s of 10 s`, `db 7 s (no time limit)`. */
export function slowWords(name: string, { since, grace }: Operation, now: number): string {
  const seconds = Math.floor((now - since) / 1000);
  if (grace === 'unlimited') return l10n.t('{0} {1} s (no time limit)', name, seconds);
  return grace === undefined ? l10n.t('{0} {1} s', name, seconds) : l10n.t('{0} {1} s of {2} s', name, seconds, grace);
}

/** `Removing 14 · 6 done · stopping web, db, +2`; after some seconds `stopping web 7 s of 10 s, db, +2`. */
export function progressWords(
  progress: Progress,
  nameOf: (key: NodeKey) => string,
  now: number,
  action: Action = 'remove',
): string {
  const words = actionWords(action);
  if (progress.cancelled) return finishingWords(progress.active.size);
  const parts = [words.doing(progress.total), l10n.t('{0} done', progress.ended - progress.failed)];
  if (progress.failed > 0) parts.push(l10n.t('{0} failed', progress.failed));
  const slowest = new Map(slowOnes(progress, now));
  const quick = [...progress.active].filter(([key, at]) => at.phase === 'stopping' && !slowest.has(key));
  const stopping = [
    ...[...slowest].map(([key, at]) => slowWords(nameOf(key), at, now)),
    ...quick.map(([key]) => nameOf(key)),
  ];
  const isIdle = (phase: OperationPhase) => phase === 'stopping' || phase === 'waiting' || phase === 'queued';
  const others = [...progress.active].flatMap(([key, { phase }]) =>
    isIdle(phase) || phase === 'retrying' ? [] : [nameOf(key)],
  );
  if (stopping.length > 0) parts.push(l10n.t('stopping {0}', nameSome(stopping, named)));
  else if (others.length > 0) parts.push(words.doingTo(nameSome(others, named)));
  return parts.join(' · ');
}

/** After Cancel: what had begun is let finish. */
export function finishingWords(active: number): string {
  if (active === 0) return l10n.t('Finishing…');
  return active === 1 ? l10n.t('Finishing 1 that had begun…') : l10n.t('Finishing {0} that had begun…', active);
}
