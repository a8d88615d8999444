import { describe, expect, test } from 'vitest';
import { EngineError } from '../../src/engine/error';
import { EngineLimiters } from '../../src/service/concurrency/engineLimiters';
import { ConcurrencyLimiter } from '../../src/service/concurrency/limiter';
import { FixedLimit } from '../../src/service/concurrency/concurrencyLimit';
import type { ConcurrencySetting } from '../../src/service/deps';
import { nullLog } from '../silent';

class Pod {
  constructor(public running: number) {}
  runningCount() {
    return this.running;
  }
}
const idle = new Pod(0);
const acquire = (limiter: ConcurrencyLimiter, count: number, holder: Pod = idle, now = 0) =>
  Array.from({ length: count }, () => limiter.tryAcquire(holder, now));

describe('ConcurrencyLimiter', () => {
  test('issues at most as many permits as the limit, also after it was lowered', () => {
    const limiter = new ConcurrencyLimiter(new FixedLimit(4));
    let releases = 0;
    limiter.onDidRelease(() => releases++);
    const acquired = acquire(limiter, 5);
    expect(acquired.map((permit) => permit !== undefined)).toEqual([true, true, true, true, false]);
    acquired[0]?.reportOverload(0);
    acquired[0]?.release();
    acquired[0]?.release();
    acquired[1]?.release();
    expect([releases, limiter.limit, limiter.tryAcquire(idle, 0)]).toEqual([2, 2, undefined]);
    acquired[1]?.reportSuccess(0, true);
    expect(limiter.tryAcquire(idle, 0)).toBeDefined();
  });

  test('releases a permit on response, unless the limit is sequential', () => {
    const limiter = new ConcurrencyLimiter(new FixedLimit(2));
    const [first, second] = acquire(limiter, 2);
    first?.onResponse(10);
    expect(limiter.tryAcquire(idle, 10)).toBeDefined();
    first?.release();
    expect(limiter.tryAcquire(idle, 20)).toBeUndefined();
    second?.release();
    expect(limiter.tryAcquire(idle, 20)).toBeDefined();

    const sequential = new ConcurrencyLimiter(new FixedLimit(1));
    const [only] = acquire(sequential, 1);
    only?.onResponse(10);
    expect(sequential.tryAcquire(idle, 10)).toBeUndefined();
    only?.release();
    expect(sequential.tryAcquire(idle, 20)).toBeDefined();
  });

  test('counts a holder as stopped on response, before any event', () => {
    const limiter = new ConcurrencyLimiter(new FixedLimit(4));
    const [quick] = acquire(limiter, 1, new Pod(1));
    acquire(limiter, 1, new Pod(1));
    quick?.onResponse(200);
    // Three times the typical 200 ms.
    expect(limiter.nextStallCheck).toBe(600);
  });

  test('reports a new limit, and fires onDidRelease when it is higher', () => {
    const limits: number[] = [];
    const limiter = new ConcurrencyLimiter(new FixedLimit(1), (now) => limits.push(now));
    let releases = 0;
    limiter.onDidRelease(() => releases++);
    limiter.setStrategy(new FixedLimit(3));
    limiter.setStrategy(new FixedLimit(2));
    expect([limits, releases]).toEqual([[3, 2], 1]);
  });

  test('reserves permits for stopped holders', () => {
    const limiter = new ConcurrencyLimiter(new FixedLimit(7));
    expect(acquire(limiter, 7, new Pod(1)).filter(Boolean)).toHaveLength(5);
    expect(acquire(limiter, 7).filter(Boolean)).toHaveLength(2);
  });

  test('issues a permit to a running holder as soon as another has stopped', () => {
    const limiter = new ConcurrencyLimiter(new FixedLimit(3));
    const first = new Pod(1);
    acquire(limiter, 1, first);
    acquire(limiter, 1, new Pod(1));
    expect(limiter.availability(10)).toBe('stoppedOnly');
    first.running = 0;
    limiter.refresh(20);
    expect(limiter.availability(20)).toBe('any');
  });

  test('stalls after 1 s without an event, or after 3 times the typical stop time', () => {
    const limiter = new ConcurrencyLimiter(new FixedLimit(4));
    const [quick, stubborn] = [new Pod(2), new Pod(2)];
    acquire(limiter, 1, quick);
    acquire(limiter, 2, stubborn);
    expect(limiter.nextStallCheck).toBe(1000);
    expect([limiter.isStalled(999), limiter.isStalled(1000)]).toEqual([false, true]);

    const second = new ConcurrencyLimiter(new FixedLimit(4));
    acquire(second, 1, quick);
    acquire(second, 2, stubborn);
    quick.running = 1;
    second.refresh(100);
    quick.running = 0;
    second.refresh(200);
    // Three times the typical 200 ms.
    expect(second.nextStallCheck).toBe(600);
    expect([second.isStalled(599), second.isStalled(600), second.availability(600)]).toEqual([
      false,
      true,
      'stoppedOnly',
    ]);
    stubborn.running = 0;
    second.refresh(10_000);
    expect(second.isStalled(10_000)).toBe(false);
  });

  test('ignores stalled holders in the typical stop time', () => {
    const limiter = new ConcurrencyLimiter(new FixedLimit(9));
    const [quick, stubborn] = [new Pod(1), new Pod(1)];
    acquire(limiter, 1, quick);
    acquire(limiter, 1, stubborn);
    quick.running = 0;
    limiter.refresh(100);
    stubborn.running = 0;
    limiter.refresh(10_000);
    acquire(limiter, 1, new Pod(1), 10_000);
    expect(limiter.nextStallCheck).toBe(10_500);
  });
});

