import { setTimeout as realTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../src/clock';
import { withTimeout } from '../src/engine/timeouts';
import { ManualClock } from '../src/manualClock';

afterEach(() => vi.useRealTimers());

const day = 24 * 3600 * 1000;

describe('the clock of the system', () => {
  test.each([2 ** 31 - 1, 2 ** 31, 30 * day, 2 ** 32, 4294967295_000])('waits for all of %d ms (T1)', async (ms) => {
    vi.useFakeTimers();
    const fired = vi.fn();
    systemClock.after(ms, fired);
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect(fired).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(2);
    expect(fired).toHaveBeenCalledOnce();
  });

  test('never fires what waits without end, and nothing that was cancelled', async () => {
    vi.useFakeTimers();
    const fired = vi.fn();
    systemClock.after(Infinity, fired)();
    systemClock.after(Infinity, fired);
    const cancel = systemClock.after(40 * day, fired);
    await vi.advanceTimersByTimeAsync(30 * day);
    cancel();
    await vi.advanceTimersByTimeAsync(300 * day);
    expect(fired).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('measures durations that no setting of the system’s time changes (T5)', async () => {
    vi.useFakeTimers();
    const [monotonic, wall] = [systemClock.now(), systemClock.wallTime()];
    const fired = vi.fn();
    systemClock.after(1000, fired);
    vi.setSystemTime(Date.now() + 3600_000);
    expect(systemClock.wallTime() - wall).toBe(3600_000);
    await vi.advanceTimersByTimeAsync(900);
    expect(systemClock.now() - monotonic).toBe(900);
    expect(fired).not.toHaveBeenCalled();
    vi.setSystemTime(Date.now() - 7200_000);
    await vi.advanceTimersByTimeAsync(101);
    expect(fired).toHaveBeenCalledOnce();
  });

  test('never fires early by its own measure', async () => {
    const delays = fc.sample(fc.double({ min: 0, max: 30, noNaN: true }), 200);
    await Promise.all(
      delays.map(async (ms) => {
        const from = systemClock.now();
        await new Promise<void>((resolve) => systemClock.after(ms, resolve));
        expect(systemClock.now() - from).toBeGreaterThanOrEqual(ms);
      }),
    );
  });
});

describe('a timeout', () => {
  const never = () => new Promise<never>(() => undefined);
  const bounds = (timeoutMs: number) => ({ timeoutMs, signals: [], label: 'GET /slow' });

  test('without end leaves a call all the time that it takes', async () => {
    const clock = new ManualClock();
    const call = withTimeout(clock, bounds(Infinity), () => realTimeout(5, 'answer'));
    await clock.advance(400 * day);
    expect(await call).toBe('answer');
  });

  test('that passed while the process was stalled does not void an answer that came meanwhile', async () => {
    const clock = new ManualClock();
    let answer: (text: string) => void = () => undefined;
    const call = withTimeout(clock, bounds(10_000), () => new Promise<string>((resolve) => (answer = resolve)));
    clock.stall(3600_000);
    answer('was there');
    expect(await call).toBe('was there');
    expect(clock.pending).toBe(0);
  });

  test('passes after a stall, too, where no answer comes', async () => {
    const clock = new ManualClock();
    const call = withTimeout(clock, bounds(30_000), never);
    clock.stall(3600_000);
    clock.advanceNow(10_000);
    await expect(call).rejects.toMatchObject({ reason: 'timeout' });
  });

  test('is not changed by the system’s time', async () => {
    const clock = new ManualClock();
    const call = withTimeout(clock, bounds(10_000), never);
    let isOver = false;
    call.catch(() => (isOver = true));
    clock.shiftWallTime(3600_000);
    await clock.advance(9_999);
    expect(isOver).toBe(false);
    clock.shiftWallTime(-7200_000);
    await clock.advance(1);
    expect(isOver).toBe(true);
  });
});
