import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/engine/error';
import type { EngineStatus } from '../../src/service/service';
import { buildViewMessage } from '../../src/view/viewMessage';
import { snapshotOf } from './graphSpec';

const away = (endpoint: string, code: string): Partial<EngineStatus> & { id: string } => ({
  id: 'local',
  endpoint,
  state: 'disconnected',
  listed: false,
  error: new EngineError('unreachable', 'words', { code }),
});
const messageOf = (engine: ReturnType<typeof away>, ...names: string[]) =>
  buildViewMessage(snapshotOf({ containers: names.map((name) => ({ name })), engines: [engine] }), [], '').message;

describe('the view message', () => {
  it('is empty where a welcome view applies', () => {
    expect(messageOf(away('unix:///run/x.sock', 'ENOENT'))).toBeUndefined();
    expect(messageOf(away('npipe:////./pipe/x', 'ENOENT'))).toBeUndefined();
  });

  it('shows connection errors of remote engines', () => {
    expect(messageOf(away('tcp://box:2375', 'ENOTFOUND'))).toMatch(/^Unknown host in tcp:\/\/box:2375/);
  });

  it('shows a hint above the last known state', () => {
    expect(messageOf(away('unix:///run/x.sock', 'ENOENT'), 'web')).toMatch(
      /not responding\. Showing last known state.* unix:\/\/\/run\/x\.sock does not exist/,
    );
  });
});
