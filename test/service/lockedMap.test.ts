import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock';
import { type Entry, KeyedLockMap, LockError } from '../../src/service/concurrency/keyedLocks';
import { scheduledClock } from './schedule';

const fresh = () => new KeyedLockMap<string, number>(systemClock);

describe('LockedMap', () => {
  test('values are read without waiting, and written only by who holds the lock', async () => {
    const map = fresh();
    const inside = await map.withLock('a', (entry) => {
      entry.set(1);
      return [map.get('a'), entry.value, map.isLocked('a')];
    });
    expect(inside).toEqual([1, 1, true]);
    expect([...map.snapshot()]).toEqual([['a', 1]]);
    await map.withLock('a', (entry) => entry.delete());
    expect(map.get('a')).toBeUndefined();
  });

  test('an entry kept beyond its lock throws when it is written', async () => {
    const map = fresh();
    let kept: Entry<number> | undefined;
    await map.withLock('a', (entry) => void (kept = entry));
    expect(() => kept?.set(1)).toThrow(/without its lock/);
    expect(() => kept?.delete()).toThrow(/without its lock/);
    expect(map.get('a')).toBeUndefined();
  });

  test('a holder that throws lets go', async () => {
    const map = fresh();
    await expect(map.withLock('a', () => Promise.reject(new Error('inside')))).rejects.toThrow('inside');
    expect(map.lockCount).toBe(0);
  });

  test('who stops waiting never enters, and holds nobody up', async () => {
    const map = fresh();
    const abort = new AbortController();
    let leave: () => void = () => undefined;
    const holder = map.withLock('a', () => new Promise<void>((resolve) => (leave = resolve)));
    const entered: string[] = [];
    const gaveUp = map.withLock('a', () => void entered.push('gave up'), { signal: abort.signal });
    const patient = map.withLock('a', () => void entered.push('patient'));
    abort.abort();
    await expect(gaveUp).rejects.toEqual(new LockError('aborted'));
    leave();
    await Promise.all([holder, patient]);
    expect(entered).toEqual(['patient']);
    expect(map.lockCount).toBe(0);
  });

  test('a signal aborted before, and a deadline that passes, both reject', async () => {
    const map = fresh();
    let expire: () => void = () => undefined;
    const impatient = new KeyedLockMap<string, number>({
      now: () => 0,
      wallTime: () => 0,
      after: (_, fn) => ((expire = fn), () => undefined),
    });
    await expect(map.withLock('a', () => 1, { signal: AbortSignal.abort() })).rejects.toEqual(new LockError('aborted'));
    let leave: () => void = () => undefined;
    const holder = impatient.withLock('a', () => new Promise<void>((resolve) => (leave = resolve)));
    const late = impatient.withLock('a', () => 1, { deadline: 5 });
    expire();
    await expect(late).rejects.toEqual(new LockError('deadline'));
    leave();
    await holder;
    expect(impatient.lockCount).toBe(0);
  });

  test('in any schedule: one holder per key, several keys at once without deadlock, no lock left', async () => {
    const keys = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.tuple(keys, fc.boolean()), { minLength: 1, maxLength: 8 }),
        async (s, holders) => {
          const map = new KeyedLockMap<string, number>(scheduledClock(s));
          const inside = new Map<string, number>();
          const run = holders.map(([wanted, impatient]) => {
            const abort = new AbortController();
            if (impatient) void s.schedule(Promise.resolve(), 'give up').then(() => abort.abort());
            const work = async (entries: ReadonlyMap<string, Entry<number>>) => {
              for (const one of entries.keys()) {
                inside.set(one, (inside.get(one) ?? 0) + 1);
                expect(inside.get(one)).toBe(1);
              }
              await s.schedule(Promise.resolve(), 'work');
              for (const [one, entry] of entries) {
                entry.set((entry.value ?? 0) + 1);
                inside.set(one, 0);
              }
            };
            return map.withLocks(wanted, work, { signal: abort.signal }).catch((thrown: unknown) => {
              if (!(thrown instanceof LockError)) throw thrown;
            });
          });
          await s.waitFor(Promise.all(run));
          expect(map.lockCount).toBe(0);
        },
      ),
    );
  });
});
