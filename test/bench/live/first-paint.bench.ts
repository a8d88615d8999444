import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { withTarget, type Bench, type BenchRow, comparedRow } from '../benchmark';
import { benchEngines, rawList } from './benchEngines';
import { BenchWindow } from './window';

const NAME = 'first-paint';
/** Milliseconds until an engine is idle after a window closes that was about to inspect. */
const REST = 500;

export const bench: Bench = {
  about: `From opening the view to a tree with all containers: connection, event stream, list, graph and the top of the tree.
Compared with the raw list call alone, parsed as JSON. Interleaved on the same engine.`,
  limit: `work on each container while the list arrives and after it: parsing, checking and sharing its fields, storing it, building
the graph and the sorted tree, and the garbage collection of all these, as a processor profile of 10,000 containers shows. The
peer only parses. Ours also connects and opens the event stream before it lists.`,
  run: async (options) => {
    const rows: BenchRow[] = [];
    for (const { engine, fleet } of await benchEngines(options)) {
      const [ours, peer]: [number[], number[]] = [[], []];
      const rounds = options.quick ? 2 : 11;
      for (let round = -1; round < rounds; round++) {
        let began = performance.now();
        await rawList(engine);
        const raw = performance.now() - began;
        began = performance.now();
        const window = new BenchWindow(engine);
        window.open();
        await window.untilListed();
        const own = performance.now() - began;
        window.close();
        await pause(REST);
        if (round < 0) continue; // warm-up
        peer.push(raw);
        ours.push(own);
      }
      const row = comparedRow(`${NAME}, ${fleet}`, 'ms', { values: ours }, 'raw list call', { values: peer });
      const isMet = ({ ratio }: BenchRow) => (ratio ?? Infinity) <= 1.3;
      rows.push(withTarget({ ...row, engine: engine.name }, 'at most 1.3 times the raw list call', isMet));
    }
    return rows;
  },
};
