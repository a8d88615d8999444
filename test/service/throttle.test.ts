import { expect, test } from 'vitest';
import { ManualClock } from '../../src/manualClock';
import { Throttle } from '../../src/service/throttle';

/** @param durationMs of each call */
function setUp(cooldownMs?: (durationMs: number) => number, durationMs = 0) {
  const clock = new ManualClock();
  const calls: number[] = [];
  const call = () => {
    calls.push(clock.now());
    clock.stall(durationMs);
  };
  return { clock, calls, throttle: new Throttle(clock, call, cooldownMs) };
}

test('merges scheduled calls into one, after the delay of the first', () => {
  const { clock, calls, throttle } = setUp();
  throttle.schedule(100);
  clock.advanceNow(60);
  throttle.schedule(100);
  clock.advanceNow(40);
  expect(calls).toEqual([100]);
  throttle.schedule(100);
  clock.advanceNow(1000);
  expect(calls).toEqual([100, 200]);
});

test('flush calls at once and replaces a scheduled call', () => {
  const { clock, calls, throttle } = setUp();
  throttle.schedule(100);
  throttle.flush();
  clock.advanceNow(1000);
  expect(calls).toEqual([0]);
});

test('delays calls until the end of the cooldown, which depends on the duration of the last call', () => {
  const { clock, calls, throttle } = setUp((durationMs) => 4 * durationMs, 50);
  throttle.flush();
  throttle.flush();
  throttle.schedule(10);
  clock.advanceNow(199);
  expect(calls).toEqual([0]);
  clock.advanceNow(1);
  expect(calls).toEqual([0, 250]);
  clock.advanceNow(1000);
  const later = clock.now();
  throttle.schedule(10);
  clock.advanceNow(10);
  expect(calls.slice(2)).toEqual([later + 10]);
});

test('a disposed throttle makes no scheduled call', () => {
  const { clock, calls, throttle } = setUp();
  throttle.schedule(100);
  throttle.dispose();
  clock.advanceNow(1000);
  expect(calls).toEqual([]);
});
