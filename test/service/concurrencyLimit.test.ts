import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AdaptiveLimit, FixedLimit } from '../../src/service/concurrency/concurrencyLimit';

interface SimulatedEngine {
  /** Share of an operation done per millisecond while so many are running. */
  readonly speed: (running: number) => number;
  readonly rejects?: (running: number) => boolean;
}

/** Operations that take `alone` milliseconds on one of `cores`; `friction` is the slowdown by each one beyond that. */
const cores = (count: number, alone: number, friction = 0): SimulatedEngine => ({
  speed: (running) =>
    (Math.min(1, count / running) * (1 - Math.min(0.9, friction * Math.max(0, running - count)))) / alone,
});

interface Trajectory {
  readonly limits: readonly number[];
  readonly ended: number;
}

/** Runs operations that all wait from the start. */
function simulate(limit: AdaptiveLimit, engine: SimulatedEngine, count: number, start = 0): Trajectory {
  let now = start;
  let left = count;
  const running: { remaining: number; startedAt: number }[] = [];
  const limits: number[] = [];
  while (left > 0 || running.length > 0) {
    while (left > 0 && running.length < limit.current) {
      if (engine.rejects?.(running.length + 1)) {
        limit.onOverload(now, now);
        limits.push(limit.current);
        if (running.length > 0) break;
      }
      left--;
      running.push({ remaining: 1, startedAt: now });
    }
    const speed = engine.speed(running.length);
    const next = running.reduce((one, other) => (other.remaining < one.remaining ? other : one));
    const pause = next.remaining / speed;
    now += pause;
    for (const one of running) one.remaining -= pause * speed;
    running.splice(running.indexOf(next), 1);
    limit.onSuccess(now, { durationMs: now - next.startedAt, wasSaturated: left > 0 });
    limits.push(limit.current);
  }
  return { limits, ended: now };
}

/** Median limit of the second half. */
function settled({ limits }: Trajectory): number {
  const late = limits.slice(Math.floor(limits.length / 2)).sort((a, b) => a - b);
  return late[Math.floor(late.length / 2)] ?? 0;
}

describe('AdaptiveLimit', () => {
  test.each([1, 2, 4, 8, 16, 32])('converges on %i cores', (count) => {
    const limit = new AdaptiveLimit(64);
    const trajectory = simulate(limit, cores(count, 100, 0.02), 1_000);
    expect(settled(trajectory)).toBeGreaterThanOrEqual(Math.min(count, 4) * 0.75);
    expect(settled(trajectory)).toBeLessThanOrEqual(Math.max(5, count * 1.7));
    // Compared with the best fixed limit.
    expect(trajectory.ended).toBeLessThan(1.2 * ((1_000 * 100) / count));
  });

  test('reverts when a higher limit lowers throughput', () => {
    const limit = new AdaptiveLimit(64);
    const trajectory = simulate(limit, cores(3, 100, 0.1), 500);
    expect(Math.max(...trajectory.limits.slice(100))).toBeLessThanOrEqual(5);
  });

  test('is halved on overload, stays below for a while, and recovers', () => {
    const limit = new AdaptiveLimit(32);
    const trajectory = simulate(limit, { ...cores(32, 100), rejects: (running) => running > 10 }, 600);
    expect(settled(trajectory)).toBeLessThanOrEqual(10);
    expect(settled(trajectory)).toBeGreaterThanOrEqual(5);
  });

  test('is halved once for several reports of the same overload', () => {
    const limit = new AdaptiveLimit(32);
    simulate(limit, cores(16, 100), 200);
    const before = limit.current;
    for (let one = 0; one < 5; one++) limit.onOverload(50_000 + one, 49_000);
    expect(limit.current).toBe(Math.floor(before / 2));
  });

  test('is lowered when latency grows without a gain', () => {
    const limit = new AdaptiveLimit(32);
    const { ended } = simulate(limit, cores(8, 100), 300);
    expect(limit.current).toBeGreaterThanOrEqual(8);
    // Another client uses six of the eight.
    const trajectory = simulate(limit, cores(2, 100), 400, ended);
    expect(settled(trajectory)).toBeLessThanOrEqual(5);
  });

  test('does not grow without saturation', () => {
    const limit = new AdaptiveLimit(32);
    for (let at = 0; at < 100; at++) limit.onSuccess(at * 10, { durationMs: 10, wasSaturated: false });
    expect(limit.current).toBe(4);
  });

  test('stays within its bounds', () => {
    const step = fc.record({
      pause: fc.nat(1_000),
      durationMs: fc.nat(5_000),
      busy: fc.boolean(),
      wasSaturated: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.array(step, { maxLength: 200 }), (maximum, steps) => {
        const limit = new AdaptiveLimit(maximum);
        let now = 0;
        for (const { pause, durationMs, busy, wasSaturated } of steps) {
          now += pause;
          if (busy) limit.onOverload(now, now - durationMs);
          else limit.onSuccess(now, { durationMs, wasSaturated });
          expect(limit.current).toBeGreaterThanOrEqual(1);
          expect(limit.current).toBeLessThanOrEqual(maximum);
        }
      }),
    );
  });

  test('applies a maximum that is set later', () => {
    const limit = new AdaptiveLimit(32);
    simulate(limit, cores(16, 100), 200);
    limit.setMaximum(7);
    expect(limit.current).toBeLessThanOrEqual(7);
    expect(Math.max(...simulate(limit, cores(16, 100), 200).limits)).toBe(7);
  });
});

