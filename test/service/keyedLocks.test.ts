import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Entry, KeyedLockMap, LockError } from '../../src/service/concurrency/keyedLocks';

const createMap = () => new KeyedLockMap<string, number>();
/** Calls back with the entry of `a` under its lock. */
const withA = <T>(
  map: KeyedLockMap<string, number>,
  fn: (entry: Entry<number>) => T | Promise<T>,
  signal?: AbortSignal,
) => map.withLocks(['a'], (entries) => fn(entries.get('a') as Entry<number>), { signal });

describe('KeyedLockMap', () => {
  test('reads without waiting and writes only under the lock', async () => {
    const map = createMap();
    const inside = await withA(map, (entry) => {
      entry.set(1);
      return [map.get('a'), entry.value, map.isLocked('a')];
    });
    expect(inside).toEqual([1, 1, true]);
    expect(map.get('a')).toBe(1);
    await withA(map, (entry) => entry.delete());
    expect(map.get('a')).toBeUndefined();
  });

  test('throws when an entry is written after its lock was released', async () => {
    const map = createMap();
    let released: Entry<number> | undefined;
    await withA(map, (entry) => void (released = entry));
    expect(() => released?.set(1)).toThrow(/without its lock/);
    expect(() => released?.delete()).toThrow(/without its lock/);
    expect(map.get('a')).toBeUndefined();
  });

  test('releases the lock when the holder throws', async () => {
    const map = createMap();
    await expect(withA(map, () => Promise.reject(new Error('inside')))).rejects.toThrow('inside');
    expect(map.lockCount).toBe(0);
  });

  test('never runs an aborted waiter, and does not delay others by it', async () => {
    const map = createMap();
    const abort = new AbortController();
    let leave: () => void = () => undefined;
    const holder = withA(map, () => new Promise<void>((resolve) => (leave = resolve)));
    const entered: string[] = [];
    const aborted = withA(map, () => void entered.push('aborted'), abort.signal);
    const waiter = withA(map, () => void entered.push('waiter'));
    abort.abort();
    await expect(aborted).rejects.toEqual(new LockError('aborted'));
    leave();
    await Promise.all([holder, waiter]);
    expect(entered).toEqual(['waiter']);
    expect(map.lockCount).toBe(0);
  });

  test('rejects when the signal is aborted before', async () => {
    const map = createMap();
    await expect(withA(map, () => 1, AbortSignal.abort())).rejects.toEqual(new LockError('aborted'));
    expect(map.lockCount).toBe(0);
  });

  test('has one holder per key, no deadlock between sets of keys, and no lock left, in any schedule', async () => {
    const keys = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.tuple(keys, fc.boolean()), { minLength: 1, maxLength: 8 }),
        async (s, holders) => {
          const map = createMap();
          const inside = new Map<string, number>();
          const runs = holders.map(([wanted, aborts]) => {
            const abort = new AbortController();
            if (aborts) void s.schedule(Promise.resolve(), 'abort').then(() => abort.abort());
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
          await s.waitFor(Promise.all(runs));
          expect(map.lockCount).toBe(0);
        },
      ),
    );
  });
});
