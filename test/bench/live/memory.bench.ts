import type { RunningEngine } from '../../../scripts/engines/engine';
import { retainedBytes } from '../heap';
import { withTarget, type Bench, type BenchRow, comparedRow } from '../row';
import { benchEngines, rawList } from './places';
import { BenchWindow } from './window';

const NAME = 'memory';

export const bench: Bench = {
  about: `What service and tree hold for each container once all are inspected and every row of the tree was asked for: the heap
after garbage collection, less what it was before. Against the answer of the raw list call, which says less than an inspect,
held as JSON.`,
  run: async (options) => {
    const rows: BenchRow[] = [];
    for (const { engine, fleet, rounds } of await benchEngines(options)) {
      const count = (await rawList(engine)).length;
      const [ours, peer]: [number[], number[]] = [[], []];
      // The first time also what is compiled and kept for good is counted.
      for (let round = -1; round < rounds; round++) {
        const own = (await heldByWindow(engine)) / count;
        const raw = (await heldByList(engine)) / count;
        if (round < 0 && !options.quick) continue;
        ours.push(own);
        peer.push(raw);
      }
      const row = comparedRow(`${NAME}, ${fleet}`, 'bytes', { values: ours }, 'raw list as JSON', { values: peer });
      rows.push(withTarget({ ...row, engine: engine.name }, 'under 3 KB a container', (one) => one.ours < 3_000));
    }
    return rows;
  },
};

async function heldByWindow(engine: RunningEngine): Promise<number> {
  const before = await retainedBytes();
  const window = new BenchWindow(engine);
  window.open();
  await window.untilWhole();
  window.unfold();
  const held = (await retainedBytes()) - before;
  window.close();
  return held;
}

async function heldByList(engine: RunningEngine): Promise<number> {
  const before = await retainedBytes();
  const list = await rawList(engine);
  const held = (await retainedBytes()) - before;
  // Used afterwards, so that it was held until then.
  if (list.length === 0) throw new Error('There is nothing on the engine.');
  return held;
}
