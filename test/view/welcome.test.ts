import { describe, expect, it } from 'vitest';
import { EngineError, type EngineErrorReason } from '../../src/engine/error';
import type { EngineStatus } from '../../src/service/service';
import { hideSilentDefaults } from '../../src/view/settings';
import { isConnecting, welcomeKind } from '../../src/view/viewMessage';
import { snapshotOf } from './picture';

const outside = () => false;
const empty = (...engines: (Partial<EngineStatus> & { id: string })[]) => snapshotOf({ containers: [], engines });
const disconnected = (reason: EngineErrorReason, state: EngineStatus['state'] = 'disconnected') =>
  empty({ id: 'local', state, listed: false, error: new EngineError(reason, 'words') });

describe('what an empty view says', () => {
  it('is nothing before engines were looked for', () => {
    expect(welcomeKind(empty(), true, outside)).toBe('none');
    expect(isConnecting(empty(), true)).toBe(true);
  });

  it('is that none was found', () => {
    expect(welcomeKind(empty(), false, outside)).toBe('noEngine');
    expect(isConnecting(empty(), false)).toBe(false);
  });

  it('is how to bring a socket in, where this runs in a container', () => {
    expect(welcomeKind(empty(), false, () => true)).toBe('noEngineInside');
    expect(welcomeKind(disconnected('unreachable'), false, () => true)).toBe('unreachable');
  });

  it('is nothing while a first answer is awaited', () => {
    const connecting = empty({ id: 'local', state: 'connecting', listed: false });
    expect(welcomeKind(connecting, false, outside)).toBe('none');
    expect(isConnecting(connecting, false)).toBe(true);
  });

  it('is that there is nothing, once that is known', () => {
    expect(welcomeKind(empty({ id: 'local' }), false, outside)).toBe('empty');
    expect(welcomeKind(empty({ id: 'local', listed: false }), false, outside)).toBe('none');
  });

  it('is why the one engine does not answer', () => {
    expect(welcomeKind(disconnected('denied', 'denied'), false, outside)).toBe('denied');
    expect(welcomeKind(disconnected('unreachable'), false, outside)).toBe('unreachable');
    expect(welcomeKind(disconnected('timeout'), false, outside)).toBe('timeout');
    expect(welcomeKind(disconnected('malformed'), false, outside)).toBe('malformed');
    expect(welcomeKind(disconnected('unsupported'), false, outside)).toBe('unknown');
  });

  it('is nothing where the tree has something to show', () => {
    expect(welcomeKind(snapshotOf({ containers: [{ name: 'a' }] }), false, outside)).toBe('none');
    expect(welcomeKind(empty({ id: 'one' }, { id: 'two' }), false, outside)).toBe('none');
  });
});

describe('engines that nobody named', () => {
  const isGuess = (id: string) => id === 'guess';
  const silent = { id: 'guess', state: 'denied', listed: false } as const;

  it('are left out while they are silent and another answers', () => {
    expect([...hideSilentDefaults(empty({ id: 'local' }, silent), isGuess).engines.keys()]).toEqual(['local']);
  });

  it('are shown when none answers, when they do, and when somebody named them', () => {
    expect(hideSilentDefaults(empty(silent), isGuess).engines.size).toBe(1);
    expect(hideSilentDefaults(empty({ id: 'local' }, { id: 'guess' }), isGuess).engines.size).toBe(2);
    expect(hideSilentDefaults(empty({ id: 'local' }, { ...silent, id: 'named' }), isGuess).engines.size).toBe(2);
  });
});
