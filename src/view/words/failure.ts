import { l10n } from 'vscode';
import { isWayReason } from '../../engine/transport/reason';
import type { Action } from '../../graph/action';
import { goesUp } from '../../graph/action';
import type { Outcome } from '../../graph/report';
import { actionWords } from './action';
import { plainText } from './plainText';
import type { NameOf } from './plan';
import { wayWords } from './way';

/** Why an engine, or we ourselves, did not remove something: a few words for a list. Undefined for reasons that need the engine's own. */
function reasonWords(reason: string): string | undefined {
  switch (reason) {
    case 'falseSuccess':
      return l10n.t('the engine said it was done, and it is not so');
    case 'changed':
      return l10n.t('it changed after you confirmed');
    case 'running':
      return l10n.t('it is running');
    case 'inUse':
      return l10n.t('it came into use after you confirmed');
    case 'paused':
      return l10n.t('it is paused');
    case 'cycle':
      return l10n.t('it and others need each other');
    case 'hasDependents':
      return l10n.t('something new needs it');
    case 'isInfra':
      return l10n.t('it goes only with its pod');
    case 'isService':
      return l10n.t('it goes only with the pods it serves');
    case 'busy':
      return l10n.t('device busy');
    case 'locked':
      return l10n.t("the engine's database is locked");
    case 'inProgress':
      return l10n.t('somebody else is removing it');
    case 'didNotDie':
      return l10n.t('its processes did not die');
    case 'partial':
      return l10n.t('some of its containers could not be removed');
    case 'unsupported':
      return l10n.t('the engine cannot do this');
    case 'unreachable':
      return l10n.t('the engine does not answer');
    case 'denied':
      return l10n.t('permission denied');
    case 'timeout':
      return l10n.t('the engine did not answer in time');
    case 'malformed':
      return l10n.t('the engine answered something unreadable');
    case 'aborted':
      return l10n.t('cancelled');
    default:
      return isWayReason(reason) ? wayWords(reason) : undefined;
  }
}

/** Reason codes in few words, the engine's own words where a code says nothing. */
export function failureWords(reason: string, words: string): string {
  return reasonWords(reason) ?? (plainText(words) || l10n.t('unknown reason'));
}

/** What stands behind a node that is not as it was to be; undefined for one that is. */
export function outcomeWords(outcome: Outcome, nameOf: NameOf, action: Action): string | undefined {
  const { not, perhapsNot } = actionWords(action);
  switch (outcome.kind) {
    case 'removed':
    case 'alreadyGone':
    case 'done':
    case 'alreadySo':
      return undefined;
    case 'failed':
      return not(failureWords(outcome.reason, outcome.words));
    case 'skipped':
      return not(
        goesUp(action)
          ? l10n.t('{0} did not come up', nameOf(outcome.because))
          : l10n.t('{0} could not go first', nameOf(outcome.because)),
      );
    case 'notAttempted':
      return not(outcome.why === 'cancelled' ? l10n.t('cancelled') : l10n.t('engine lost'));
    case 'unknown':
      return perhapsNot;
  }
}
