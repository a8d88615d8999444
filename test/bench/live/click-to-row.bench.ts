import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunningEngine } from '../../../scripts/engines/engine';
import { request } from '../../../scripts/engines/http';
import { type Bench, type BenchRow, comparedRow } from '../benchmark';
import { benchEngines, rawList, rootOf, unconnected } from './benchEngines';
import { BenchWindow, keyOf } from './window';

const NAME = 'click-to-row';
/** Milliseconds until a started container has exited and the window is idle. */
const REST = 500;

export const bench: Bench = {
  about: `Another client starts a container while a window shows the fleet: time from the call until the container's row shows it.
Compared with a tool that lists all containers again: time from the same call until the list is parsed. Podgraph delays events by up
to 100 ms, so that a burst is one change.`,
  run: async (options) => {
    const rows: BenchRow[] = [];
    for (const { engine, fleet } of await benchEngines(options)) {
      const ids = await unconnected(engine);
      const count = options.quick ? 2 : 20;
      const window = new BenchWindow(engine);
      const [ours, peer]: [number[], number[]] = [[], []];
      try {
        window.open();
        await window.untilComplete();
        for (const id of ids.slice(0, count)) {
          const node = () => window.service.snapshot.graph.container(keyOf(id));
          const before = node()?.state;
          const began = performance.now();
          await start(engine, id);
          await window.until('the row shows the start', ({ graph }) => graph.container(keyOf(id))?.state !== before);
          ours.push(performance.now() - began);
          await pause(REST);
        }
      } finally {
        window.close();
      }
      // Others: those of the demo engine keep running, and a second start would do nothing.
      for (const id of ids.slice(count, 2 * count)) {
        const began = performance.now();
        await start(engine, id);
        await rawList(engine);
        peer.push(performance.now() - began);
        await pause(REST);
      }
      const row = comparedRow(`${NAME}, ${fleet}`, 'ms', { values: ours }, 'full list', { values: peer });
      rows.push({ ...row, engine: engine.name });
    }
    return rows;
  },
};

async function start(engine: RunningEngine, id: string): Promise<void> {
  const { status, text } = await request(engine.socket, 'POST', `${rootOf(engine)}/containers/${id}/start`);
  if (status !== 204) throw new Error(`start ${id}: ${status} ${text}`);
}
