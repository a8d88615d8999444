import { describe, expect, it } from 'vitest';
import { EngineError, type TransportErrorReason } from '../../src/engine/error';
import type { EngineStatus } from '../../src/service/service';
import { engineHint, engineStateText } from '../../src/view/text/engines';
import { failureText } from '../../src/view/text/outcome';

/** Exhaustive by its type. */
const reasons: Readonly<Record<TransportErrorReason, true>> = {
  tlsExpired: true,
  tlsNotYetValid: true,
  tlsHostnameMismatch: true,
  tlsUntrustedCa: true,
  tlsClient: true,
  tlsFiles: true,
  tlsNotSpoken: true,
  tlsRequired: true,
  tlsFailed: true,
  sshMissing: true,
  sshUnsupported: true,
  sshAddress: true,
  sshHostKeyUnknown: true,
  sshHostKeyChanged: true,
  sshDenied: true,
  sshName: true,
  sshRefused: true,
  sshNoRoute: true,
  sshTimeout: true,
  sshSocket: true,
  sshForwarding: true,
  sshEnded: true,
};

const statusOf = (error: EngineError, state: EngineStatus['state'] = 'disconnected') =>
  ({ id: 'box', label: 'box', endpoint: 'ssh://box', state, error, listed: false, uninspected: 0 }) as EngineStatus;

describe('a transport error', () => {
  it.each(Object.keys(reasons) as TransportErrorReason[])('%s has its own text and a hint', (reason) => {
    const error = new EngineError(reason, 'message of ssh', { host: 'box.example' });
    const text = engineStateText(statusOf(error));
    expect(text).not.toBe('');
    expect(text).not.toContain('message of ssh');
    expect(failureText(reason, 'message of ssh')).toBe(text);
    expect(engineStateText(statusOf(error, 'denied'))).toBe(text);
    expect(engineHint(statusOf(error))).toMatch(/^\S.*\.$/);
  });

  it('names the host', () => {
    const expired = new EngineError('tlsExpired', '…', { host: 'box.example:2376' });
    expect(engineHint(statusOf(expired))).toBe('The certificate of box.example:2376 has expired. Renew it.');
    const unknown = new EngineError('sshHostKeyUnknown', '…', { host: 'box' });
    expect(engineHint(statusOf(unknown))).toContain('"ssh box"');
  });

  it('is not shown if the engine is live', () => {
    expect(engineHint(statusOf(new EngineError('tlsExpired', ''), 'live'))).toBeUndefined();
  });
});
