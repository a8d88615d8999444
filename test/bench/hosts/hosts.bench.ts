import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { engineOf } from '../../../src/graph/model/model';
import type { GraphSnapshot } from '../../../src/service/service';
import { retainedBytes } from '../heap';
import { BenchWindow, idAt } from '../live/window';
import { withTarget, type Bench, type BenchRow, comparedRow, singleRow } from '../benchmark';
import { RemoteFleet } from './yard';

const PEER = 'same hosts, none slow or flapping';
/** Milliseconds until engines are idle after a window closes. */
const REST = 2_000;

export const bench: Bench = {
  about: `Demo engines, each a separate process, in one window: three respond 300 ms late, one disconnects for half a second
after every 150 requests. Measures the time until all *other* hosts are listed in the tree (*first paint*), and until one removal of
everything has emptied all *other* hosts (*removal*), compared with the same hosts when none is slow or flapping: slow hosts must
not delay others. *Left* counts containers on the slow and flapping hosts after reconciliation. *Memory* is the memory of service
and tree per container.`,
  run: async (options) => {
    const fleet = await RemoteFleet.build(options);
    const name = (measure: string) => `hosts, ${measure}, ${fleet.all.length} × ${fleet.containers / fleet.all.length}`;
    const rows: BenchRow[] = [];
    const notDelayed = (row: BenchRow) =>
      withTarget(row, 'other hosts at most 1.2 times as slow', ({ ratio }) => (ratio ?? Infinity) <= 1.2);

    const [paint, calmPaint]: [number[], number[]] = [[], []];
    for (let round = -1; round < (options.quick ? 1 : 5); round++) {
      const restore = await firstPaint(fleet);
      await fleet.degrade();
      const degraded = await firstPaint(fleet);
      await fleet.restore();
      if (round < 0) continue; // warm-up
      calmPaint.push(restore);
      paint.push(degraded);
    }
    rows.push(notDelayed(comparedRow(name('first paint'), 'ms', { values: paint }, PEER, { values: calmPaint })));

    const held: number[] = [];
    while (held.length < (options.quick ? 1 : 3)) held.push(await memory(fleet));
    rows.push(
      withTarget(singleRow(name('memory'), 'bytes', held), 'under 2 KB per container', ({ ours }) => ours < 2_000),
    );

    const [removal, calmRemoval]: [number[], number[]] = [[], []];
    let left = 0;
    for (let round = 0; round < (options.quick ? 1 : 2); round++) {
      calmRemoval.push((await removeAll(fleet, () => Promise.resolve())).seconds);
      await fleet.fill();
      const degraded = await removeAll(fleet, () => fleet.degrade());
      await fleet.restore();
      await fleet.fill();
      removal.push(degraded.seconds);
      left = Math.max(left, degraded.left);
    }
    const ours = { values: removal, left };
    rows.push(notDelayed(comparedRow(name('removal'), 's', ours, PEER, { values: calmRemoval })));
    return rows.map((row) => ({ ...row, engine: fleet.all[0]?.name ?? null }));
  },
};

/** Milliseconds until the tree shows all healthy hosts. */
async function firstPaint(fleet: RemoteFleet): Promise<number> {
  const began = performance.now();
  const window = new BenchWindow(...fleet.all);
  window.open();
  await window.until('the healthy hosts are listed', ({ engines }) =>
    healthyIds(fleet).every((id) => engines.get(id)?.listed),
  );
  const took = performance.now() - began;
  window.close();
  await pause(REST);
  return took;
}

async function memory(fleet: RemoteFleet): Promise<number> {
  const before = await retainedBytes();
  const window = await openInspectedWindow(fleet);
  window.expandAll();
  const held = (await retainedBytes()) - before;
  window.close();
  await pause(REST);
  return held / fleet.containers;
}

/** Removes everything. Returns seconds until healthy hosts are empty, and what others hold after reconciliation. */
async function removeAll(fleet: RemoteFleet, degrade: () => Promise<void>): Promise<{ seconds: number; left: number }> {
  const window = await openInspectedWindow(fleet);
  const { service } = window;
  const chosen = [...service.snapshot.graph.nodes.keys()];
  const plan = await service.plan({ chosen, isAll: true }, { dependents: 'include', running: 'stop' });
  const reconciled = new Promise<void>((resolve) => service.onDidReconcile(() => resolve()));
  await degrade();
  const began = performance.now();
  const run = service.run(plan);
  const healthy = new Set(healthyIds(fleet));
  const isEmpty = ({ graph }: GraphSnapshot) => ![...graph.nodes.keys()].some((key) => healthy.has(engineOf(key)));
  await window.until('the healthy hosts are empty', isEmpty);
  const seconds = (performance.now() - began) / 1000;
  if (!(await run.done).isReconciled) await reconciled;
  const left = await fleet.left();
  window.close();
  await pause(REST);
  return { seconds, left };
}

/** A window in which all hosts are fully inspected. */
async function openInspectedWindow(fleet: RemoteFleet): Promise<BenchWindow> {
  const window = new BenchWindow(...fleet.all);
  window.open();
  await window.until('everything is inspected', ({ engines }) =>
    [...engines.values()].every(({ listed, state, uninspected }) => listed && state === 'live' && uninspected === 0),
  );
  return window;
}

const healthyIds = (fleet: RemoteFleet) => Array.from({ length: fleet.healthy }, (_, at) => idAt(at));
