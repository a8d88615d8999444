import { withTarget, type Bench, type BenchRow } from '../benchmark';
import { quick } from './fleets';
import { ours } from './podgraph';
import { compare, rowsOf, within } from './comparison';
import { COMPETITORS } from './competitors';

const NAME = 'removal-quick';

/** Our time as a fraction of the peer's, at most. */
const MOST: Readonly<Record<string, number>> = { 'podman CLI': 0.9, 'podman CLI --remote': 0.65 };

export const bench: Bench = {
  about: `Removes 20 pods of three containers and a chain of ten, each of which needs the one before it. All exit immediately on
their stop signal, so this measures the engine's own work and what a tool adds to it.`,
  limit: `the processors (column *busy*): for each container that exits, Podman starts a clean-up process, whoever removes it.
Raw calls in a perfect order, with nothing inspected and nothing verified, are the rows of *oracle*.`,
  run: async (options) => {
    const shape = quick(options.quick);
    const contestants = [ours, ...COMPETITORS].map((strategy) => ({ strategy, shape }));
    const rounds = options.quick ? 1 : 3;
    return rowsOf(
      NAME,
      await compare({ name: NAME, contestants, rounds, timeoutSeconds: options.quick ? 40 : 120 }, options),
    ).map(addTarget);
  },
};

function addTarget(row: BenchRow): BenchRow {
  const most = MOST[row.peerName ?? ''];
  if (most === undefined) return row;
  return withTarget(row, `at most ${most} times the time of ${row.peerName}, and nothing left`, (one) =>
    within(one, most),
  );
}
