import { describe, expect, test } from 'vitest';
import { EngineError } from '../../src/engine/error';
import { EngineLimiters } from '../../src/service/concurrency/engineLimiters';
import { ConcurrencyLimiter } from '../../src/service/concurrency/limiter';
import { FixedLimit } from '../../src/service/concurrency/concurrencyLimit';
import type { ConcurrencySetting } from '../../src/service/service';
import { nullLog } from '../silent';

/** Something with containers that run until they are told otherwise. */
class Pod {
  constructor(public running: number) {}
  runningCount() {
    return this.running;
  }
}
const idle = new Pod(0);
const take = (places: ConcurrencyLimiter, count: number, occupant: Pod = idle, now = 0) =>
  Array.from({ length: count }, () => places.tryAcquire(occupant, now));

describe('places', () => {
  test('no more are taken than there are; narrowed, none is free until enough have come back', () => {
    const places = new ConcurrencyLimiter(new FixedLimit(4));
    let told = 0;
    places.onDidRelease(() => told++);
    const taken = take(places, 5);
    expect(taken.map((place) => place !== undefined)).toEqual([true, true, true, true, false]);
    taken[0]?.reportOverload(0);
    taken[0]?.release();
    taken[0]?.release();
    taken[1]?.release();
    expect([told, places.limit, places.tryAcquire(idle, 0)]).toEqual([2, 2, undefined]);
    taken[1]?.reportSuccess(0, true);
    expect(places.tryAcquire(idle, 0)).toBeDefined();
  });

  test('what the engine has answered gives its place to others, but where one is to come after another', () => {
    const places = new ConcurrencyLimiter(new FixedLimit(2));
    const [first, second] = take(places, 2);
    first?.onResponse(10);
    expect(places.tryAcquire(idle, 10)).toBeDefined();
    first?.release();
    expect(places.tryAcquire(idle, 20)).toBeUndefined();
    second?.release();
    expect(places.tryAcquire(idle, 20)).toBeDefined();

    const serial = new ConcurrencyLimiter(new FixedLimit(1));
    const [only] = take(serial, 1);
    only?.onResponse(10);
    expect(serial.tryAcquire(idle, 10)).toBeUndefined();
    only?.release();
    expect(serial.tryAcquire(idle, 20)).toBeDefined();
  });

  test('an answer says that all of its holder is down, before any event does', () => {
    const places = new ConcurrencyLimiter(new FixedLimit(4));
    const [quick] = take(places, 1, new Pod(1));
    take(places, 1, new Pod(1));
    quick?.onResponse(200);
    // Three times the usual 200 ms.
    expect(places.nextStallCheck).toBe(600);
  });

  test('another width is told, and who waits for a place hears of it', () => {
    const widths: number[] = [];
    const places = new ConcurrencyLimiter(new FixedLimit(1), (now) => widths.push(now));
    let told = 0;
    places.onDidRelease(() => told++);
    places.setStrategy(new FixedLimit(3));
    places.setStrategy(new FixedLimit(2));
    expect([widths, told]).toEqual([[3, 2], 1]);
  });

  test('what still runs does not get the last ones', () => {
    const places = new ConcurrencyLimiter(new FixedLimit(7));
    expect(take(places, 7, new Pod(1)).filter(Boolean)).toHaveLength(5);
    expect(take(places, 7).filter(Boolean)).toHaveLength(2);
  });

  test('as soon as one is down, the next that runs may have a place', () => {
    const places = new ConcurrencyLimiter(new FixedLimit(3));
    const first = new Pod(1);
    take(places, 1, first);
    take(places, 1, new Pod(1));
    expect(places.roomAt(10)).toBe('down');
    first.running = 0;
    places.refresh(20);
    expect(places.roomAt(20)).toBe('any');
  });

  test('silence for a second means stuck; where it is known how long others take, it is known sooner', () => {
    const places = new ConcurrencyLimiter(new FixedLimit(4));
    const [quick, stubborn] = [new Pod(2), new Pod(2)];
    take(places, 1, quick);
    take(places, 2, stubborn);
    expect(places.nextStallCheck).toBe(1000);
    expect([places.isStalled(999), places.isStalled(1000)]).toEqual([false, true]);

    const second = new ConcurrencyLimiter(new FixedLimit(4));
    take(second, 1, quick);
    take(second, 2, stubborn);
    quick.running = 1;
    second.refresh(100);
    quick.running = 0;
    second.refresh(200);
    // Three times the usual 200 ms.
    expect(second.nextStallCheck).toBe(600);
    expect([second.isStalled(599), second.isStalled(600), second.roomAt(600)]).toEqual([false, true, 'down']);
    stubborn.running = 0;
    second.refresh(10_000);
    expect(second.isStalled(10_000)).toBe(false);
  });

  test('how long the stubborn take is not what is usual', () => {
    const places = new ConcurrencyLimiter(new FixedLimit(9));
    const [quick, stubborn] = [new Pod(1), new Pod(1)];
    take(places, 1, quick);
    take(places, 1, stubborn);
    quick.running = 0;
    places.refresh(100);
    stubborn.running = 0;
    places.refresh(10_000);
    take(places, 1, new Pod(1), 10_000);
    expect(places.nextStallCheck).toBe(10_500);
  });
});

