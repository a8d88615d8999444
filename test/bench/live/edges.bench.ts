import { performance } from 'node:perf_hooks';
import type { RunningEngine } from '../../../scripts/engines/engine';
import { request } from '../../../scripts/engines/http';
import { inPool } from '../removal/fleets';
import { withTarget, type Bench, type BenchRow, comparedRow } from '../benchmark';
import { benchEngines, rawList, rootOf } from './benchEngines';
import { BenchWindow } from './window';

const NAME = 'edges';
/** The service's number of concurrent inspects. */
const WIDTH = 8;

export const bench: Bench = {
  about: `From the list to a graph with all edges, without a cache, with the tree updated meanwhile. Compared with raw inspects of
the same containers, ${WIDTH} at once like ours, parsed as JSON. Interleaved on the same engine.`,
  limit: `the processors, which the engine shares. A profile of 10,000 inspects shows 17 % for the graph and tree while they arrive, 10 for
writing the requests, 8 for garbage collection, 4 for parsing the responses and 4 for storing them; the peer only sends and parses.`,
  run: async (options) => {
    const rows: BenchRow[] = [];
    for (const { engine, fleet, rounds } of await benchEngines(options)) {
      const [ours, peer]: [number[], number[]] = [[], []];
      for (let round = 0; round < rounds; round++) {
        peer.push(await rawInspects(engine));
        ours.push(await ourInspects(engine));
        options.log(`${NAME}, ${fleet}: ${ours.at(-1)?.toFixed(2)} s, raw ${peer.at(-1)?.toFixed(2)} s`);
      }
      const row = comparedRow(`${NAME}, ${fleet}`, 's', { values: ours }, 'raw inspects', { values: peer });
      const isMet = ({ ratio }: BenchRow) => (ratio ?? Infinity) <= 1.2;
      rows.push(withTarget({ ...row, engine: engine.name }, 'at most 1.2 times raw inspects', isMet));
    }
    return rows;
  },
};

async function rawInspects(engine: RunningEngine): Promise<number> {
  const ids = (await rawList(engine)).filter(({ IsInfra }) => !IsInfra).map(({ Id }) => Id);
  const began = performance.now();
  await inPool(ids, WIDTH, async (id) => {
    const { status } = await request(engine.socket, 'GET', `${rootOf(engine)}/containers/${id}/json`);
    if (status !== 200) throw new Error(`inspect ${id}: ${status}`);
  });
  return (performance.now() - began) / 1000;
}

async function ourInspects(engine: RunningEngine): Promise<number> {
  const window = new BenchWindow(engine);
  window.open();
  await window.untilListed();
  const began = performance.now();
  await window.untilInspected();
  const took = (performance.now() - began) / 1000;
  window.close();
  return took;
}
