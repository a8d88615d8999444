import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunningEngine } from '../../../scripts/engines/engine';
import { EXITS_AT_ONCE, createFleet } from '../../../scripts/engines/fleet';
import { request } from '../../../scripts/engines/http';
import { withTarget, type Bench, type BenchOptions, type BenchRow, comparedRow, singleRow } from '../row';
import { type BenchEngine, benchEngines, rawList, rootOf } from './places';
import { BenchWindow, keyOf, RequestCounter } from './window';

const NAME = 'event-to-tree';
/** Milliseconds after which nothing more is asked because of an event. */
const AFTERWARDS = 400;

export const bench: Bench = {
  about: `A container is made from outside, and then removed, while a window shows the fleet: from the call to the tree that shows
it, and how many requests the window sends for it. Against a tool that calls the list anew: from the same call to the list read
as JSON. Ours holds events back for up to 100 ms, so that a burst is one change.`,
  run: async (options) => {
    const rows: BenchRow[] = [];
    for (const place of await benchEngines(options)) rows.push(...(await measure(place, options)));
    return rows;
  },
};

async function measure({ engine, fleet }: BenchEngine, { quick }: BenchOptions): Promise<readonly BenchRow[]> {
  const window = new BenchWindow(engine);
  const questions = new RequestCounter();
  const [ours, peer]: [number[], number[]] = [[], []];
  const asked = { made: [] as number[], removed: [] as number[] };
  try {
    window.open();
    await window.untilWhole();
    for (let round = 0; round < (quick ? 2 : 10); round++) {
      const before = questions.sent;
      let id = '';
      ours.push(
        await milliseconds(async () => {
          id = await make(engine);
          await window.until('what was made stands in the tree', ({ graph }) => graph.nodes.has(keyOf(id)));
        }),
      );
      await pause(AFTERWARDS);
      asked.made.push(questions.sent - before);
      const afterwards = questions.sent;
      ours.push(
        await milliseconds(async () => {
          await remove(engine, id);
          await window.until('what was removed is gone', ({ graph }) => !graph.nodes.has(keyOf(id)));
        }),
      );
      await pause(AFTERWARDS);
      asked.removed.push(questions.sent - afterwards);
    }
  } finally {
    questions.end();
    window.close();
  }
  for (let round = 0; round < (quick ? 2 : 10); round++) {
    let id = '';
    peer.push(await milliseconds(async () => ((id = await make(engine)), await rawList(engine))));
    peer.push(await milliseconds(async () => (await remove(engine, id), await rawList(engine))));
  }
  const took = comparedRow(`${NAME}, ${fleet}`, 'ms', { values: ours }, 'listed anew', { values: peer });
  const requests = (['made', 'removed'] as const).map((how) => {
    const row = singleRow(`${NAME}, requests when ${how}, ${fleet}`, 'requests', asked[how]);
    // The slow poll falls between now and then: the median is what an event costs.
    return withTarget({ ...row, engine: engine.name }, 'at most one request for an event', (one) => one.ours <= 1);
  });
  return [...requests, { ...took, engine: engine.name }];
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

let made = 0;
const make = (engine: RunningEngine) =>
  createFleet(engine).container({ name: `event-${made++}`, command: EXITS_AT_ONCE, start: false });

async function remove(engine: RunningEngine, id: string): Promise<void> {
  const { status, text } = await request(engine.socket, 'DELETE', `${rootOf(engine)}/containers/${id}`);
  if (status !== 200 && status !== 204) throw new Error(`remove ${id}: ${status} ${text}`);
}
