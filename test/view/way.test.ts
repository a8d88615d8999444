import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/engine/error';
import type { WayReason } from '../../src/engine/transport/reason';
import type { EngineStatus } from '../../src/service/service';
import { engineStateWords, engineStep } from '../../src/view/words/engine';
import { failureWords } from '../../src/view/words/failure';

/** Complete by its type. */
const reasons: Readonly<Record<WayReason, true>> = {
  tlsExpired: true,
  tlsNotYetValid: true,
  tlsName: true,
  tlsAuthority: true,
  tlsClient: true,
  tlsFiles: true,
  tlsPlain: true,
  tlsWanted: true,
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

const statusOf = (error: EngineError, state: EngineStatus['state'] = 'lost') =>
  ({ id: 'box', label: 'box', endpoint: 'ssh://box', state, error, listed: false, pending: 0 }) as EngineStatus;

describe('a way that does not stand', () => {
  it.each(Object.keys(reasons) as WayReason[])('%s has words of its own, and says what to do', (reason) => {
    const error = new EngineError(reason, 'words of ssh', { host: 'box.example' });
    const words = engineStateWords(statusOf(error));
    expect(words).not.toBe('');
    expect(words).not.toContain('words of ssh');
    expect(failureWords(reason, 'words of ssh')).toBe(words);
    expect(engineStateWords(statusOf(error, 'denied'))).toBe(words);
    expect(engineStep(statusOf(error))).toMatch(/^\S.*\.$/);
  });

  it('names the host', () => {
    const expired = new EngineError('tlsExpired', '…', { host: 'box.example:2376' });
    expect(engineStep(statusOf(expired))).toBe('The certificate of box.example:2376 has expired. Renew it there.');
    const unknown = new EngineError('sshHostKeyUnknown', '…', { host: 'box' });
    expect(engineStep(statusOf(unknown))).toContain('"ssh box"');
  });

  it('is not spoken of where an engine is live', () => {
    expect(engineStep(statusOf(new EngineError('tlsExpired', ''), 'live'))).toBeUndefined();
  });
});
