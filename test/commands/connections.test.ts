import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock';
import { Connections } from '../../src/commands/connections';
import { defaultPreferences } from '../../src/engine/discovery/preferences';
import type { ConnectionSetting } from '../../src/engine/discovery/connection';
import type { EngineSource } from '../../src/service/service';
import { machine } from '../engine/machine';
import { rejection } from '../engine/rejection';
import { nullLog } from '../silent';

function connectionsWith(first: readonly ConnectionSetting[]) {
  const seen = { settings: first, shown: [] as readonly EngineSource[] };
  let choices = defaultPreferences;
  const connections = new Connections({
    clock: systemClock,
    addresses: () => seen.settings,
    hostEnvironment: () => machine('linux'),
    log: nullLog,
    choices: { get: () => choices, set: (chosen) => (choices = chosen) },
    show: (sources) => (seen.shown = sources),
  });
  connections.search();
  return { seen, connections };
}

describe('(C6) a connection whose setting changes', () => {
  const [ssh, tls] = ['ssh://ada@127.0.0.1:9/run/x.sock', 'https://127.0.0.1:9'];
  it.each<readonly [string, ConnectionSetting, ConnectionSetting]>([
    ['identity', { address: ssh, identity: '/keys/old' }, { address: ssh, identity: '/keys/new' }],
    ['identity that comes', ssh, { address: ssh, identity: '/keys/new' }],
    ['ca', { address: tls, tls: { ca: '/certs/old' } }, { address: tls, tls: { ca: '/certs/new' } }],
    [
      'client certificate',
      { address: tls, tls: { ca: '/c' } },
      { address: tls, tls: { ca: '/c', cert: '/d', key: '/e' } },
    ],
  ])('is used at once with its new %s, and the old one is closed', async (_, before, after) => {
    const { seen, connections } = connectionsWith([before]);
    const [old] = seen.shown;
    seen.settings = [after];
    connections.search();
    const [now] = seen.shown;
    expect(now?.id).toBe(old?.id);
    expect(now?.engine).not.toBe(old?.engine);
    expect((await rejection(Promise.resolve(old?.engine.connect()))).reason).toBe('aborted');
    now?.engine.close();
  });

  it('keeps its engine where only its name changes, or nothing', () => {
    const { seen, connections } = connectionsWith([{ address: ssh, name: 'box' }]);
    const engine = seen.shown[0]?.engine;
    seen.settings = [{ address: ssh, name: 'other' }];
    connections.search();
    expect(seen.shown[0]).toMatchObject({ label: 'other' });
    expect(seen.shown[0]?.engine).toBe(engine);
  });

  it('is closed while it is hidden, so that nothing asks it', async () => {
    const { seen, connections } = connectionsWith([ssh]);
    const [shown] = seen.shown;
    connections.hide(shown?.id ?? '');
    expect(seen.shown).toEqual([]);
    expect((await rejection(Promise.resolve(shown?.engine.connect()))).reason).toBe('aborted');
  });
});
