import { withTarget, type Bench } from '../row';
import { quick } from './fleets';
import { ours } from './ours';
import { race, rowsOf, within } from './race';
import { fixedWidth } from './ways';

const NAME = 'oracle';
/** Podman's service runs 7 removals at once on two cores; more wait inside it. */
const WIDTHS = [4, 7, 12];

export const bench: Bench = {
  about: `How far we are from what the engine can do: the well-behaved fleet of removal-quick, removed by raw calls in a
perfect order that somebody wrote down beforehand, so many at a time; nothing is looked at before and nothing proved
afterwards. All widths and ours in turn, five times over.`,
  run: async (options) => {
    const shape = quick(options.quick);
    const entrants = [ours, ...WIDTHS.map(fixedWidth)].map((way) => ({ way, shape }));
    const rounds = options.quick ? 1 : 5;
    const rows = rowsOf(NAME, await race({ name: NAME, entrants, rounds, bound: options.quick ? 40 : 120 }, options));
    const [best] = [...rows].sort((one, other) => (one.peer ?? Infinity) - (other.peer ?? Infinity));
    return rows.map((row) =>
      row === best ? withTarget(row, `at most 1.1 times of the best, ${row.peerName}`, (one) => within(one, 1.1)) : row,
    );
  },
};
