import type { Clock } from '../../../src/clock';

interface Timer {
  readonly due: number;
  readonly fn: () => void;
}

/** Milliseconds between two steps of time. */
const STEP = 2;

/**
 * Time in milliseconds, shared by several clocks. `machine` is the machine's time; `own` advances with the turns of this
 * process's event loop, faster by a factor, so that no deadline passes because the machine is busy.
 */
export class ElasticTime {
  readonly epoch = Date.now();
  private readonly timers = new Set<Timer>();
  private readonly interval: NodeJS.Timeout;
  private time = 0;
  private last = performance.now();

  constructor(
    private readonly kind: 'machine' | 'own',
    private readonly speed = 1,
  ) {
    this.interval = setInterval(() => this.step(), STEP);
  }

  now(): number {
    return this.time;
  }

  after(ms: number, fn: () => void): () => void {
    const timer: Timer = { due: this.time + (ms > 0 ? ms : 0), fn };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  dispose() {
    clearInterval(this.interval);
    this.timers.clear();
  }

  private step() {
    const real = performance.now();
    const end = this.time + (this.kind === 'machine' ? real - this.last : STEP * this.speed);
    this.last = real;
    const due = [...this.timers].filter((timer) => timer.due <= end).sort((a, b) => a.due - b.due);
    for (const timer of due) {
      if (!this.timers.delete(timer)) continue;
      this.time = Math.max(this.time, timer.due);
      timer.fn();
    }
    this.time = end;
  }
}

/** The clock of one process. It can be stalled, like a stopped process, and its wall time can be changed. */
export class ElasticClock implements Clock {
  private readonly cancels = new Set<() => void>();
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
    const call = () => {
      if (this.cancels.delete(cancel)) fn();
    };
    const cancelTimer = this.time.after(ms, () => {
      if (this.isStalled) this.overdue.push(call);
      else call();
    });
    const cancel = () => {
      this.cancels.delete(cancel);
      cancelTimer();
    };
    this.cancels.add(cancel);
    return cancel;
  }

  delay(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Number of pending timers. */
  get pending(): number {
    return this.cancels.size;
  }

  /** Changes the wall time by an offset. */
  jump(ms: number) {
    this.skew += ms;
  }

  /** Stops timers until `resume`. */
  stall() {
    this.isStalled = true;
  }

  /** Fires overdue timers in order. */
  resume() {
    this.isStalled = false;
    for (const call of this.overdue.splice(0)) call();
  }

  /** Cancels all timers. */
  dispose() {
    for (const cancel of [...this.cancels]) cancel();
  }
}
