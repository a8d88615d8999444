import { describe, expect, it } from 'vitest';
import { Connections } from '../../src/commands/connections';
import { DemoEngineCommands } from '../../src/commands/demoEngine';
import { systemClock } from '../../src/clock';
import { defaultPreferences } from '../../src/engine/discovery/preferences';
import { ContextKeys } from '../../src/view/context';
import { machine } from '../engine/fakeHostEnvironment';
import { nullLog } from '../silent';

/** The commands with these configured addresses, and the shown connections. */
function setup(start: () => Promise<void> = () => Promise.resolve(), addresses: readonly string[] = []) {
  const state = { shown: [] as string[], labels: [] as string[], started: 0, refilled: 0, stopped: 0 };
  let preferences = defaultPreferences;
  const context = new ContextKeys();
  const connections = new Connections({
    clock: systemClock,
    addresses: () => addresses,
    hostEnvironment: () => machine('linux'),
    log: nullLog,
    preferences: { get: () => preferences, set: (next) => (preferences = next) },
    show: (sources) => {
      state.shown = sources.map(({ id }) => id);
      state.labels = sources.map(({ label }) => label);
    },
  });
  const demo = new DemoEngineCommands({
    connections,
    clock: systemClock,
    context,
    start: async () => {
      state.started++;
      await start();
      return { refill: () => void state.refilled++, close: async () => void state.stopped++ };
    },
  });
  return { demo, connections, context, state };
}

describe('the demo engine', () => {
  it('starts once and stops on close', async () => {
    const { demo, state } = setup();
    await demo.open();
    await demo.open();
    expect(state).toMatchObject({ shown: ['demo'], started: 1, stopped: 0 });
    await demo.close();
    expect(state).toMatchObject({ shown: [], started: 1, stopped: 1 });
  });

  it('is filled again while it runs', async () => {
    const { demo, state } = setup();
    await demo.refill();
    await demo.open();
    await demo.refill();
    expect(state).toMatchObject({ started: 1, refilled: 1 });
    await demo.close();
    await demo.refill();
    expect(state.refilled).toBe(1);
  });

  it('stops when its connection is hidden, and can be started again', async () => {
    const { demo, connections, context, state } = setup();
    await demo.open();
    connections.hide('demo');
    await expect.poll(() => state.stopped).toBe(1);
    expect(context.get('podgraph.isDemoOpen')).toBe(false);
    await demo.open();
    expect(state).toMatchObject({ shown: ['demo'], started: 2 });
    expect(context.get('podgraph.isDemoOpen')).toBe(true);
    await demo.close();
  });

  it('can be renamed and moved like any connection', async () => {
    const { demo, connections, state } = setup(undefined, ['/nowhere/at/all.sock']);
    await demo.open();
    expect(state.labels).toEqual(['/nowhere/at/all.sock', 'Demo engine']);
    connections.rename('demo', 'mine');
    connections.move('demo', -1);
    expect(state.labels).toEqual(['mine', '/nowhere/at/all.sock']);
    connections.move('demo', 1);
    connections.rename('demo', '');
    expect(state.labels).toEqual(['/nowhere/at/all.sock', 'Demo engine']);
    await demo.close();
  });

  it('can be started again after a failed start', async () => {
    const failures = [new Error('cannot create the socket')];
    const { demo, state } = setup(async () => {
      const failure = failures.pop();
      if (failure) throw failure;
    });
    await expect(demo.open()).rejects.toThrow('cannot create');
    await demo.open();
    expect(state).toMatchObject({ shown: ['demo'], started: 2 });
    await demo.close();
  });
});
