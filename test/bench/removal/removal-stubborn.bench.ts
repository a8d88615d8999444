import { withTarget, type Bench, type BenchRow, comparedRow } from '../benchmark';
import { stubborn } from './fleets';
import { ours } from './podgraph';
import { compare, rowsOf, within } from './comparison';
import { COMPETITORS } from './competitors';

const NAME = 'removal-stubborn';

export const bench: Bench = {
  about: `Removes 20 pods of three containers; in each, one ignores its stop signal and is killed after its stop timeout of
10 s. Each run has a newly started engine. Our time is from the command to the report, including plan and verification. Tools that
wait for one stop timeout after another were measured once, in parallel on separate engines. The last line is our own time for
the same fleet when all containers exit on SIGTERM, plus one stop timeout.`,
  limit: `the processors: 40 of the 60 containers exit at once, with the work that *removal-quick* describes. On another virtual machine,
where the fleet of *removal-quick* took 3.7 s, Podgraph took 13.5 s and the command line 203 s (28 November 2026).`,
  run: async (options) => {
    const shape = stubborn(options.quick);
    const quickShape = { ...shape, stubbornPods: 0 };
    const contestants = [
      ...[ours, ...COMPETITORS].map((strategy) => ({ strategy, shape })),
      { strategy: ours, shape: quickShape },
    ];
    const rounds = options.quick ? 1 : 3;
    const result = await compare(
      { name: NAME, contestants, rounds, timeoutSeconds: options.quick ? 40 : 300 },
      options,
    );
    const [own] = result.results;
    const quick = result.results.find((one) => one.shape === quickShape);
    const peers = rowsOf(NAME, { ...result, results: result.results.filter((one) => one !== quick) }).map(addTarget);
    if (!own || !quick) return peers;
    const least = { values: quick.values.map((value) => value + shape.stopTimeout) };
    const lowerBound = {
      ...comparedRow(NAME, 's', own, 'all exit on SIGTERM, plus one stop timeout', least),
      engine: result.engine,
    };
    return [...peers, withTarget(lowerBound, 'at most 1.05 times that', (row) => within(row, 1.05))];
  },
};

function addTarget(row: BenchRow): BenchRow {
  const faster = (times: number) =>
    withTarget(row, `at least ${times} times faster than ${row.peerName}`, (one) => within(one, 1 / times));
  if (row.peerName === 'podman CLI') return faster(15);
  return row.peerName === "Podman Desktop's calls" ? faster(2) : row;
}
