import { withTarget, type Bench, type BenchRow } from '../row';
import { quick } from './fleets';
import { ours } from './ours';
import { race, rowsOf, within } from './race';
import { COMPETITORS } from './ways';

const NAME = 'removal-quick';

/** How much of a peer's time ours may take at most. */
const MOST: Readonly<Record<string, number>> = { 'podman CLI': 0.9, 'podman CLI --remote': 0.65 };

export const bench: Bench = {
  about: `Removing 20 pods of three containers and a chain of ten that each need the one before, all of them well-behaved:
they end at once when they are asked to. What is measured is the engine's own work, and what a tool adds to it.`,
  run: async (options) => {
    const shape = quick(options.quick);
    const entrants = [ours, ...COMPETITORS].map((way) => ({ way, shape }));
    const rounds = options.quick ? 1 : 3;
    return rowsOf(NAME, await race({ name: NAME, entrants, rounds, bound: options.quick ? 40 : 120 }, options)).map(
      aim,
    );
  },
};

function aim(row: BenchRow): BenchRow {
  const most = MOST[row.peerName ?? ''];
  if (most === undefined) return row;
  return withTarget(row, `at most ${most} of the time of ${row.peerName}, and nothing left`, (one) =>
    within(one, most),
  );
}
