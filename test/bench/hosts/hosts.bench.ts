import { withTarget, type Bench, type BenchRow, comparedRow, singleRow } from '../benchmark';
import { firstPaint, memory, removeAll } from './measures';
import { RemoteFleet } from './remoteFleet';

const PEER = 'same hosts, none slow or flapping';

export const bench: Bench = {
  about: `Demo engines, each a separate process, in one window: three respond 300 ms late, one disconnects for half a second
after every 150 requests. Measures the time until all *other* hosts are listed in the tree (*first paint*), and until one removal of
everything has emptied all *other* hosts (*removal*), compared with the same hosts when none is slow or flapping: slow hosts must
not delay others. *Left* counts containers on the slow and flapping hosts after reconciliation. *Memory* is the memory of service
and tree per container.`,
  run: async (options) => {
    const fleet = await RemoteFleet.build(
      options.quick ? { hosts: 6, each: 40, slow: 1, flapping: 1 } : { hosts: 20, each: 500, slow: 3, flapping: 1 },
      options,
    );
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
