import type { Clock } from '../../../src/clock';

interface Timer {
  readonly due: number;
  readonly fn: () => void;
}

/** The time that several clocks show: it passes `speed` times as fast as the machine's. Milliseconds. */
export class ElasticTime {
  readonly epoch = Date.now();
  private since = performance.now();
  private before = 0;

  constructor(private factor: number) {}

  get speed(): number {
    return this.factor;
  }

  /** For timers from now on. */
  accelerate(speed: number) {
    this.before = this.now();
    this.since = performance.now();
    this.factor = speed;
  }

  now(): number {
    return this.before + (performance.now() - this.since) * this.factor;
  }
}

/** One process's clock. It can be stalled, as in a process that does not run, and its wall time can be set. */
export class ElasticClock implements Clock {
  private readonly timers = new Set<Timer>();
  private readonly realTimers = new Set<NodeJS.Timeout>();
  private readonly overdue: (() => void)[] = [];
  private isStalled = false;
  private skew = 0;

  constructor(private readonly time: ElasticTime) {}

  now(): number {
    return this.time.now();
  }

  wallTime(): number {
    return this.time.epoch + this.now() + this.skew;
  }

  after(ms: number, fn: () => void): () => void {
    if (ms === Infinity) return () => undefined;
    const timer: Timer = { due: performance.now() + Math.max(0, ms) / this.time.speed, fn };
    this.timers.add(timer);
    this.arm(timer);
    return () => this.timers.delete(timer);
  }

  delay(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Calls that were neither made nor cancelled. */
  get pending(): number {
    return this.timers.size;
  }

  /** Sets the wall time forward, or back. */
  jump(ms: number) {
    this.skew += ms;
  }

  /** Until `resume`, no call is made. */
  stall() {
    this.isStalled = true;
  }

  /** Makes the calls that have come due meanwhile, in their order. */
  resume() {
    this.isStalled = false;
    for (const call of this.overdue.splice(0)) call();
  }

  /** Ends all calls that are pending, and the machine's own timers with them. */
  dispose() {
    for (const timer of this.realTimers) clearTimeout(timer);
    this.realTimers.clear();
    this.timers.clear();
  }

  private arm(timer: Timer) {
    const real = setTimeout(
      () => {
        this.realTimers.delete(real);
        const call = () => {
          if (this.timers.delete(timer)) timer.fn();
        };
        if (this.isStalled) this.overdue.push(call);
        else call();
      },
      Math.min(timer.due - performance.now(), 2 ** 31 - 1),
    );
    this.realTimers.add(real);
  }
}
