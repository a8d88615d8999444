import type { RunningEngine } from '../../../scripts/engines/engine';
import { retainedBytes } from '../heap';
import { withTarget, type Bench, type BenchRow, comparedRow } from '../benchmark';
import { benchEngines, rawList } from './benchEngines';
import { BenchWindow } from './window';

const NAME = 'memory';

export const bench: Bench = {
  about: `Memory of service and tree per container, after all are inspected and every tree element was requested: the growth of
the heap after garbage collection. Compared with the parsed JSON of the raw list call, which has less data than an inspect.`,
  run: async (options) => {
    const rows: BenchRow[] = [];
    for (const { engine, fleet, rounds } of await benchEngines(options)) {
      const count = (await rawList(engine)).length;
      const [ours, peer]: [number[], number[]] = [[], []];
      // The first round also counts compiled code and permanent caches.
      for (let round = -1; round < rounds; round++) {
        const own = (await heldByWindow(engine)) / count;
        const raw = (await heldByList(engine)) / count;
        if (round < 0 && !options.quick) continue;
        ours.push(own);
        peer.push(raw);
      }
      const row = comparedRow(`${NAME}, ${fleet}`, 'bytes', { values: ours }, 'raw list as JSON', { values: peer });
      rows.push(withTarget({ ...row, engine: engine.name }, 'under 2 KB per container', (one) => one.ours < 2_000));
    }
    return rows;
  },
};

async function heldByWindow(engine: RunningEngine): Promise<number> {
  const before = await retainedBytes();
  const window = new BenchWindow(engine);
  window.open();
  await window.untilComplete();
  window.expandAll();
  const held = (await retainedBytes()) - before;
  window.close();
  return held;
}

async function heldByList(engine: RunningEngine): Promise<number> {
  const before = await retainedBytes();
  const list = await rawList(engine);
  const held = (await retainedBytes()) - before;
  // Used here so that it was not collected before.
  if (list.length === 0) throw new Error('The engine has no containers.');
  return held;
}