describe('EngineLimiters', () => {
  const setup = (setting: { concurrency: ConcurrencySetting }, parallelism: () => Promise<number | undefined>) => {
    const messages: string[] = [];
    const log = { ...nullLog, info: (message: string) => void messages.push(message) };
    return {
      messages,
      limiters: new EngineLimiters({
        log,
        concurrency: () => setting.concurrency,
        parallelism,
        defaultLimit: () => undefined,
      }),
    };
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const work = (limiter: ConcurrencyLimiter, count: number, from: number) => {
    for (let one = 0; one < count; one++) {
      const permit = limiter.tryAcquire(idle, from + one * 10);
      permit?.release();
      permit?.reportSuccess(from + one * 10 + 5, true);
    }
  };

  test('applies a fixed limit per engine', () => {
    const { limiters } = setup({ concurrency: 3 }, () => Promise.reject(new Error('must not be queried')));
    expect([limiters.get('a').limit, limiters.get('a').isSequential]).toEqual([3, false]);
    expect(acquire(limiters.get('a'), 4).filter(Boolean)).toHaveLength(3);
    expect(acquire(limiters.get('b'), 4).filter(Boolean)).toHaveLength(3);
  });

  test("starts with 4 and never exceeds the engine's parallelism", async () => {
    let respond: (slots: number) => void = () => undefined;
    let queries = 0;
    const { limiters, messages } = setup({ concurrency: 'auto' }, () => {
      queries++;
      return new Promise((resolve) => (respond = resolve));
    });
    const limiter = limiters.get('a');
    limiters.prepare('a');
    for (let one = 0; one < 100; one++) limiter.tryAcquire(idle, one * 10)?.release();
    expect([limiter.limit, queries]).toEqual([4, 1]);
    respond(2);
    await settled();
    expect(limiter.limit).toBe(2);
    expect(messages).toEqual(['a: runs 2 removals in parallel', 'a: concurrency limit 4 → 2']);
    limiters.invalidate('a');
    limiters.prepare('a');
    expect(queries).toBe(2);
  });

  test('uses the default limit until the engine responds', async () => {
    const messages: string[] = [];
    const limiters = new EngineLimiters({
      log: { ...nullLog, info: (message) => void messages.push(message) },
      concurrency: () => 'auto',
      parallelism: async () => 13,
      defaultLimit: (engine) => (engine === 'small' ? 2 : 7),
    });
    expect([limiters.get('small').limit, limiters.get('a').limit]).toEqual([2, 4]);
    await settled();
    work(limiters.get('small'), 200, 0);
    // A higher limit was tried, although it gained nothing here.
    expect(messages).toContain('small: concurrency limit 2 → 3');
  });

  test('queries again after an error', async () => {
    let queries = 0;
    const { limiters } = setup({ concurrency: 'auto' }, async () => {
      queries++;
      throw new EngineError('timeout', 'no response');
    });
    limiters.prepare('a');
    await settled();
    limiters.prepare('a');
    expect([queries, limiters.get('a').limit]).toEqual([2, 4]);
  });

  test('applies a changed setting and keeps the adapted limit', async () => {
    const setting: { concurrency: ConcurrencySetting } = { concurrency: 'auto' };
    const { limiters } = setup(setting, async () => 7);
    const limiter = limiters.get('a');
    await settled();
    work(limiter, 4, 0);
    const adapted = limiter.limit;
    setting.concurrency = 1;
    expect([limiters.prepare('a'), limiter.limit, limiter.isSequential]).toEqual([limiter, 1, true]);
    setting.concurrency = 'auto';
    limiters.prepare('a');
    expect([limiter.limit, limiter.isSequential]).toEqual([adapted, false]);
  });
});
