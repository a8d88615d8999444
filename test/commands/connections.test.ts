import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock';
import { Connections } from '../../src/commands/connections';
import { defaultPreferences } from '../../src/engine/discovery/preferences';
import type { ConnectionSetting } from '../../src/engine/discovery/connection';
import type { EngineSource } from '../../src/service/deps';
import { machine } from '../engine/fakeHostEnvironment';
import { rejection } from '../engine/rejection';
import { nullLog } from '../silent';

async function setup(first: readonly ConnectionSetting[]) {
  const state = { settings: first, shown: [] as readonly EngineSource[] };
  let preferences = defaultPreferences;
  const connections = new Connections({
    clock: systemClock,
    addresses: () => state.settings,
    hostEnvironment: () => machine('linux'),
    log: nullLog,
    preferences: { get: () => preferences, set: (next) => (preferences = next) },
    show: (sources) => (state.shown = sources),
  });
  await connections.rediscover();
  return { state, connections };
}

describe('a connection whose setting changes', () => {
  const [ssh, tls] = ['ssh://ada@127.0.0.1:9/run/x.sock', 'https://127.0.0.1:9'];
  it.each<readonly [string, ConnectionSetting, ConnectionSetting]>([
    ['identity', { address: ssh, identity: '/keys/old' }, { address: ssh, identity: '/keys/new' }],
    ['added identity', ssh, { address: ssh, identity: '/keys/new' }],
    ['ca', { address: tls, tls: { ca: '/certs/old' } }, { address: tls, tls: { ca: '/certs/new' } }],
    [
      'client certificate',
      { address: tls, tls: { ca: '/c' } },
      { address: tls, tls: { ca: '/c', cert: '/d', key: '/e' } },
    ],
  ])('reconnects at once with its new %s and closes the old engine', async (_, before, after) => {
    const { state, connections } = await setup([before]);
    const [old] = state.shown;
    state.settings = [after];
    await connections.rediscover();
    const [now] = state.shown;
    expect(now?.id).toBe(old?.id);
    expect(now?.engine).not.toBe(old?.engine);
    expect((await rejection(Promise.resolve(old?.engine.connect()))).reason).toBe('aborted');
    now?.engine.close();
  });

  it('keeps its engine if nothing but its name changes', async () => {
    const { state, connections } = await setup([{ address: ssh, name: 'box' }]);
    const engine = state.shown[0]?.engine;
    state.settings = [{ address: ssh, name: 'other' }];
    await connections.rediscover();
    expect(state.shown[0]).toMatchObject({ label: 'other' });
    expect(state.shown[0]?.engine).toBe(engine);
  });

  it('is closed while hidden', async () => {
    const { state, connections } = await setup([ssh]);
    const [shown] = state.shown;
    connections.hide(shown?.id ?? '');
    expect(state.shown).toEqual([]);
    expect((await rejection(Promise.resolve(shown?.engine.connect()))).reason).toBe('aborted');
  });
});
