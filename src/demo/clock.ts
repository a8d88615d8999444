/** Where the demo engine takes its time from. Times are milliseconds since the epoch. */
export interface Clock {
  now(): number;
  /** Runs `action` once, `ms` from now; returns what calls it off. */
  schedule(ms: number, action: () => void): () => void;
}

/** The machine's clock. */
export class RealClock implements Clock {
  now(): number {
    return Date.now();
  }

  schedule(ms: number, action: () => void): () => void {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  }
}

interface Timer {
  at: number;
  order: number;
  action: () => void;
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  private time: number;
  private order = 0;
  private timers: Timer[] = [];
  private watchers: { count: number; resolve: () => void }[] = [];

  constructor(startsAt = Date.UTC(2026, 0, 1)) {
    this.time = startsAt;
  }

  now(): number {
    return this.time;
  }

  /** How many actions wait for their time. */
  get pending(): number {
    return this.timers.length;
  }

  schedule(ms: number, action: () => void): () => void {
    const timer = { at: this.time + Math.max(0, ms), order: this.order++, action };
    this.timers.push(timer);
    this.wakeWatchers();
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  /** Resolves as soon as at least `count` actions wait: the moment at which moving the clock is worth something. */
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
      const next = this.timers
        .filter((timer) => timer.at <= end)
        .sort((a, b) => a.at - b.at || a.order - b.order)
        .at(0);
      if (!next) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.time = Math.max(this.time, next.at);
      next.action();
    }
    this.time = end;
    await turn();
  }

  private wakeWatchers(): void {
    const due = this.watchers.filter((watcher) => watcher.count <= this.timers.length);
    this.watchers = this.watchers.filter((watcher) => !due.includes(watcher));
    for (const watcher of due) watcher.resolve();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The timers of one engine on a clock: all can be called off at once, when the engine closes. */
export class Timers implements Clock {
  private readonly cancels = new Set<() => void>();

  constructor(private readonly clock: Clock) {}

  now(): number {
    return this.clock.now();
  }

  schedule(ms: number, action: () => void): () => void {
    const cancelTimer = this.clock.schedule(ms, () => {
      this.cancels.delete(cancel);
      action();
    });
    const cancel = (): void => {
      this.cancels.delete(cancel);
      cancelTimer();
    };
    this.cancels.add(cancel);
    return cancel;
  }

  /** Resolves `ms` from now; at once for 0, so that an engine without latencies needs no clock. */
  delay(ms: number): Promise<void> {
    if (ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.schedule(ms, resolve);
    });
  }

  cancelAll(): void {
    for (const cancel of [...this.cancels]) cancel();
  }
}
