import { firstWords } from '../../answers/json';
import { EngineError } from '../../error';
import type { SshReason } from '../reason';

/** What ssh says on its standard error (OpenSSH 7.6 to 10), the more telling first. It speaks English everywhere. */
const phrases: readonly (readonly [SshReason, RegExp])[] = [
  ['sshHostKeyChanged', /REMOTE HOST IDENTIFICATION HAS CHANGED|^Host key for .* has changed/],
  ['sshHostKeyUnknown', /^No .* host key is known for|Host key verification failed/],
  ['sshDenied', /Permission denied \(|Too many authentication failures|No supported authentication methods/],
  ['sshName', /Could not resolve hostname/],
  ['sshRefused', /Connection refused/],
  ['sshNoRoute', /No route to host|Network is unreachable|Host is down/],
  ['sshTimeout', /timed out|Timeout, server .* not responding/],
  ['sshAddress', /(hostname|username) contains invalid characters/],
];

/** What it says of one connection that could not be forwarded, while it lives on. */
const refused: readonly (readonly [SshReason, RegExp])[] = [
  ['sshForwarding', /open failed: (administratively prohibited|unknown channel type)/],
  ['sshSocket', /open failed: connect failed/],
];

/** Lines that say less than others do. */
const idle = /^(@|\s*$|kex_exchange_identification:|Connection (closed|reset) by|Warning: Permanently added)/;

/** Why ssh ended, from all that it said; its own words go along. */
export function endOf(said: readonly string[], host: string): EngineError {
  for (const [reason, phrase] of phrases) {
    const line = said.find((one) => phrase.test(one) && !one.startsWith('@'));
    const banner = line ?? said.find((one) => phrase.test(one));
    if (banner !== undefined) return new EngineError(reason, words(line ?? 'the host key has changed'), { host });
  }
  const last = said.findLast((line) => !idle.test(line)) ?? said.at(-1);
  return new EngineError('sshEnded', words(last ?? 'ssh ended without a word'), { host });
}

/** Why a connection was not forwarded; undefined for lines that say something else. */
export function refusalIn(line: string, host: string): EngineError | undefined {
  const found = refused.find(([, phrase]) => phrase.test(line));
  return found && new EngineError(found[0], words(line), { host });
}

function words(line: string): string {
  return firstWords(line, 300);
}
