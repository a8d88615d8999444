import { describe, expect, it } from 'vitest';
import { Connections } from '../../src/commands/connections';
import { DemoEngineCommands } from '../../src/commands/demoEngine';
import { systemClock } from '../../src/engine/clock';
import { noChoices } from '../../src/engine/connections/choices';
import { ContextKeys } from '../../src/view/context';
import { machine } from '../engine/machine';
import { silent } from '../silent';

/** The commands over a window without engines; what is shown, and what became of the engines that were started. */
function demoIn(start: () => Promise<void> = () => Promise.resolve()) {
  const seen = { shown: [] as string[], started: 0, ended: 0 };
  const context = new ContextKeys();
  const connections = new Connections({
    clock: systemClock,
    addresses: () => [],
    surroundings: () => machine('linux'),
    log: silent,
    choices: { get: () => noChoices, set: () => undefined },
    show: (sources) => (seen.shown = sources.map(({ id }) => id)),
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
    expect(seen).toEqual({ shown: ['demo'], started: 1, ended: 0 });
    await demo.close();
    expect(seen).toEqual({ shown: [], started: 1, ended: 1 });
  });

  it('ends when it is hidden like any connection, and can be opened again', async () => {
    const { demo, connections, context, seen } = demoIn();
    await demo.open();
    connections.hide('demo');
    await expect.poll(() => seen.ended).toBe(1);
    expect(context.get('podgraph.hasDemo')).toBe(false);
    await demo.open();
    expect(seen).toMatchObject({ shown: ['demo'], started: 2 });
    expect(context.get('podgraph.hasDemo')).toBe(true);
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
