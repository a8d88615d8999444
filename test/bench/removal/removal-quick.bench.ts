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
  limit: `the processors (column *busy*), of which Podgraph itself needs little. A profile of both during its removal (\`perf\`, Podman
5.8.6) shows 71 % in Podman, for the service and for the clean-up process of each container that exits, whoever removes it; 13 in
crun, 5 in nft and netavark, 2 in conmon, 3 in Podgraph and the benchmark together, 3 idle. Concurrent calls do not shorten that work:
serial calls are as fast as any other here. *oracle* has the times of concurrent calls in a perfect order, without inspection and
verification.`,
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
