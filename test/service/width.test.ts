import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AdaptiveLimit, FixedLimit } from '../../src/service/concurrency/concurrencyLimit';

/** An engine on paper: how fast each of `running` works gets on, and whether one that begins is turned away. */
interface SimulatedEngine {
  /** Share of a work that is done in a millisecond while so many are under way. */
  readonly speed: (running: number) => number;
  readonly turnsAway?: (running: number) => boolean;
}

/** Works that take `alone` milliseconds on one of `cores`; each further one costs all a little. */
const cores = (count: number, alone: number, friction = 0): SimulatedEngine => ({
  speed: (running) =>
    (Math.min(1, count / running) * (1 - Math.min(0.9, friction * Math.max(0, running - count)))) / alone,
});

interface Trajectory {
  readonly widths: readonly number[];
  readonly ended: number;
}

/** Lets a policy work through so many works on such an engine, with all waiting from the start. */
function simulate(width: AdaptiveLimit, engine: SimulatedEngine, works: number, start = 0): Trajectory {
  let now = start;
  let left = works;
  const running: { rest: number; began: number }[] = [];
  const widths: number[] = [];
  while (left > 0 || running.length > 0) {
    while (left > 0 && running.length < width.current) {
      if (engine.turnsAway?.(running.length + 1)) {
        width.onOverload(now, now);
        widths.push(width.current);
        if (running.length > 0) break;
      }
      left--;
      running.push({ rest: 1, began: now });
    }
    const speed = engine.speed(running.length);
    const next = running.reduce((one, other) => (other.rest < one.rest ? other : one));
    const pause = next.rest / speed;
    now += pause;
    for (const one of running) one.rest -= pause * speed;
    running.splice(running.indexOf(next), 1);
    width.onSuccess(now, { durationMs: now - next.began, wasSaturated: left > 0 });
    widths.push(width.current);
  }
  return { widths, ended: now };
}

/** The widths of the second half, sorted: what it has settled for. */
function settled({ widths }: Trajectory): number {
  const late = widths.slice(Math.floor(widths.length / 2)).sort((a, b) => a - b);
  return late[Math.floor(late.length / 2)] ?? 0;
}

describe('a width that learns', () => {
  test.each([1, 2, 4, 8, 16, 32])('settles where %i cores are busy', (count) => {
    const width = new AdaptiveLimit(64);
    const course = simulate(width, cores(count, 100, 0.02), 1_000);
    expect(settled(course)).toBeGreaterThanOrEqual(Math.min(count, 4) * 0.75);
    expect(settled(course)).toBeLessThanOrEqual(Math.max(5, count * 1.7));
    // Hardly slower than somebody who knew the best width from the start.
    expect(course.ended).toBeLessThan(1.2 * ((1_000 * 100) / count));
  });

  test('goes back where more at once means less done', () => {
    const width = new AdaptiveLimit(64);
    const course = simulate(width, cores(3, 100, 0.1), 500);
    expect(Math.max(...course.widths.slice(100))).toBeLessThanOrEqual(5);
  });

  test('is halved when the engine is busy, keeps below that for a while, and comes back', () => {
    const width = new AdaptiveLimit(32);
    const course = simulate(width, { ...cores(32, 100), turnsAway: (running) => running > 10 }, 600);
    expect(settled(course)).toBeLessThanOrEqual(10);
    expect(settled(course)).toBeGreaterThanOrEqual(5);
  });

  test('is narrowed once for many that were turned away by the same crowd', () => {
    const width = new AdaptiveLimit(32);
    simulate(width, cores(16, 100), 200);
    const before = width.current;
    for (let one = 0; one < 5; one++) width.onOverload(50_000 + one, 49_000);
    expect(width.current).toBe(Math.floor(before / 2));
  });

  test('is narrowed when all takes longer for nothing', () => {
    const width = new AdaptiveLimit(32);
    const { ended } = simulate(width, cores(8, 100), 300);
    expect(width.current).toBeGreaterThanOrEqual(8);
    // Somebody else takes six of the eight.
    const course = simulate(width, cores(2, 100), 400, ended);
    expect(settled(course)).toBeLessThanOrEqual(5);
  });

  test('does not grow where nobody waited for a place', () => {
    const width = new AdaptiveLimit(32);
    for (let at = 0; at < 100; at++) width.onSuccess(at * 10, { durationMs: 10, wasSaturated: false });
    expect(width.current).toBe(4);
  });

  test('never leaves its bounds, whatever the engine does', () => {
    const step = fc.record({ pause: fc.nat(1_000), took: fc.nat(5_000), busy: fc.boolean(), wanted: fc.boolean() });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.array(step, { maxLength: 200 }), (most, steps) => {
        const width = new AdaptiveLimit(most);
        let now = 0;
        for (const { pause, took: durationMs, busy, wanted: wasSaturated } of steps) {
          now += pause;
          if (busy) width.onOverload(now, now - durationMs);
          else width.onSuccess(now, { durationMs, wasSaturated });
          expect(width.current).toBeGreaterThanOrEqual(1);
          expect(width.current).toBeLessThanOrEqual(most);
        }
      }),
    );
  });

  test('heeds a limit that is told late', () => {
    const width = new AdaptiveLimit(32);
    simulate(width, cores(16, 100), 200);
    width.limit(7);
    expect(width.current).toBeLessThanOrEqual(7);
    expect(Math.max(...simulate(width, cores(16, 100), 200).widths)).toBe(7);
  });
});

test('a width that somebody chose is come back to after the engine was busy, and is serial only if it is one', () => {
  const width = new FixedLimit(5);
  width.onOverload();
  expect(width.current).toBe(2);
  width.onOverload();
  width.onOverload();
  expect(width.current).toBe(1);
  expect(width.serial).toBe(false);
  for (let one = 0; one < 10; one++) width.onSuccess();
  expect(width.current).toBe(5);
  expect(new FixedLimit(1).serial).toBe(true);
});
