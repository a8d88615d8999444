import type { Clock } from './clock';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fn: () => void;
}

/** A clock that stands still until it is moved: for tests, and for a demo engine that is driven step by step. */
export class ManualClock implements Clock {
  private time = 0;
  private order = 0;
  private timers: Timer[] = [];
  private watchers: { readonly count: number; readonly resolve: () => void }[] = [];

  /** @param epoch the wall time at which it begins */
  constructor(private epoch = Date.UTC(2026, 0, 1)) {}

  now(): number {
    return this.time;
  }

  wallTime(): number {
    return this.epoch + this.time;
  }

  /** How many calls are due some day. */
  get pending(): number {
    return this.timers.length;
  }

  after(ms: number, fn: () => void): () => void {
    if (ms === Infinity) return () => undefined;
    const timer = { at: this.time + Math.max(0, ms), order: this.order++, fn };
    this.timers.push(timer);
    this.wakeWatchers();
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  /** Resolves as soon as at least `count` calls are pending: the moment at which moving the clock is worth something. */
  untilPending(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.watchers.push({ count, resolve });
      this.wakeWatchers();
    });
  }

  /** Moves time on by `ms`, running what falls due in its order, each with time to follow it up before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      await turn();
      const next = this.next(end);
      if (!next) break;
      next();
    }
    this.time = end;
    await turn();
  }

  /** The same in one synchronous step. */
  advanceNow(ms: number): void {
    const end = this.time + ms;
    for (let next = this.next(end); next; next = this.next(end)) next();
    this.time = end;
  }

  /** Lets time pass in which nothing runs, as while the process is stalled: what fell due meanwhile runs late. */
  stall(ms: number): void {
    this.time += ms;
    this.advanceNow(0);
  }

  /** The system's clock is set forward, or back: durations are as they were. */
  setForward(ms: number): void {
    this.epoch += ms;
  }

  /** Takes what is due next up to a moment, with the time at which it is due, or the present one where that is past. */
  private next(end: number): (() => void) | undefined {
    const [next] = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at || a.order - b.order);
    if (!next) return undefined;
    this.timers = this.timers.filter((timer) => timer !== next);
    this.time = Math.max(this.time, next.at);
    return next.fn;
  }

  private wakeWatchers(): void {
    const due = this.watchers.filter(({ count }) => count <= this.timers.length);
    this.watchers = this.watchers.filter((watcher) => !due.includes(watcher));
    for (const watcher of due) watcher.resolve();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