describe('the steps of AdaptiveLimit', () => {
  /** A limit, and a window of operations at this throughput and latency; resolves to the limit after it. */
  function stepper(maximum = 64) {
    const limit = new AdaptiveLimit(maximum);
    let now = 0;
    const success = (latency: number, wasSaturated = true) =>
      limit.onSuccess(now, { durationMs: latency, wasSaturated });
    success(1);
    const window = (rate: number, latency = 10, wasSaturated = true) => {
      const count = Math.max(4, limit.current);
      for (let one = 0; one < count; one++) {
        now += 1 / rate;
        success(latency, wasSaturated || one > 0);
      }
      return limit.current;
    };
    const overload = (startedAt = now) => {
      limit.onOverload(now, startedAt);
      return limit.current;
    };
    return { limit, window, overload, windows: (...rates: number[]) => rates.map((rate) => window(rate)) };
  }

  test('grow by half while throughput grows, and go back when it does not', () => {
    expect(stepper().windows(1, 1.5, 2.2, 2.2)).toEqual([6, 9, 14, 9]);
    expect(stepper().windows(1, 1.02)).toEqual([6, 4]);
    expect(stepper().windows(1, 1.04)).toEqual([6, 9]);
  });

  test('try one more in every fourth window after the first that did not help', () => {
    const { windows } = stepper();
    expect(windows(1, 1, 1, 1, 1, 1)).toEqual([6, 4, 4, 4, 4, 5]);
    expect(windows(1, 1, 1, 1, 1)).toEqual([4, 4, 4, 4, 5]);
    expect(windows(1.1, 1.1, 1.1, 1.1, 1.1)).toEqual([5, 5, 5, 6, 5]);
  });

  test('lower the limit while latency is more than twice the least, as long as throughput does not suffer', () => {
    const { window } = stepper();
    expect([window(1), window(1.5, 20)]).toEqual([6, 9]);
    expect([window(2, 21), window(2, 21), window(1.95, 21)]).toEqual([8, 7, 6]);
    // Too slow with one less: the engine takes that long now.
    expect([window(1.8, 21), window(1.8, 30), window(1.8, 30), window(1.8, 30)]).toEqual([7, 7, 7, 7]);
    expect(window(1.8, 43)).toBe(6);
  });

  test('ignore windows in which an operation did not wait', () => {
    const { window } = stepper();
    expect([window(1, 10, false), window(9, 10, false), window(1)]).toEqual([4, 4, 6]);
  });

  test('halve the limit at an overload, once for all operations that started before', () => {
    const { windows, overload } = stepper();
    expect(windows(1, 2)).toEqual([6, 9]);
    expect([overload(), overload(0), overload()]).toEqual([4, 4, 2]);
    expect(windows(1, 1, 1)).toEqual([2, 2, 2]);
    expect([overload(), overload(), overload()]).toEqual([1, 1, 1]);
  });

  test('compare no throughput from before an overload', () => {
    const { windows, overload } = stepper();
    expect([...windows(9), overload(), ...windows(1, 1, 1, 1, 2)]).toEqual([6, 3, 3, 3, 3, 4, 4]);
  });

  test('never reach the limit of an overload within six windows', () => {
    const { windows, overload, limit } = stepper(3);
    expect(limit.current).toBe(3);
    expect(overload()).toBe(1);
    expect(windows(1, 1, 1, 1)).toEqual([1, 1, 1, 2]);
    expect(windows(2, 2, 2, 2)).toEqual([2, 2, 2, 3]);
    const blocked = stepper();
    expect([...blocked.windows(1, 2), blocked.overload(), ...blocked.windows(1, 1, 1, 1)]).toEqual([
      6, 9, 4, 4, 4, 4, 5,
    ]);
    blocked.limit.setMaximum(64);
    expect(blocked.limit.current).toBe(5);
  });

  test('stay within the maximum, which is at least 1', () => {
    const { limit, windows } = stepper(5);
    expect(windows(1, 2)).toEqual([5, 5]);
    limit.setMaximum(0);
    expect(limit.current).toBe(1);
    expect(new AdaptiveLimit(0).current).toBe(1);
    expect(new AdaptiveLimit(2).current).toBe(2);
    expect(new AdaptiveLimit(2).isSequential).toBe(false);
  });
});

test('FixedLimit recovers after overload, and is sequential only if it is 1', () => {
  const limit = new FixedLimit(5);
  limit.onOverload();
  expect(limit.current).toBe(2);
  limit.onOverload();
  limit.onOverload();
  expect(limit.current).toBe(1);
  expect(limit.isSequential).toBe(false);
  for (let one = 0; one < 10; one++) limit.onSuccess();
  expect(limit.current).toBe(5);
  expect(new FixedLimit(1).isSequential).toBe(true);
});
