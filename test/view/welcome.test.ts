import { describe, expect, it } from 'vitest';
import { EngineError, type EngineErrorReason } from '../../src/engine/error';
import type { EngineStatus } from '../../src/service/service';
import { hideSilentDefaults } from '../../src/view/settings';
import { isConnecting, welcomeKind } from '../../src/view/viewMessage';
import { snapshotOf } from './graphSpec';

const outside = () => false;
const empty = (...engines: (Partial<EngineStatus> & { id: string })[]) => snapshotOf({ containers: [], engines });
const disconnected = (reason: EngineErrorReason, state: EngineStatus['state'] = 'disconnected') =>
  empty({ id: 'local', state, listed: false, error: new EngineError(reason, 'detail') });

describe('the welcome view', () => {
  it('is hidden before discovery', () => {
    expect(welcomeKind(empty(), true, outside)).toBe('none');
    expect(isConnecting(empty(), true)).toBe(true);
  });

  it('reports that no engine was found', () => {
    expect(welcomeKind(empty(), false, outside)).toBe('noEngine');
    expect(isConnecting(empty(), false)).toBe(false);
  });

  it('explains how to mount a socket inside a container', () => {
    expect(welcomeKind(empty(), false, () => true)).toBe('noEngineInside');
    expect(welcomeKind(disconnected('unreachable'), false, () => true)).toBe('unreachable');
  });

  it('is hidden while connecting', () => {
    const connecting = empty({ id: 'local', state: 'connecting', listed: false });
    expect(welcomeKind(connecting, false, outside)).toBe('none');
    expect(isConnecting(connecting, false)).toBe(true);
  });

  it('reports an empty engine once it was listed', () => {
    expect(welcomeKind(empty({ id: 'local' }), false, outside)).toBe('empty');
    expect(welcomeKind(empty({ id: 'local', listed: false }), false, outside)).toBe('none');
    expect(welcomeKind(empty({ id: 'demo', isDemo: true }), false, outside)).toBe('demoEmpty');
  });

  it('shows why the only engine is unreachable', () => {
    expect(welcomeKind(disconnected('denied', 'denied'), false, outside)).toBe('denied');
    expect(welcomeKind(disconnected('unreachable'), false, outside)).toBe('unreachable');
    expect(welcomeKind(disconnected('timeout'), false, outside)).toBe('timeout');
    expect(welcomeKind(disconnected('malformed'), false, outside)).toBe('malformed');
    expect(welcomeKind(disconnected('unsupported'), false, outside)).toBe('unknown');
  });

  it('is hidden if the tree has content', () => {
    expect(welcomeKind(snapshotOf({ containers: [{ name: 'a' }] }), false, outside)).toBe('none');
    expect(welcomeKind(empty({ id: 'one' }, { id: 'two' }), false, outside)).toBe('none');
  });
});

describe('default engines', () => {
  const isGuess = (id: string) => id === 'guess';
  const silent = { id: 'guess', state: 'denied', listed: false } as const;

  it('are hidden while unreachable if another engine responds', () => {
    expect([...hideSilentDefaults(empty({ id: 'local' }, silent), isGuess).engines.keys()]).toEqual(['local']);
  });

  it('are shown if none responds, if they respond, and if configured', () => {
    expect(hideSilentDefaults(empty(silent), isGuess).engines.size).toBe(1);
    expect(hideSilentDefaults(empty({ id: 'local' }, { id: 'guess' }), isGuess).engines.size).toBe(2);
    expect(hideSilentDefaults(empty({ id: 'local' }, { ...silent, id: 'named' }), isGuess).engines.size).toBe(2);
  });
});
