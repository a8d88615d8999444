import { performance } from 'node:perf_hooks';
import { Mutex } from 'async-mutex';
import { systemClock } from '../../../src/clock';
import { KeyedLockMap } from '../../../src/service/concurrency/keyedLocks';
import { collectGarbage } from '../heap';
import { withTarget, type Bench, comparedRow } from '../row';

const NAME = 'locks';

/** Nanoseconds that one of so many calls takes, each waited for before the next. */
async function nanoseconds(calls: number, call: (number: number) => Promise<unknown>): Promise<number> {
  const began = performance.now();
  for (let number = 0; number < calls; number++) await call(number);
  return ((performance.now() - began) * 1e6) / calls;
}

export const bench: Bench = {
  about: `Taking a lock that nobody else wants, doing nothing under it, and letting go: \`withLock\` of the map that guards
operations on nodes, which makes the lock for it and forgets it afterwards, against \`runExclusive\` of a bare async-mutex that
is there already. Over 1,000 keys in turn, in rounds of both.`,
  run: async ({ quick }) => {
    // Short rounds and many: most of them are over before the machine turns to something else.
    const [rounds, calls] = quick ? [100, 1_000] : [1_000, 1_000];
    const keys = Array.from({ length: 1000 }, (_, number) => `engine/container/${number}`);
    const key = (number: number) => keys[number % keys.length] as string;
    const map = new KeyedLockMap<string, number>(systemClock);
    const mutexes = new Map(keys.map((one) => [one, new Mutex()]));
    const nothing = () => undefined;
    const ours = () => nanoseconds(calls, (number) => map.withLock(key(number), nothing));
    const bare = () =>
      nanoseconds(calls, (number) => mutexes.get(key(number))?.runExclusive(nothing) as Promise<unknown>);
    // Compiled before it counts.
    for (let round = 0; round < 20; round++) {
      await ours();
      await bare();
    }
    // Ours makes a lock for each call, and pays for what rows before this one left to be cleared away.
    collectGarbage();
    const [own, peer]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      own.push(await ours());
      peer.push(await bare());
    }
    if (map.lockCount > 0) throw new Error(`${map.lockCount} locks are left.`);
    const row = comparedRow(NAME, 'ns', { values: own, left: map.lockCount }, 'bare async-mutex', { values: peer });
    return [withTarget(row, 'at most 2 times a bare lock, and none left', ({ ratio }) => (ratio ?? Infinity) <= 2)];
  },
};
