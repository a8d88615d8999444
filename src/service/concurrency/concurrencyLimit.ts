/** A limit on concurrent operations that adapts to their results; times are milliseconds of the monotonic clock. */
export interface ConcurrencyLimit {
  readonly current: number;
  /** Whether operations must run strictly one after another: no early stops. */
  readonly isSequential: boolean;
  onSuccess(at: number, sample: Sample): void;
  /** The engine reported overload or a locked database for an operation that started at `startedAt`. */
  onOverload(at: number, startedAt: number): void;
}

interface Sample {
  /** Time that the engine worked, without stop timeouts. */
  readonly durationMs: number;
  /** Whether others waited for a permit all the time, so that a higher limit could have raised throughput. */
  readonly wasSaturated: boolean;
}

/** The configured limit: halved on overload, raised by one with each success. */
export class FixedLimit implements ConcurrencyLimit {
  current: number;

  constructor(private readonly configured: number) {
    this.current = configured;
  }

  get isSequential(): boolean {
    return this.configured === 1;
  }

  onSuccess() {
    if (this.current < this.configured) this.current++;
  }

  onOverload() {
    this.current = half(this.current);
  }
}

/** Four removals keep two cores busy. */
const initialLimit = 4;
/** Minimum throughput gain for keeping a higher limit. */
const minGain = 1.03;
/** Latency of this many times the minimum is a sign of overload. */
const latencyTolerance = 2;
/** Windows without a change before the next limit is tried. */
const probeInterval = 4;
/** Windows for which the limit at an overload is not tried again. */
const backoffWindows = 6;

interface Window {
  startedAt: number | undefined;
  count: number;
  totalMs: number;
  saturated: boolean;
}

/** Measured over one window. */
interface Throughput {
  readonly limit: number;
  /** Operations per millisecond. */
  readonly rate: number;
  /** Mean, in milliseconds. */
  readonly latency: number;
}

/**
 * Hill climbing on throughput, multiplicative decrease on overload; never above the engine's own parallelism, beyond which
 * requests would queue inside it unseen. Throughput is compared between windows; a new limit is on trial for one window.
 */
export class AdaptiveLimit implements ConcurrencyLimit {
  readonly isSequential = false;
  current: number;
  private window: Window = { startedAt: undefined, count: 0, totalMs: 0, saturated: true };
  /** Throughput at the previous limit while the current one is on trial. */
  private before: Throughput | undefined;
  private minLatency = Infinity;
  private growing = true;
  private stableWindows = 0;
  private blockedLimit = Infinity;
  private blockedWindows = 0;
  private lastBackoffAt = -Infinity;

  constructor(private maximum: number) {
    this.current = Math.max(1, Math.min(initialLimit, maximum));
  }

  setMaximum(maximum: number) {
    this.maximum = Math.max(1, maximum);
    this.set(this.current);
  }

  onSuccess(at: number, { durationMs, wasSaturated }: Sample) {
    const { window } = this;
    if (window.startedAt === undefined) return this.startWindow(at);
    window.count++;
    window.totalMs += durationMs;
    window.saturated &&= wasSaturated;
    if (window.count < Math.max(initialLimit, this.current)) return;
    const elapsed = at - window.startedAt;
    // Without waiting operations, throughput does not depend on the engine.
    if (window.saturated && elapsed > 0) {
      this.evaluate({ limit: this.current, rate: window.count / elapsed, latency: window.totalMs / window.count });
    }
    this.startWindow(at);
  }

  onOverload(at: number, startedAt: number) {
    this.startWindow(at);
    // Operations that started before the last decrease report the same overload.
    if (startedAt < this.lastBackoffAt) return;
    this.lastBackoffAt = at;
    this.blockedLimit = this.current;
    this.blockedWindows = backoffWindows;
    this.growing = false;
    this.before = undefined;
    this.stableWindows = 0;
    this.set(half(this.current));
  }

  private evaluate(now: Throughput) {
    if (this.blockedWindows > 0 && --this.blockedWindows === 0) this.blockedLimit = Infinity;
    const { before } = this;
    this.before = undefined;
    if (before && now.limit > before.limit && now.rate < before.rate * minGain) return this.revert(before);
    if (before && now.limit < before.limit && now.rate * minGain < before.rate) {
      // No overload: operations now take that long.
      this.minLatency = before.latency;
      return this.revert(before);
    }
    this.minLatency = Math.min(this.minLatency, now.latency);
    if (now.latency > this.minLatency * latencyTolerance) {
      this.growing = false;
      return this.probe(now.limit - 1, now);
    }
    if (!this.growing && ++this.stableWindows < probeInterval) return;
    this.probe(now.limit + (this.growing ? half(now.limit + 1) : 1), now);
  }

  private probe(limit: number, now: Throughput) {
    this.stableWindows = 0;
    this.set(limit);
    if (this.current !== now.limit) this.before = now;
  }

  private revert(to: Throughput) {
    this.growing = false;
    this.stableWindows = 0;
    this.set(to.limit);
  }

  private set(limit: number) {
    this.current = Math.max(1, Math.min(limit, this.maximum, this.blockedLimit - 1 || 1));
  }

  private startWindow(at: number) {
    this.window = { startedAt: at, count: 0, totalMs: 0, saturated: true };
  }
}

function half(limit: number): number {
  return Math.max(1, Math.floor(limit / 2));
}
