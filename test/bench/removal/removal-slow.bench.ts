import { withTarget, type Bench, comparedRow } from '../benchmark';
import { slow, slowestShutdown } from './fleets';
import { ours } from './podgraph';
import { compare, rowsOf, within } from './comparison';
import { COMPETITORS } from './competitors';

const NAME = 'removal-slow';

export const bench: Bench = {
  about: `Removes 10 pods of two containers and four chains of three, all of which need 2 to 5 s to shut down, like databases, and
have a stop timeout of 30 s. The last line is the time that the slowest chain needs to shut down, one link after another.`,
  limit: `the processors. Without the pods, the chains take 12.8 s. Beside them, the members of ten pods exit and are removed, with
runtime and clean-up processes for each, and a link is signalled and removed 0.1 to 1.3 s after the one before it has exited. Of four
chains, one is signalled after 1 s: only then do the permits of the others count as stalled.`,
  run: async (options) => {
    const shape = slow(options.quick);
    const contestants = [ours, ...COMPETITORS].map((strategy) => ({ strategy, shape }));
    const rounds = options.quick ? 1 : 3;
    const result = await compare(
      { name: NAME, contestants, rounds, timeoutSeconds: options.quick ? 40 : 300 },
      options,
    );
    const [own] = result.results;
    if (!own) return [];
    const chain = comparedRow(NAME, 's', own, 'shutdown of the slowest chain', { values: [slowestShutdown(shape)] });
    return [
      ...rowsOf(NAME, result),
      withTarget({ ...chain, engine: result.engine }, 'at most 1.1 times that, and nothing left', (row) =>
        within(row, 1.1),
      ),
    ];
  },
};
