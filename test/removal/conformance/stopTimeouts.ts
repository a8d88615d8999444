import { expect } from 'vitest';
import type { NodeKey } from '../../../src/graph/model/model';
import {
  container,
  containerWithTimeout,
  exitedAt,
  exitCode,
  isDocker,
  NOTING,
  outcomes,
  samplePlan,
  pod,
  conformanceTest,
  remove,
  signalsIn,
  SLOW,
  IGNORES_SIGTERM,
  window,
} from './yard';

const day = 24 * 3600;
/** Docker stores -1 for no limit, Podman 18446744073709551615; above 292 years both kill at once when they are not told otherwise. */
const unlimited = isDocker ? ['-1', '9999999999'] : ['18446744073709551615', '9999999999', '4294967295'];

/** Databases that need two seconds, with stop timeouts that overflow somewhere. */
async function databases(): Promise<Record<string, NodeKey>> {
  const keys: Record<string, NodeKey> = {
    days20: await container({ name: 'days20', command: SLOW, stopTimeout: 20 * day }),
    days30: await container({ name: 'days30', command: SLOW, stopTimeout: 30 * day }),
  };
  for (const [number, timeout] of unlimited.entries()) {
    const name = `unlimited${number}`;
    keys[name] = await containerWithTimeout(name, SLOW, timeout);
  }
  return keys;
}

const cleanExits = async (keys: Record<string, NodeKey>): Promise<Record<string, number | undefined>> =>
  Object.fromEntries<number | undefined>(
    await Promise.all(
      Object.entries(keys).map(async ([name, key]): Promise<[string, number | undefined]> => [
        name,
        await exitCode(key),
      ]),
    ),
  );

const zeros = (keys: Record<string, NodeKey>) => Object.fromEntries(Object.keys(keys).map((name) => [name, 0]));

export function stopTimeouts(): void {
  conformanceTest('databases with very long stop timeouts shut down in their own time (T2)', 'everywhere', async () => {
    const keys = await databases();
    const all = outcomes(await remove(await samplePlan(Object.values(keys))));
    expect(new Set(Object.values(all))).toEqual(new Set(['removed']));
    expect(await cleanExits(keys)).toEqual(zeros(keys));
  });

  conformanceTest('so do they beside a crowd that ignores its signal (T1b)', 'everywhere', async () => {
    const narrow = window(2);
    const stubborn = await Promise.all(
      Array.from({ length: 8 }, (_, number) =>
        container({ name: `hard${number}`, command: IGNORES_SIGTERM, stopTimeout: 4 }),
      ),
    );
    const keys = await databases();
    const made = await samplePlan([...stubborn, ...Object.values(keys)], {}, narrow);
    const all = outcomes(await remove(made, narrow));
    expect(new Set(Object.values(all))).toEqual(new Set(['removed']));
    expect(await cleanExits(keys)).toEqual(zeros(keys));
  });

  conformanceTest('so do members of a pod (T2)', 'podman', async () => {
    const shop = await pod('shop');
    const db = await container({ name: 'db', command: SLOW, stopTimeout: 18446744073709550000, pod: 'shop' });
    await remove(await samplePlan([shop]));
    expect(await exitCode(db)).toBe(0);
  });

  conformanceTest(
    'a signal comes once, before others have had their time, and a kill when the time is over',
    'everywhere',
    async () => {
      const seconds = 6;
      const narrow = window(2);
      const keys = await Promise.all(
        Array.from({ length: 6 }, (_, number) =>
          container({ name: `n${number}`, command: NOTING, stopTimeout: seconds }),
        ),
      );
      const signals = Promise.all(keys.map((key) => signalsIn(key)));
      const report = await remove(await samplePlan(keys, {}, narrow), narrow);
      expect(new Set(Object.values(outcomes(report)))).toEqual(new Set(['removed']));
      const ends = await Promise.all(keys.map((key) => exitedAt(key)));
      const noted = await signals;
      expect(ends.map((one) => one.exitCode)).toEqual(keys.map(() => 137));
      for (const [number, times] of noted.entries()) {
        expect(times, `n${number}`).toHaveLength(1);
        // Log and event are stamped by the same machine; the log a moment after the signal.
        expect((ends[number]?.at ?? 0) - (times[0] ?? Infinity), `n${number}`).toBeGreaterThan(seconds * 1000 - 500);
      }
      // Two were stopped by their removal; the others were signalled while these had their time.
      const lastSignal = Math.max(...noted.flat());
      const firstKill = Math.min(...ends.map((one) => one.at));
      expect(lastSignal).toBeLessThan(firstKill);
    },
  );
}
