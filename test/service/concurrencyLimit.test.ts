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
