import { withTarget, type Bench } from '../benchmark';
import { quick } from './fleets';
import { ours } from './podgraph';
import { compare, rowsOf, within } from './comparison';
import { fixedConcurrency } from './competitors';

const NAME = 'oracle';
/** Podman's service runs 7 removals at once on two cores; others wait inside it. */
const LEVELS = [4, 7, 12];

export const bench: Bench = {
  about: `The lower bound: the fleet of removal-quick, removed by raw calls in a known perfect order with a fixed concurrency,
without any inspection before or verification afterwards. All concurrency levels and Podgraph interleaved, five rounds.`,
  limit: `the noise of the machine: nine other removals of this fleet by Podgraph alone, within half an hour, took 15.5 to 19.6 s. Besides
the raw calls, Podgraph asks before the removal of each pod which containers are in it, and lists all at the end.`,
  run: async (options) => {
    const shape = quick(options.quick);
    const contestants = [ours, ...LEVELS.map(fixedConcurrency)].map((strategy) => ({ strategy, shape }));
    const rounds = options.quick ? 1 : 5;
    const rows = rowsOf(
      NAME,
      await compare({ name: NAME, contestants, rounds, timeoutSeconds: options.quick ? 40 : 120 }, options),
    );
    const [best] = [...rows].sort((one, other) => (one.peer ?? Infinity) - (other.peer ?? Infinity));
    return rows.map((row) =>
      row === best
        ? withTarget(row, `at most 1.05 times the time of the best, ${row.peerName}`, (one) => within(one, 1.05))
        : row,
    );
  },
};
