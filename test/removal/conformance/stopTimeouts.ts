import { expect } from 'vitest';
import type { NodeKey } from '../../../src/graph/model/model';
import {
  container,
  containerWithTimeout,
  exitedAt,
  exitCode,
  isDocker,
  LOGS_SIGTERM,
  outcomes,
  samplePlan,
  pod,
  conformanceTest,
  remove,
  signalsIn,
  EXITS_SLOWLY,
  IGNORES_SIGTERM,
  window,
} from './fixture';

const day = 24 * 3600;
/** Docker stores -1 for no limit, Podman 18446744073709551615; both kill at once above 292 years, unless the call has a timeout. */
const unlimited = isDocker ? ['-1', '9999999999'] : ['18446744073709551615', '9999999999', '4294967295'];

/** Containers that take two seconds to stop, with stop timeouts that overflow somewhere. */
async function databases(): Promise<Record<string, NodeKey>> {
  const keys: Record<string, NodeKey> = {
    days20: await container({ name: 'days20', command: EXITS_SLOWLY, stopTimeout: 20 * day }),
    days30: await container({ name: 'days30', command: EXITS_SLOWLY, stopTimeout: 30 * day }),
  };
  for (const [number, timeout] of unlimited.entries()) {
    const name = `unlimited${number}`;
    keys[name] = await containerWithTimeout(name, EXITS_SLOWLY, timeout);
  }
  return keys;
}

const exitCodes = async (keys: Record<string, NodeKey>): Promise<Record<string, number | undefined>> =>
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
  conformanceTest('containers with very long stop timeouts exit by themselves (T2)', 'everywhere', async () => {
    const keys = await databases();
    const all = outcomes(await remove(await samplePlan(Object.values(keys))));
    expect(new Set(Object.values(all))).toEqual(new Set(['removed']));
    expect(await exitCodes(keys)).toEqual(zeros(keys));
  });

  conformanceTest('also beside many that ignore their signal (T1b)', 'everywhere', async () => {
    const limited = window(2);
    const stubborn = await Promise.all(
      Array.from({ length: 8 }, (_, number) =>
        container({ name: `hard${number}`, command: IGNORES_SIGTERM, stopTimeout: 4 }),
      ),
    );
    const keys = await databases();
    const plan = await samplePlan([...stubborn, ...Object.values(keys)], {}, limited);
    const all = outcomes(await remove(plan, limited));
    expect(new Set(Object.values(all))).toEqual(new Set(['removed']));
    expect(await exitCodes(keys)).toEqual(zeros(keys));
  });

  conformanceTest('also as members of a pod (T2)', 'podman', async () => {
    const shop = await pod('shop');
    const db = await container({ name: 'db', command: EXITS_SLOWLY, stopTimeout: 18446744073709550000, pod: 'shop' });
    await remove(await samplePlan([shop]));
    expect(await exitCode(db)).toBe(0);
  });

  conformanceTest(
    'each gets one signal, before the first kill, and a kill only after its stop timeout',
    'everywhere',
    async () => {
      const seconds = 6;
      const limited = window(2);
      const keys = await Promise.all(
        Array.from({ length: 6 }, (_, number) =>
          container({ name: `n${number}`, command: LOGS_SIGTERM, stopTimeout: seconds }),
        ),
      );
      const signals = Promise.all(keys.map((key) => signalsIn(key)));
      const report = await remove(await samplePlan(keys, {}, limited), limited);
      expect(new Set(Object.values(outcomes(report)))).toEqual(new Set(['removed']));
      const ends = await Promise.all(keys.map((key) => exitedAt(key)));
      const signalTimes = await signals;
      expect(ends.map((one) => one.exitCode)).toEqual(keys.map(() => 137));
      for (const [number, times] of signalTimes.entries()) {
        expect(times, `n${number}`).toHaveLength(1);
        // Same clock; the log entry is slightly later than the signal.
        expect((ends[number]?.at ?? 0) - (times[0] ?? Infinity), `n${number}`).toBeGreaterThan(seconds * 1000 - 500);
      }
      // Two were stopped by their removal; the others were signalled during these stop timeouts.
      const lastSignal = Math.max(...signalTimes.flat());
      const firstKill = Math.min(...ends.map((one) => one.at));
      expect(lastSignal).toBeLessThan(firstKill);
    },
  );
}
