import { describe, expect, test } from 'vitest';
import { EngineError } from '../../src/engine/error';
import { EnginePlaces } from '../../src/service/lock/enginePlaces';
import { Places } from '../../src/service/lock/places';
import { FixedWidth } from '../../src/service/lock/width';
import type { Concurrency } from '../../src/service/service';
import { silent } from '../silent';

/** Something with containers that run until they are told otherwise. */
class Pod {
  constructor(public running: number) {}
  up() {
    return this.running;
  }
}
const idle = new Pod(0);
const take = (places: Places, count: number, occupant: Pod = idle, now = 0) =>
  Array.from({ length: count }, () => places.tryTake(occupant, now));

describe('places', () => {
  test('no more are taken than there are; narrowed, none is free until enough have come back', () => {
    const places = new Places(new FixedWidth(4));
    let told = 0;
    places.onFree(() => told++);
    const taken = take(places, 5);
    expect(taken.map((place) => place !== undefined)).toEqual([true, true, true, true, false]);
    taken[0]?.busy(0);
    taken[0]?.release();
    taken[0]?.release();
    taken[1]?.release();
    expect([told, places.current, places.tryTake(idle, 0)]).toEqual([2, 2, undefined]);
    taken[1]?.succeeded(0, true);
    expect(places.tryTake(idle, 0)).toBeDefined();
  });

  test('what the engine has answered gives its place to others, but where one is to come after another', () => {
    const places = new Places(new FixedWidth(2));
    const [first, second] = take(places, 2);
    first?.answered(10);
    expect(places.tryTake(idle, 10)).toBeDefined();
    first?.release();
    expect(places.tryTake(idle, 20)).toBeUndefined();
    second?.release();
    expect(places.tryTake(idle, 20)).toBeDefined();

    const serial = new Places(new FixedWidth(1));
    const [only] = take(serial, 1);
    only?.answered(10);
    expect(serial.tryTake(idle, 10)).toBeUndefined();
    only?.release();
    expect(serial.tryTake(idle, 20)).toBeDefined();
  });

  test('an answer says that all of its holder is down, before any event does', () => {
    const places = new Places(new FixedWidth(4));
    const [quick] = take(places, 1, new Pod(1));
    take(places, 1, new Pod(1));
    quick?.answered(200);
    // Three times the usual 200 ms.
    expect(places.nextLook).toBe(600);
  });

  test('another width is told, and who waits for a place hears of it', () => {
    const widths: number[] = [];
    const places = new Places(new FixedWidth(1), (now) => widths.push(now));
    let told = 0;
    places.onFree(() => told++);
    places.use(new FixedWidth(3));
    places.use(new FixedWidth(2));
    expect([widths, told]).toEqual([[3, 2], 1]);
  });

  test('what still runs does not get the last ones', () => {
    const places = new Places(new FixedWidth(7));
    expect(take(places, 7, new Pod(1)).filter(Boolean)).toHaveLength(5);
    expect(take(places, 7).filter(Boolean)).toHaveLength(2);
  });

  test('as soon as one is down, the next that runs may have a place', () => {
    const places = new Places(new FixedWidth(3));
    const first = new Pod(1);
    take(places, 1, first);
    take(places, 1, new Pod(1));
    expect(places.roomAt(10)).toBe('down');
    first.running = 0;
    places.look(20);
    expect(places.roomAt(20)).toBe('any');
  });

  test('silence for a second means stuck; where it is known how long others take, it is known sooner', () => {
    const places = new Places(new FixedWidth(4));
    const [quick, stubborn] = [new Pod(2), new Pod(2)];
    take(places, 1, quick);
    take(places, 2, stubborn);
    expect(places.nextLook).toBe(1000);
    expect([places.isCrowded(999), places.isCrowded(1000)]).toEqual([false, true]);

    const second = new Places(new FixedWidth(4));
    take(second, 1, quick);
    take(second, 2, stubborn);
    quick.running = 1;
    second.look(100);
    quick.running = 0;
    second.look(200);
    // Three times the usual 200 ms.
    expect(second.nextLook).toBe(600);
    expect([second.isCrowded(599), second.isCrowded(600), second.roomAt(600)]).toEqual([false, true, 'down']);
    stubborn.running = 0;
    second.look(10_000);
    expect(second.isCrowded(10_000)).toBe(false);
  });

  test('how long the stubborn take is not what is usual', () => {
    const places = new Places(new FixedWidth(9));
    const [quick, stubborn] = [new Pod(1), new Pod(1)];
    take(places, 1, quick);
    take(places, 1, stubborn);
    quick.running = 0;
    places.look(100);
    stubborn.running = 0;
    places.look(10_000);
    take(places, 1, new Pod(1), 10_000);
    expect(places.nextLook).toBe(10_500);
  });
});

