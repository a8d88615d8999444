import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/engine/error';
import type { EngineStatus } from '../../src/service/service';
import { buildViewMessage } from '../../src/view/viewMessage';
import { snapshotOf } from './graphSpec';

const disconnected = (endpoint: string, code: string): Partial<EngineStatus> & { id: string } => ({
  id: 'local',
  endpoint,
  state: 'disconnected',
  listed: false,
  error: new EngineError('unreachable', 'detail', { code }),
});
const messageOf = (engine: Partial<EngineStatus> & { id: string }, ...names: string[]) =>
  buildViewMessage(snapshotOf({ containers: names.map((name) => ({ name })), engines: [engine] }), [], '').message;

describe('the view description', () => {
  const describe = (...engines: (Partial<EngineStatus> & { id: string })[]) =>
    buildViewMessage(snapshotOf({ containers: [{ name: 'web' }], engines }), [], '').description;
  const info = { type: 'podman', version: '5.8.6', title: 'podman 5.8.6' } as EngineStatus['info'];

  it('names the only engine', () => {
    expect(describe({ id: 'local', label: 'podman', info })).toBe('podman 5.8.6 · 1 container');
    expect(describe({ id: 'local', label: 'box', info })).toBe('podman 5.8.6 · box · 1 container');
    expect(describe({ id: 'local', isDemo: true, info })).toBe('Demo · 1 container');
  });

  it('counts no containers of the demo beside real engines', () => {
    expect(describe({ id: 'local', isDemo: true }, { id: 'real' })).toBeUndefined();
    expect(describe({ id: 'local' }, { id: 'demo', isDemo: true })).toBe('1 container');
  });
});

describe('the view message', () => {
  it('is empty where a welcome view applies', () => {
    expect(messageOf(disconnected('unix:///run/x.sock', 'ENOENT'))).toBeUndefined();
    expect(messageOf(disconnected('npipe:////./pipe/x', 'ENOENT'))).toBeUndefined();
  });

  it('shows connection errors of remote engines', () => {
    expect(messageOf(disconnected('tcp://box:2375', 'ENOTFOUND'))).toMatch(/^Unknown host in tcp:\/\/box:2375/);
  });

  it('shows that the demo is not real, except where its welcome view applies', () => {
    const demo = { id: 'local', isDemo: true };
    expect(messageOf(demo, 'web')).toMatch(/nothing here is real/);
    expect(messageOf(demo)).toBeUndefined();
  });

  it('shows a hint above the last known state', () => {
    expect(messageOf(disconnected('unix:///run/x.sock', 'ENOENT'), 'web')).toMatch(
      /not responding\. Showing last known state.* unix:\/\/\/run\/x\.sock does not exist/,
    );
  });
});
