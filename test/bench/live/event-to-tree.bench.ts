import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunningEngine } from '../../../scripts/engines/engine';
import { EXITS_AT_ONCE, createFleet } from '../../../scripts/engines/fleet';
import { request } from '../../../scripts/engines/http';
import { withTarget, type Bench, type BenchOptions, type BenchRow, comparedRow, singleRow } from '../benchmark';
import { type BenchEngine, benchEngines, rawList, rootOf } from './benchEngines';
import { BenchWindow, keyOf, RequestCounter } from './window';

const NAME = 'event-to-tree';
/** Milliseconds after an event in which it may cause requests. */
const REQUEST_DELAY = 400;

export const bench: Bench = {
  about: `Another client creates a container and removes it while a window shows the fleet: time from the call until the tree shows
it, and the requests that the window sends. Compared with a tool that lists all containers again: time from the same call until the
list is parsed. Podgraph delays events by up to 100 ms, so that a burst is one change.`,
  run: async (options) => {
    const rows: BenchRow[] = [];
    for (const benchEngine of await benchEngines(options)) rows.push(...(await measure(benchEngine, options)));
    return rows;
  },
};

async function measure({ engine, fleet }: BenchEngine, { quick }: BenchOptions): Promise<readonly BenchRow[]> {
  const window = new BenchWindow(engine);
  const counter = new RequestCounter();
  const [ours, peer]: [number[], number[]] = [[], []];
  const requestCounts = { created: [] as number[], removed: [] as number[] };
  try {
    window.open();
    await window.untilComplete();
    for (let round = 0; round < (quick ? 2 : 10); round++) {
      const before = counter.sent;
      let id = '';
      ours.push(
        await milliseconds(async () => {
          id = await create(engine);
          await window.until('the tree shows the created container', ({ graph }) => graph.nodes.has(keyOf(id)));
        }),
      );
      await pause(REQUEST_DELAY);
      requestCounts.created.push(counter.sent - before);
      const afterwards = counter.sent;
      ours.push(
        await milliseconds(async () => {
          await remove(engine, id);
          await window.until('the tree shows the removal', ({ graph }) => !graph.nodes.has(keyOf(id)));
        }),
      );
      await pause(REQUEST_DELAY);
      requestCounts.removed.push(counter.sent - afterwards);
    }
  } finally {
    counter.end();
    window.close();
  }
  for (let round = 0; round < (quick ? 2 : 10); round++) {
    let id = '';
    peer.push(await milliseconds(async () => ((id = await create(engine)), await rawList(engine))));
    peer.push(await milliseconds(async () => (await remove(engine, id), await rawList(engine))));
  }
  const took = comparedRow(`${NAME}, ${fleet}`, 'ms', { values: ours }, 'full list', { values: peer });
  const requests = (['created', 'removed'] as const).map((change) => {
    const row = singleRow(`${NAME}, requests when ${change}, ${fleet}`, 'requests', requestCounts[change]);
    // The periodic poll adds requests at times: the median is the cost of an event.
    return withTarget({ ...row, engine: engine.name }, 'at most one request per event', (one) => one.ours <= 1);
  });
  return [...requests, { ...took, engine: engine.name }];
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

let createdCount = 0;
const create = (engine: RunningEngine) =>
  createFleet(engine).container({ name: `event-${createdCount++}`, command: EXITS_AT_ONCE, start: false });

async function remove(engine: RunningEngine, id: string): Promise<void> {
  const { status, text } = await request(engine.socket, 'DELETE', `${rootOf(engine)}/containers/${id}`);
  if (status !== 200 && status !== 204) throw new Error(`remove ${id}: ${status} ${text}`);
}