describe('the places of engines', () => {
  const made = (wanted: { concurrency: ConcurrencySetting }, parallelism: () => Promise<number | undefined>) => {
    const told: string[] = [];
    const log = { ...nullLog, info: (words: string) => void told.push(words) };
    return {
      told,
      places: new EngineLimiters({
        log,
        concurrency: () => wanted.concurrency,
        parallelism,
        defaultLimit: () => undefined,
      }),
    };
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const work = (places: ConcurrencyLimiter, count: number, from: number) => {
    for (let one = 0; one < count; one++) {
      const place = places.tryAcquire(idle, from + one * 10);
      place?.release();
      place?.reportSuccess(from + one * 10 + 5, true);
    }
  };

  test('a number is what somebody wants; each engine has its own places', () => {
    const { places } = made({ concurrency: 3 }, () => Promise.reject(new Error('not to be asked')));
    expect([places.get('a').limit, places.get('a').isSequential]).toEqual([3, false]);
    expect(take(places.get('a'), 4).filter(Boolean)).toHaveLength(3);
    expect(take(places.get('b'), 4).filter(Boolean)).toHaveLength(3);
  });

  test('an engine that has not told its limit gets four, one that has never more than that', async () => {
    let answer: (slots: number) => void = () => undefined;
    let asked = 0;
    const { places, told } = made({ concurrency: 'auto' }, () => {
      asked++;
      return new Promise((resolve) => (answer = resolve));
    });
    const mine = places.get('a');
    places.prepare('a');
    for (let one = 0; one < 100; one++) mine.tryAcquire(idle, one * 10)?.release();
    expect([mine.limit, asked]).toEqual([4, 1]);
    answer(2);
    await settled();
    expect(mine.limit).toBe(2);
    expect(told).toEqual(['a: carries out 2 removals at once itself', 'a: 2 at once from now on, 4 before']);
    places.remove('a');
    places.prepare('a');
    expect(asked).toBe(2);
  });

  test('what is known of an engine without asking holds until it has told', async () => {
    const told: string[] = [];
    const places = new EngineLimiters({
      log: { ...nullLog, info: (words) => void told.push(words) },
      concurrency: () => 'auto',
      parallelism: async () => 13,
      defaultLimit: (engine) => (engine === 'small' ? 2 : 7),
    });
    expect([places.get('small').limit, places.get('a').limit]).toEqual([2, 4]);
    await settled();
    work(places.get('small'), 200, 0);
    // Wider brought nothing here, but it was tried.
    expect(told).toContain('small: 3 at once from now on, 2 before');
  });

  test('one that cannot be asked is asked again the next time', async () => {
    let asked = 0;
    const { places } = made({ concurrency: 'auto' }, async () => {
      asked++;
      throw new EngineError('timeout', 'no answer');
    });
    places.prepare('a');
    await settled();
    places.prepare('a');
    expect([asked, places.get('a').limit]).toEqual([2, 4]);
  });

  test('the setting is heeded when it changes, and what was learned is kept', async () => {
    const setting: { concurrency: ConcurrencySetting } = { concurrency: 'auto' };
    const { places } = made(setting, async () => 7);
    const mine = places.get('a');
    await settled();
    work(mine, 4, 0);
    const learned = mine.limit;
    setting.concurrency = 1;
    expect([places.prepare('a'), mine.limit, mine.isSequential]).toEqual([mine, 1, true]);
    setting.concurrency = 'auto';
    places.prepare('a');
    expect([mine.limit, mine.isSequential]).toEqual([learned, false]);
  });
});
