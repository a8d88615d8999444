import { l10n } from 'vscode';
import { inSeconds, type StopTimeout } from '../../graph/stopTimeout';
import type { Operation } from '../../service/service';

/**
 * What is being done with a node at this moment: `stopping, 7 s of 10 s`.
 *
 * @param needed whether others still need it: for these it waits
 */
export function operationWords(operation: Operation, now: number, needed: boolean): string {
  switch (operation.phase) {
    case 'waiting':
      return needed ? l10n.t('waiting for what needs it') : l10n.t('waiting');
    case 'queued':
      return l10n.t('waiting for its turn');
    case 'stopping':
      return stoppingWords(Math.max(0, Math.floor((now - operation.since) / 1000)), operation.grace);
    case 'removing':
      return l10n.t('removing');
    case 'starting':
      return l10n.t('starting');
    case 'restarting':
      return l10n.t('restarting');
    case 'pausing':
      return l10n.t('pausing');
    case 'resuming':
      return l10n.t('resuming');
    case 'killing':
      return l10n.t('killing');
    case 'retrying':
      return l10n.t('trying again');
  }
}

function stoppingWords(seconds: number, grace: StopTimeout | undefined): string {
  if (grace === undefined) return l10n.t('stopping, {0} s', seconds);
  if (grace === 'unlimited') return l10n.t('stopping, {0} s (no time limit)', seconds);
  return seconds <= inSeconds(grace)
    ? l10n.t('stopping, {0} s of {1} s', seconds, grace)
    : l10n.t('stopping, {0} s (had {1} s)', seconds, grace);
}
