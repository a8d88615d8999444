import type { Clock } from '../clock';

/** The timers of one engine, cancelled together when it closes. */
export class Timers implements Clock {
  private readonly cancels = new Set<() => void>();

  constructor(private readonly clock: Clock) {}

  now(): number {
    return this.clock.now();
  }

  wallTime(): number {
    return this.clock.wallTime();
  }

  after(ms: number, fn: () => void): () => void {
    const cancelTimer = this.clock.after(ms, () => {
      this.cancels.delete(cancel);
      fn();
    });
    const cancel = (): void => {
      this.cancels.delete(cancel);
      cancelTimer();
    };
    this.cancels.add(cancel);
    return cancel;
  }

  /** Resolves after `ms`; at once for 0, independent of the clock. */
  delay(ms: number): Promise<void> {
    if (ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  cancelAll(): void {
    for (const cancel of [...this.cancels]) cancel();
  }
}
