import { withTarget, type Bench, type BenchRow, comparedRow } from '../row';
import { stubborn } from './fleets';
import { ours } from './ours';
import { race, rowsOf, within } from './race';
import { COMPETITORS } from './ways';

const NAME = 'removal-stubborn';

export const bench: Bench = {
  about: `Removing 20 pods of three containers, in each of them one that ignores its stop signal and is killed when its grace
of 10 s is over. Each run has an engine to itself that was just started. Ours is from the command to the report, so with the
plan before and the proof afterwards. Ways that take one grace after another were taken once, side by side on engines of
their own. The last line is our own time for the same fleet when all of it is well-behaved, and one grace on top.`,
  run: async (options) => {
    const shape = stubborn(options.quick);
    const tame = { ...shape, stubbornPods: 0 };
    const entrants = [...[ours, ...COMPETITORS].map((way) => ({ way, shape })), { way: ours, shape: tame }];
    const rounds = options.quick ? 1 : 3;
    const finish = await race({ name: NAME, entrants, rounds, bound: options.quick ? 40 : 300 }, options);
    const [own] = finish.results;
    const quick = finish.results.find((one) => one.shape === tame);
    const peers = rowsOf(NAME, { ...finish, results: finish.results.filter((one) => one !== quick) }).map(aim);
    if (!own || !quick) return peers;
    const least = { values: quick.values.map((value) => value + shape.grace) };
    const bound = { ...comparedRow(NAME, 's', own, 'well-behaved, and one grace', least), engine: finish.engine };
    return [...peers, withTarget(bound, 'within 1.3 times of it', (row) => within(row, 1.3))];
  },
};

function aim(row: BenchRow): BenchRow {
  const faster = (times: number) =>
    withTarget(row, `at least ${times} times faster than ${row.peerName}`, (one) => within(one, 1 / times));
  if (row.peerName === 'podman CLI') return faster(10);
  return row.peerName === "Podman Desktop's calls" ? faster(2) : row;
}
