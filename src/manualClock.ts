import type { Clock } from './clock';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fn: () => void;
}

/** A clock that only advances on request, for tests and the demo engine. */
export class ManualClock implements Clock {
  private time = 0;
  private order = 0;
  private timers: Timer[] = [];
  private watchers: { readonly count: number; readonly resolve: () => void }[] = [];

  /** @param epoch initial wall time */
  constructor(private epoch = Date.UTC(2026, 0, 1)) {}

  now(): number {
    return this.time;
  }

  wallTime(): number {
    return this.epoch + this.time;
  }

  /** The number of scheduled calls. */
  get pending(): number {
    return this.timers.length;
  }

  after(ms: number, fn: () => void): () => void {
    if (ms === Infinity) return () => undefined;
    const timer = { at: this.time + Math.max(0, ms), order: this.order++, fn };
    this.timers.push(timer);
    this.resolveWatchers();
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  /** Resolves as soon as at least `count` calls are scheduled. */
  untilPending(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.watchers.push({ count, resolve });
      this.resolveWatchers();
    });
  }

  /** Advances by `ms` and runs the due calls in order; promises and immediates run between them. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      await nextTurn();
      const next = this.takeNext(end);
      if (!next) break;
      next();
    }
    this.time = end;
    await nextTurn();
  }

  /** Like `advance`, but synchronous. */
  advanceNow(ms: number): void {
    const end = this.time + ms;
    for (let next = this.takeNext(end); next; next = this.takeNext(end)) next();
    this.time = end;
  }

  /** Simulates a stalled process: calls that became due run late. */
  stall(ms: number): void {
    this.time += ms;
    this.advanceNow(0);
  }

  /** Simulates a change of the system clock; does not affect `now`. */
  shiftWallTime(ms: number): void {
    this.epoch += ms;
  }

  /** Removes the next call that is due by `end`, and advances to its time. */
  private takeNext(end: number): (() => void) | undefined {
    const [next] = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at || a.order - b.order);
    if (!next) return undefined;
    this.timers = this.timers.filter((timer) => timer !== next);
    this.time = Math.max(this.time, next.at);
    return next.fn;
  }

  private resolveWatchers(): void {
    const due = this.watchers.filter(({ count }) => count <= this.timers.length);
    this.watchers = this.watchers.filter((watcher) => !due.includes(watcher));
    for (const watcher of due) watcher.resolve();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
