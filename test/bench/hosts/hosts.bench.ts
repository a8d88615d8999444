import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { engineOf } from '../../../src/graph/model/model';
import type { GraphSnapshot } from '../../../src/service/service';
import { retainedBytes } from '../heap';
import { BenchWindow, idAt } from '../live/window';
import { withTarget, type Bench, type BenchRow, comparedRow, singleRow } from '../row';
import { RemoteFleet } from './yard';

const PEER = 'the same, none of them slow or flapping';
/** Milliseconds in which engines come to rest, when a window is closed. */
const REST = 2_000;

export const bench: Bench = {
  about: `Demo engines, each a process of its own, in one window: three of them answer everything 300 ms late, one goes away for half
a second after each 150 requests. How long it takes until all *other* hosts are listed in the tree (*first paint*), and until
one removal of everything on all hosts has emptied all *others* (*removal*), against the same hosts when none is slow or
flapping: the slow ones must delay nobody else. *Left* is what the hosts that flapped or were slow still held when the removal
was settled. *Memory* is what service and tree hold for each container, all hosts together.`,
  run: async (options) => {
    const yard = await RemoteFleet.build(options);
    const name = (what: string) => `hosts, ${what}, ${yard.all.length} × ${yard.containers / yard.all.length}`;
    const rows: BenchRow[] = [];
    const notDelayed = (row: BenchRow) =>
      withTarget(row, 'the others at most 1.2 times as late', ({ ratio }) => (ratio ?? Infinity) <= 1.2);

    const [paint, calmPaint]: [number[], number[]] = [[], []];
    for (let round = -1; round < (options.quick ? 1 : 5); round++) {
      const calm = await firstPaint(yard);
      await yard.trouble();
      const troubled = await firstPaint(yard);
      await yard.calm();
      if (round < 0) continue; // compiled before it counts
      calmPaint.push(calm);
      paint.push(troubled);
    }
    rows.push(notDelayed(comparedRow(name('first paint'), 'ms', { values: paint }, PEER, { values: calmPaint })));

    const held: number[] = [];
    while (held.length < (options.quick ? 1 : 3)) held.push(await memory(yard));
    rows.push(
      withTarget(singleRow(name('memory'), 'bytes', held), 'under 3 KB a container', ({ ours }) => ours < 3_000),
    );

    const [removal, calmRemoval]: [number[], number[]] = [[], []];
    let left = 0;
    for (let round = 0; round < (options.quick ? 1 : 2); round++) {
      calmRemoval.push((await removeAll(yard, async () => undefined)).seconds);
      await yard.fill();
      const troubled = await removeAll(yard, () => yard.trouble());
      await yard.calm();
      await yard.fill();
      removal.push(troubled.seconds);
      left = Math.max(left, troubled.left);
    }
    const ours = { values: removal, left };
    rows.push(notDelayed(comparedRow(name('removal'), 's', ours, PEER, { values: calmRemoval })));
    return rows.map((row) => ({ ...row, engine: yard.all[0]?.name ?? null }));
  },
};

/** Milliseconds until the tree shows all hosts that are well. */
async function firstPaint(yard: RemoteFleet): Promise<number> {
  const began = performance.now();
  const window = new BenchWindow(...yard.all);
  window.open();
  await window.until('the hosts that are well are listed', ({ engines }) =>
    wellOnes(yard).every((id) => engines.get(id)?.listed),
  );
  const took = performance.now() - began;
  window.close();
  await pause(REST);
  return took;
}

async function memory(yard: RemoteFleet): Promise<number> {
  const before = await retainedBytes();
  const window = await wholeArea(yard);
  window.unfold();
  const held = (await retainedBytes()) - before;
  window.close();
  await pause(REST);
  return held / yard.containers;
}

/** Removes everything. Seconds until the hosts that are well are empty, and what the others hold when all is settled. */
async function removeAll(yard: RemoteFleet, trouble: () => Promise<void>): Promise<{ seconds: number; left: number }> {
  const window = await wholeArea(yard);
  const { service } = window;
  const chosen = [...service.snapshot.graph.nodes.keys()];
  const plan = await service.plan({ chosen, isAll: true }, { dependents: 'include', running: 'stop' });
  const settled = new Promise<void>((resolve) => service.onDidReconcile(() => resolve()));
  await trouble();
  const began = performance.now();
  const run = service.run(plan);
  const well = new Set(wellOnes(yard));
  const isEmpty = ({ graph }: GraphSnapshot) => ![...graph.nodes.keys()].some((key) => well.has(engineOf(key)));
  await window.until('the hosts that are well are empty', isEmpty);
  const seconds = (performance.now() - began) / 1000;
  if (!(await run.done).settled) await settled;
  const left = await yard.left();
  window.close();
  await pause(REST);
  return { seconds, left };
}

/** A window in which all of all hosts is known. */
async function wholeArea(yard: RemoteFleet): Promise<BenchWindow> {
  const window = new BenchWindow(...yard.all);
  window.open();
  await window.until('all is inspected', ({ engines }) =>
    [...engines.values()].every(({ listed, state, uninspected }) => listed && state === 'live' && uninspected === 0),
  );
  return window;
}

const wellOnes = (yard: RemoteFleet) => Array.from({ length: yard.well }, (_, at) => idAt(at));
