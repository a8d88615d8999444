import { performance } from 'node:perf_hooks';
import { Mutex } from 'async-mutex';
import { KeyedLockMap } from '../../../src/service/concurrency/keyedLocks';
import { collectGarbage } from '../heap';
import { withTarget, type Bench, comparedRow } from '../benchmark';

const NAME = 'locks';

/** Mean nanoseconds of sequential calls. */
async function nanoseconds(calls: number, call: (number: number) => Promise<unknown>): Promise<number> {
  const began = performance.now();
  for (let number = 0; number < calls; number++) await call(number);
  return ((performance.now() - began) * 1e6) / calls;
}

export const bench: Bench = {
  about: `Acquiring and releasing an uncontended lock: \`withLock\` of the map that locks nodes, which creates and deletes the
lock each time, compared with \`runExclusive\` of an existing async-mutex. Over 1,000 keys in turn, in alternating rounds.`,
  run: async ({ quick }) => {
    // Many short rounds: most are not interrupted by other processes.
    const [rounds, calls] = quick ? [100, 1_000] : [1_000, 1_000];
    const keys = Array.from({ length: 1000 }, (_, number) => `engine/container/${number}`);
    const key = (number: number) => keys[number % keys.length] as string;
    const map = new KeyedLockMap<string, number>();
    const mutexes = new Map(keys.map((one) => [one, new Mutex()]));
    const nothing = () => undefined;
    const measureOurs = () => nanoseconds(calls, (number) => map.withLocks([key(number)], nothing));
    const measureBare = () =>
      nanoseconds(calls, (number) => mutexes.get(key(number))?.runExclusive(nothing) as Promise<unknown>);
    // Warm-up.
    for (let round = 0; round < 20; round++) {
      await measureOurs();
      await measureBare();
    }
    // Ours allocates a lock per call, and would otherwise pay for the garbage of earlier rows.
    collectGarbage();
    const [ours, peer]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      ours.push(await measureOurs());
      peer.push(await measureBare());
    }
    if (map.lockCount > 0) throw new Error(`${map.lockCount} locks are left.`);
    const row = comparedRow(NAME, 'ns', { values: ours, left: map.lockCount }, 'bare async-mutex', { values: peer });
    return [withTarget(row, 'at most 2 times a bare lock, and none left', ({ ratio }) => (ratio ?? Infinity) <= 2)];
  },
};
