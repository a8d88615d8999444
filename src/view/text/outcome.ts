import { l10n } from 'vscode';
import { isTransportError } from '../../engine/error';
import type { Action } from '../../graph/plan/lifecycleAction';
import type { Outcome } from '../../graph/plan/report';
import type { ContainerNode, NodeKey } from '../../graph/model/model';
import { inSeconds, type StopTimeout } from '../../graph/model/stopTimeout';
import type { Operation } from '../../service/service';
import { actionText } from './action';
import { plainText, sizeText } from './format';
import { unmetText, waitText } from './health';
import type { NameOf } from './plan';
import { transportErrorText } from './transportErrors';

/** Short reason of a failure; undefined if only the engine's message explains it. */
function reasonText(reason: string): string | undefined {
  switch (reason) {
    case 'falseSuccess':
      return l10n.t('the engine reported success, but nothing changed');
    case 'changed':
      return l10n.t('changed after confirmation');
    case 'running':
      return l10n.t('it is running');
    case 'systemdFailed':
      return l10n.t('its systemd unit failed');
    case 'systemdRestarted':
      return l10n.t('its systemd unit was started again meanwhile');
    case 'systemdDenied':
      return l10n.t('not permitted to control its systemd unit');
    case 'systemdUnreachable':
      return l10n.t("systemd can't be reached");
    case 'quadletKept':
      return l10n.t("its Quadlet file couldn't be deleted");
    case 'noSpace':
      return l10n.t('no space left for the backup of its volume');
    case 'backupFailed':
      return l10n.t('the backup of its volume failed');
    case 'restoreFailed':
      return l10n.t("its volume couldn't be restored from the backup");
    case 'inUse':
      return l10n.t('came into use after confirmation');
    case 'paused':
      return l10n.t('it is paused');
    case 'cycle':
      return l10n.t('part of a dependency cycle');
    case 'hasDependents':
      return l10n.t('has a new dependent');
    case 'infraContainer':
      return l10n.t('removed only with its pod');
    case 'serviceContainer':
      return l10n.t('removed only with the pods it serves');
    case 'busy':
      return l10n.t('device busy');
    case 'locked':
      return l10n.t("the engine's database is locked");
    case 'inProgress':
      return l10n.t('removal already in progress');
    case 'processesRemain':
      return l10n.t('processes survived SIGKILL');
    case 'partial':
      return l10n.t("some of its containers couldn't be removed");
    case 'unsupported':
      return l10n.t("the engine doesn't support this");
    case 'unreachable':
      return l10n.t("the engine isn't responding");
    case 'denied':
      return l10n.t('permission denied');
    case 'timeout':
      return l10n.t('the engine did not respond in time');
    case 'malformed':
      return l10n.t('the engine sent an invalid response');
    case 'aborted':
      return l10n.t('canceled');
    default:
      return isTransportError(reason) ? transportErrorText(reason) : undefined;
  }
}

/** Short reason of a failure; falls back to the engine's message. */
export function failureText(reason: string, message: string): string {
  return reasonText(reason) ?? (plainText(message) || l10n.t('unknown reason'));
}

/** What to do about a failure; undefined where the reason implies it. */
export function failureHint(reason: string): string | undefined {
  switch (reason) {
    case 'busy':
      return l10n.t('A process still uses its storage. End that process, then retry.');
    case 'processesRemain':
      return l10n.t('Its processes may wait for storage or the network. Retry when they have ended.');
    case 'locked':
      return l10n.t('Another process uses the database. Retry when it has finished.');
    case 'systemdFailed':
      return l10n.t("Read the unit's log with journalctl, then retry.");
    case 'systemdDenied':
      return l10n.t('A unit of the system needs an administrator: connect as root, or run systemctl with sudo.');
    case 'noSpace':
    case 'backupFailed':
      return l10n.t('Nothing of it was deleted. Choose another folder, or keep its volumes.');
    case 'restoreFailed':
      return l10n.t('It was created and not started. Bring it back again to continue.');
    case 'inProgress':
      return l10n.t('Retry when the other removal has finished.');
    case 'changed':
    case 'hasDependents':
      return l10n.t('Retry to review an updated plan.');
    case 'unreachable':
    case 'timeout':
      return l10n.t('Check that the engine is running, then retry.');
    default:
      return undefined;
  }
}

/** Why an action did not succeed on a node; undefined if it did. */
export function outcomeText(outcome: Outcome, nameOf: NameOf, action: Action): string | undefined {
  const { failed, unconfirmed } = actionText(action);
  switch (outcome.kind) {
    case 'removed':
    case 'alreadyRemoved':
    case 'done':
    case 'unchanged':
      return undefined;
    case 'failed':
      return failed(failureText(outcome.reason, outcome.message));
    case 'skipped':
      return failed(
        outcome.unmet
          ? unmetText(outcome.unmet, nameOf(outcome.because))
          : l10n.t('blocked by {0}', nameOf(outcome.because)),
      );
    case 'notAttempted':
      return failed(outcome.reason === 'cancelled' ? l10n.t('canceled') : l10n.t('engine disconnected'));
    case 'unknown':
      return unconfirmed;
  }
}

/** `stopping, 7 s of 10 s` */
export function operationText(
  operation: Operation,
  now: number,
  needed: boolean,
  nameOf: NameOf,
  containerOf?: (key: NodeKey) => ContainerNode | undefined,
): string {
  switch (operation.phase) {
    case 'waiting':
      return needed ? l10n.t('waiting for dependents') : l10n.t('waiting');
    case 'waitingForCondition': {
      const { waitsFor } = operation;
      if (!waitsFor) return l10n.t('waiting');
      return waitText(waitsFor, nameOf(waitsFor.dependency), containerOf?.(waitsFor.dependency), now);
    }
    case 'waitingForPermit':
      return l10n.t('queued');
    case 'stopping':
      return stoppingText(Math.max(0, Math.floor((now - operation.since) / 1000)), operation.stopTimeout);
    case 'creating':
      return l10n.t('creating');
    case 'saving':
      return l10n.t('backing up, {0}', sizeText(operation.bytes ?? 0));
    case 'restoring':
      return l10n.t('restoring its volume, {0}', sizeText(operation.bytes ?? 0));
    case 'removing':
      return l10n.t('removing');
    case 'starting':
      return l10n.t('starting');
    case 'restarting':
      return l10n.t('restarting');
    case 'pausing':
      return l10n.t('pausing');
    case 'resuming':
      return l10n.t('unpausing');
    case 'killing':
      return l10n.t('killing');
    case 'retrying':
      return l10n.t('retrying');
  }
}

function stoppingText(seconds: number, grace: StopTimeout | undefined): string {
  if (grace === undefined) return l10n.t('stopping, {0} s', seconds);
  if (grace === 'unlimited') return l10n.t('stopping, {0} s (no time limit)', seconds);
  return seconds <= inSeconds(grace)
    ? l10n.t('stopping, {0} s of {1} s', seconds, grace)
    : l10n.t('stopping, {0} s (timeout {1} s)', seconds, grace);
}
