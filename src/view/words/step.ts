import { l10n } from 'vscode';
import { isOnThisMachine } from '../../engine/address';
import type { EngineError } from '../../engine/error';
import { plainText } from './plainText';

/** What starts an engine where this runs. */
function starters(): string {
  return process.platform === 'linux'
    ? l10n.t('systemctl --user start podman.socket, or sudo systemctl start docker')
    : l10n.t('podman machine start, or Docker Desktop');
}

/** What to do about an engine that is away although the way to it, by TLS or ssh, stands; undefined where nothing is known. */
export function plainStep({ reason, more }: EngineError, endpoint: string): string | undefined {
  const at = plainText(endpoint);
  const isLocal = isOnThisMachine(endpoint);
  if (reason === 'unreachable') return isLocal ? localStep(more.code, at) : remoteStep(more.code, at);
  if (reason === 'malformed') return l10n.t('What answers at {0} is neither Podman nor Docker. Check the address.', at);
  if (reason === 'denied') {
    return l10n.t(
      'Your user may not use {0}. With Podman, use the socket of your own user (systemctl --user start podman.socket); with Docker, join the group docker and sign in again.',
      at,
    );
  }
  if (reason !== 'timeout') return undefined;
  return isLocal
    ? l10n.t('It takes calls at {0} and does not answer: it may be overloaded or stuck. Restarting it helps.', at)
    : l10n.t('{0} did not answer in time. Check the network, and whether the engine is overloaded or stuck.', at);
}

function localStep(code: string | undefined, at: string): string | undefined {
  if (code === 'ENOENT') return l10n.t('Nothing is at {0}. Start the engine ({1}).', at, starters());
  if (code === 'ECONNREFUSED') {
    return l10n.t('{0} is there, but nobody serves it: the engine has ended. Start it again ({1}).', at, starters());
  }
  return undefined;
}

const unknownName = new Set(['ENOTFOUND', 'EAI_AGAIN']);
const noWay = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT']);

function remoteStep(code = '', at: string): string | undefined {
  if (code === 'ECONNREFUSED') {
    return l10n.t('Nobody listens at {0}. Check the port, and that the engine serves TCP there.', at);
  }
  if (unknownName.has(code)) {
    return l10n.t('The name of the host in {0} is not known. Check its spelling, and the network or VPN.', at);
  }
  if (noWay.has(code)) {
    return l10n.t('The host of {0} cannot be reached. Check the network, and a VPN or firewall on the way.', at);
  }
  return undefined;
}