describe('the places of engines', () => {
  const made = (wanted: { concurrency: Concurrency }, slots: () => Promise<number | undefined>) => {
    const told: string[] = [];
    const log = { ...silent, info: (words: string) => void told.push(words) };
    return {
      told,
      places: new EnginePlaces({ log, concurrency: () => wanted.concurrency, slots, guess: () => undefined }),
    };
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const work = (places: Places, count: number, from: number) => {
    for (let one = 0; one < count; one++) {
      const place = places.tryTake(idle, from + one * 10);
      place?.release();
      place?.succeeded(from + one * 10 + 5, true);
    }
  };

  test('a number is what somebody wants; each engine has its own places', () => {
    const { places } = made({ concurrency: 3 }, () => Promise.reject(new Error('not to be asked')));
    expect([places.of('a').current, places.of('a').serial]).toEqual([3, false]);
    expect(take(places.of('a'), 4).filter(Boolean)).toHaveLength(3);
    expect(take(places.of('b'), 4).filter(Boolean)).toHaveLength(3);
  });

  test('an engine that has not told its limit gets four, one that has never more than that', async () => {
    let answer: (slots: number) => void = () => undefined;
    let asked = 0;
    const { places, told } = made({ concurrency: 'auto' }, () => {
      asked++;
      return new Promise((resolve) => (answer = resolve));
    });
    const mine = places.of('a');
    places.prepare('a');
    for (let one = 0; one < 100; one++) mine.tryTake(idle, one * 10)?.release();
    expect([mine.current, asked]).toEqual([4, 1]);
    answer(2);
    await settled();
    expect(mine.current).toBe(2);
    expect(told).toEqual(['a: carries out 2 removals at once itself', 'a: 2 at once from now on, 4 before']);
    places.forget('a');
    places.prepare('a');
    expect(asked).toBe(2);
  });

  test('what is known of an engine without asking holds until it has told', async () => {
    const told: string[] = [];
    const places = new EnginePlaces({
      log: { ...silent, info: (words) => void told.push(words) },
      concurrency: () => 'auto',
      slots: async () => 13,
      guess: (engine) => (engine === 'small' ? 2 : 7),
    });
    expect([places.of('small').current, places.of('a').current]).toEqual([2, 4]);
    await settled();
    work(places.of('small'), 200, 0);
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
    expect([asked, places.of('a').current]).toEqual([2, 4]);
  });

  test('the setting is heeded when it changes, and what was learned is kept', async () => {
    const setting: { concurrency: Concurrency } = { concurrency: 'auto' };
    const { places } = made(setting, async () => 7);
    const mine = places.of('a');
    await settled();
    work(mine, 4, 0);
    const learned = mine.current;
    setting.concurrency = 1;
    expect([places.prepare('a'), mine.current, mine.serial]).toEqual([mine, 1, true]);
    setting.concurrency = 'auto';
    places.prepare('a');
    expect([mine.current, mine.serial]).toEqual([learned, false]);
  });
});
