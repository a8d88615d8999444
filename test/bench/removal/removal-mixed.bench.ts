import { withTarget, type Bench, type BenchRow } from '../row';
import { mixed } from './fleets';
import { ours } from './ours';
import { race, rowsOf, within } from './race';
import { COMPETITORS } from './ways';

const NAME = 'removal-mixed';

export const bench: Bench = {
  about: `Removing 30 pods of two containers and five chains of eight. Every second pod has a member that ignores its stop
signal, and so does the end of each chain, which has to go before all the rest of it.`,
  run: async (options) => {
    const shape = mixed(options.quick);
    const entrants = [ours, ...COMPETITORS].map((way) => ({ way, shape }));
    const rounds = options.quick ? 1 : 2;
    return rowsOf(NAME, await race({ name: NAME, entrants, rounds, bound: options.quick ? 40 : 300 }, options)).map(
      aim,
    );
  },
};

function aim(row: BenchRow): BenchRow {
  if (row.peerName !== 'podman CLI') return row;
  return withTarget(row, 'at least 5 times faster than podman CLI', (one) => within(one, 1 / 5));
}
