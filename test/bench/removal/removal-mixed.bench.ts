import { withTarget, type Bench, type BenchRow } from '../benchmark';
import { mixed } from './fleets';
import { ours } from './podgraph';
import { compare, rowsOf, within } from './comparison';
import { COMPETITORS } from './competitors';

const NAME = 'removal-mixed';

export const bench: Bench = {
  about: `Removes 30 pods of two containers and five chains of eight. In every second pod one member ignores its stop signal,
and so does the last link of each chain, which must be removed before the rest of the chain.`,
  limit: `the processors (column *busy*): 100 containers exit, each with the work that *removal-quick* describes, and only one stop
timeout of 10 s is waited for. On another virtual machine, where the fleet of *removal-quick* took 3.7 s, Podgraph took 13.3 s and
the command line 166 s (28 November 2026).`,
  run: async (options) => {
    const shape = mixed(options.quick);
    const contestants = [ours, ...COMPETITORS].map((strategy) => ({ strategy, shape }));
    const rounds = options.quick ? 1 : 2;
    return rowsOf(
      NAME,
      await compare({ name: NAME, contestants, rounds, timeoutSeconds: options.quick ? 40 : 300 }, options),
    ).map(addTarget);
  },
};

function addTarget(row: BenchRow): BenchRow {
  if (row.peerName !== 'podman CLI') return row;
  return withTarget(row, 'at least 12 times faster than podman CLI', (one) => within(one, 1 / 12));
}
