import { describe, expect, it } from 'vitest';
import type { EngineErrorReason } from '../../src/engine/error';
import { EngineError } from '../../src/engine/error';
import type { EngineStatus } from '../../src/service/service';
import { shownOf } from '../../src/view/shown';
import { isConnecting, welcomeOf } from '../../src/view/welcome';
import { snapshotOf } from './picture';

const outside = () => false;
const empty = (...engines: (Partial<EngineStatus> & { id: string })[]) => snapshotOf({ containers: [], engines });
const lost = (reason: EngineErrorReason, state: EngineStatus['state'] = 'lost') =>
  empty({ id: 'local', state, listed: false, error: new EngineError(reason, 'words') });

describe('what an empty view says', () => {
  it('is nothing before engines were looked for', () => {
    expect(welcomeOf(empty(), true, outside)).toBe('none');
    expect(isConnecting(empty(), true)).toBe(true);
  });

  it('is that none was found', () => {
    expect(welcomeOf(empty(), false, outside)).toBe('noEngine');
    expect(isConnecting(empty(), false)).toBe(false);
  });

  it('is how to bring a socket in, where this runs in a container', () => {
    expect(welcomeOf(empty(), false, () => true)).toBe('noEngineInside');
    expect(welcomeOf(lost('unreachable'), false, () => true)).toBe('unreachable');
  });

  it('is nothing while a first answer is awaited', () => {
    const connecting = empty({ id: 'local', state: 'connecting', listed: false });
    expect(welcomeOf(connecting, false, outside)).toBe('none');
    expect(isConnecting(connecting, false)).toBe(true);
  });

  it('is that there is nothing, once that is known', () => {
    expect(welcomeOf(empty({ id: 'local' }), false, outside)).toBe('empty');
    expect(welcomeOf(empty({ id: 'local', listed: false }), false, outside)).toBe('none');
  });

  it('is why the one engine does not answer', () => {
    expect(welcomeOf(lost('denied', 'denied'), false, outside)).toBe('denied');
    expect(welcomeOf(lost('unreachable'), false, outside)).toBe('unreachable');
    expect(welcomeOf(lost('timeout'), false, outside)).toBe('timeout');
    expect(welcomeOf(lost('malformed'), false, outside)).toBe('malformed');
    expect(welcomeOf(lost('unsupported'), false, outside)).toBe('unknown');
  });

  it('is nothing where the tree has something to show', () => {
    expect(welcomeOf(snapshotOf({ containers: [{ name: 'a' }] }), false, outside)).toBe('none');
    expect(welcomeOf(empty({ id: 'one' }, { id: 'two' }), false, outside)).toBe('none');
  });
});

describe('engines that nobody named', () => {
  const isGuess = (id: string) => id === 'guess';
  const silent = { id: 'guess', state: 'denied', listed: false } as const;

  it('are left out while they are silent and another answers', () => {
    expect([...shownOf(empty({ id: 'local' }, silent), isGuess).engines.keys()]).toEqual(['local']);
  });

  it('are shown when none answers, when they do, and when somebody named them', () => {
    expect(shownOf(empty(silent), isGuess).engines.size).toBe(1);
    expect(shownOf(empty({ id: 'local' }, { id: 'guess' }), isGuess).engines.size).toBe(2);
    expect(shownOf(empty({ id: 'local' }, { ...silent, id: 'named' }), isGuess).engines.size).toBe(2);
  });
});
