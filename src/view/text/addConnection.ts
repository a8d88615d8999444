import { l10n } from 'vscode';
import { type Address, formatAddress } from '../../engine/address';
import type { ConnectionProblem } from '../../engine/discovery/connection';
import type { EngineError } from '../../engine/error';
import { engineHint, engineStateText } from './engines';
import { type DisplayText, joinSentences, plainMessage, plainText } from './format';

/** What is wrong with an address while it is typed. */
export function connectionProblemText(problem: ConnectionProblem): DisplayText {
  return plainMessage(problemText(problem));
}

function problemText(problem: ConnectionProblem): string {
  switch (problem) {
    case 'scheme':
      return l10n.t('Start with {0}.', 'unix://, ssh://, tcp://, https://, npipe://');
    case 'unix':
      return l10n.t('Enter the path of a socket, for example {0}.', 'unix:///run/podman/podman.sock');
    case 'npipe':
      return l10n.t('Enter the path of a named pipe, for example {0}.', 'npipe:////./pipe/docker_engine');
    case 'ssh':
      return l10n.t(
        'Enter a host, for example {0} or {1}.',
        'ssh://user@host',
        'ssh://user@host/run/podman/podman.sock',
      );
    case 'tcp':
      return l10n.t('Enter a host and a port, for example {0}.', 'tcp://host:2376');
    case 'unencrypted':
      return l10n.t(
        'Not encrypted: everyone who can reach this port controls the engine. Prefer ssh:// or TLS (https://host:2376).',
      );
  }
}

/** The address of a connection that is listed already. */
export function knownConnectionText(label: string): DisplayText {
  return plainMessage(l10n.t('This engine is already listed as {0}.', plainText(label)));
}

/** Why an engine can't be reached, and what to do. */
export function connectionFailureText(
  address: Address,
  error: EngineError,
): { message: DisplayText; detail: DisplayText } {
  const endpoint = formatAddress(address);
  const state = error.reason === 'denied' ? 'denied' : 'disconnected';
  const reason = l10n.t('{0}: {1}.', plainText(endpoint), engineStateText({ state, error }));
  return {
    message: plainMessage(l10n.t("Can't connect to the engine.")),
    detail: joinSentences([reason, engineHint({ state, error, endpoint }) ?? plainText(error.detail)].filter(Boolean)),
  };
}
