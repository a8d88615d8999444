import { l10n } from 'vscode';
import type { EngineError } from '../../engine/error';
import { isWayReason } from '../../engine/transport/reason';
import type { EngineId } from '../../graph/model';
import type { EngineStatus, GraphSnapshot } from '../../service/service';
import type { DisplayText } from './plainText';
import { plainText } from './plainText';
import { plainStep } from './step';
import { wayStep, wayWords } from './way';

/** What an engine is called: an address says less than what answers there, as long as only one does. */
export function engineName(id: EngineId, { engines }: Pick<GraphSnapshot, 'engines'>): DisplayText {
  const status = engines.get(id);
  const title = status?.info?.title;
  return plainText(title && engines.size === 1 ? title : (status?.label ?? id));
}

/** How it stands with an engine that is not at work, in few words. */
export function engineStateWords(status: EngineStatus): string {
  switch (status.state) {
    case 'live':
      return '';
    case 'connecting':
      return l10n.t('connecting');
    case 'denied':
      return deniedWords(status.error);
    case 'lost':
      return lostWords(status.error);
  }
}

function deniedWords(error: EngineError | undefined): string {
  return error && isWayReason(error.reason) ? wayWords(error.reason) : l10n.t('permission denied');
}

function lostWords(error: EngineError | undefined): string {
  if (!error || error.reason === 'unreachable' || error.reason === 'aborted') return l10n.t('does not answer');
  if (isWayReason(error.reason)) return wayWords(error.reason);
  if (error.reason === 'timeout') return l10n.t('does not answer in time');
  if (error.reason === 'malformed') return l10n.t('something else answers there');
  return error.reason === 'unsupported' ? l10n.t('not supported') : plainText(error.words);
}

/** What does not work on an engine that is live, in few words. */
export function problemLabel({ problem }: EngineStatus): string {
  if (!problem) return '';
  return problem.kind === 'noEvents' ? l10n.t('no events') : l10n.t("can't be listed");
}

/** The same in full, with the engine's reason. */
export function problemText({ problem }: EngineStatus): string | undefined {
  if (!problem) return undefined;
  const reason = plainText(problem.error.words);
  if (problem.kind === 'noList') return l10n.t("Its containers can't be listed: {0}", reason);
  return reason
    ? l10n.t('The engine reports no events, so its containers are listed every few seconds: {0}', reason)
    : l10n.t('The engine reports no events, so its containers are listed every few seconds.');
}

/** What the view says above what it knew before the engine went away. */
export function staleWords(status: EngineStatus): string {
  return l10n.t(
    '{0} {1}. This is what it held before; trying again by itself.',
    plainText(status.label),
    engineStateWords(status),
  );
}

/** What to do about an engine that cannot be reached, where more can be said than that it is tried again. */
export function engineStep({ error, state, endpoint }: EngineStatus): string | undefined {
  return error && state !== 'live' ? (wayStep(error) ?? plainStep(error, endpoint)) : undefined;
}
