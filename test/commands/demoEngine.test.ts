import { describe, expect, it } from 'vitest';
import { Connections } from '../../src/commands/connections';
import { DemoEngineCommands } from '../../src/commands/demoEngine';
import { systemClock } from '../../src/clock';
import { defaultPreferences } from '../../src/engine/discovery/preferences';
import { ContextKeys } from '../../src/view/context';
import { machine } from '../engine/machine';
import { nullLog } from '../silent';

/** The commands over a window with these addresses; what is shown, and what became of the engines that were started. */
function demoIn(start: () => Promise<void> = () => Promise.resolve(), addresses: readonly string[] = []) {
  const seen = { shown: [] as string[], labels: [] as string[], started: 0, ended: 0 };
  let choices = defaultPreferences;
  const context = new ContextKeys();
  const connections = new Connections({
    clock: systemClock,
    addresses: () => addresses,
    hostEnvironment: () => machine('linux'),
    log: nullLog,
    choices: { get: () => choices, set: (chosen) => (choices = chosen) },
    show: (sources) => {
      seen.shown = sources.map(({ id }) => id);
      seen.labels = sources.map(({ label }) => label);
    },
  });
  const demo = new DemoEngineCommands({
    connections,
    clock: systemClock,
    context,
    start: async () => {
      seen.started++;
      await start();
      return { close: async () => void seen.ended++ };
    },
  });
  return { demo, connections, context, seen };
}

describe('the demo engine', () => {
  it('is opened once, and ends when it is closed', async () => {
    const { demo, seen } = demoIn();
    await demo.open();
    await demo.open();
    expect(seen).toMatchObject({ shown: ['demo'], started: 1, ended: 0 });
    await demo.close();
    expect(seen).toMatchObject({ shown: [], started: 1, ended: 1 });
  });

  it('ends when it is hidden like any connection, and can be opened again', async () => {
    const { demo, connections, context, seen } = demoIn();
    await demo.open();
    connections.hide('demo');
    await expect.poll(() => seen.ended).toBe(1);
    expect(context.get('podgraph.demoEngineRunning')).toBe(false);
    await demo.open();
    expect(seen).toMatchObject({ shown: ['demo'], started: 2 });
    expect(context.get('podgraph.demoEngineRunning')).toBe(true);
    await demo.close();
  });

  it('is named and moved like any connection', async () => {
    const { demo, connections, seen } = demoIn(undefined, ['/nowhere/at/all.sock']);
    await demo.open();
    expect(seen.labels).toEqual(['/nowhere/at/all.sock', 'demo engine']);
    connections.rename('demo', 'mine');
    connections.move('demo', -1);
    expect(seen.labels).toEqual(['mine', '/nowhere/at/all.sock']);
    connections.move('demo', 1);
    connections.rename('demo', '');
    expect(seen.labels).toEqual(['/nowhere/at/all.sock', 'demo engine']);
    await demo.close();
  });

  it('that could not be started can be asked for again', async () => {
    const failures = [new Error('no room for a socket')];
    const { demo, seen } = demoIn(async () => {
      const failure = failures.pop();
      if (failure) throw failure;
    });
    await expect(demo.open()).rejects.toThrow('no room');
    await demo.open();
    expect(seen).toMatchObject({ shown: ['demo'], started: 2 });
    await demo.close();
  });
});
