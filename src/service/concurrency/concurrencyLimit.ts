/** How many works may be under way at once: a rule that is told how they go. It has no clock; moments are handed in. */
export interface ConcurrencyLimit {
  readonly current: number;
  /** Whether nothing at all may be done ahead of its turn. */
  readonly serial: boolean;
  /** One was done at `at`. */
  onSuccess(at: number, how: Success): void;
  /** The engine said at `at`, of something that began at `began`, that it is overloaded, or that its database is locked. */
  onOverload(at: number, began: number): void;
}

export interface Success {
  /** Milliseconds that the engine worked on it, without anybody's grace. */
  readonly durationMs: number;
  /** Whether others waited for a place all the while, so that more places could have meant more done. */
  readonly wasSaturated: boolean;
}

/** A width that somebody chose: halved while the engine says that it is busy, one wider again with each success. */
export class FixedLimit implements ConcurrencyLimit {
  current: number;

  constructor(private readonly configured: number) {
    this.current = configured;
  }

  get serial(): boolean {
    return this.configured === 1;
  }

  onSuccess() {
    if (this.current < this.configured) this.current++;
  }

  onOverload() {
    this.current = half(this.current);
  }
}

/** Where an unknown engine is begun with. Two cores are busy with four removals. */
const initialLimit = 4;
/** More done in the same time counts as a gain from this factor on: below it is chance. */
const minGain = 1.03;
/** Engine's work that takes so many times as long as it once took is a sign of too much at once. */
const latencyTolerance = 2;
/** After so many windows without a change the next width is tried. */
const probeInterval = 4;
/** For how many windows the width at which the engine was busy is not tried again. */
const backoffWindows = 6;

interface Window {
  from: number | undefined;
  done: number;
  took: number;
  saturated: boolean;
}

/** What a width was good for. */
interface Throughput {
  readonly strategy: number;
  /** Done per millisecond. */
  readonly rate: number;
  /** Milliseconds each. */
  readonly took: number;
}

/**
 * A width that learns: wider while more gets done in the same time, narrower when everything takes longer for nothing, or
 * when the engine says that it is busy; never wider than what the engine carries out at once itself, for what is beyond
 * waits unseen inside it, and never under one. It compares windows of a few works each: a new width is on trial for one.
 */
export class AdaptiveLimit implements ConcurrencyLimit {
  readonly serial = false;
  current: number;
  private window: Window = { from: undefined, done: 0, took: 0, saturated: true };
  /** What the width before the present one was good for, while the present one is on trial. */
  private before: Throughput | undefined;
  /** Milliseconds that a work takes where it is not crowded, as far as that has been seen. */
  private minLatency = Infinity;
  private growing = true;
  private stableWindows = 0;
  private blockedLimit = Infinity;
  private blockedWindows = 0;
  private lastBackoffAt = -Infinity;

  constructor(private most: number) {
    this.current = Math.max(1, Math.min(initialLimit, most));
  }

  /** The engine has told how many it carries out at once itself. */
  limit(most: number) {
    this.most = Math.max(1, most);
    this.set(this.current);
  }

  onSuccess(at: number, { durationMs, wasSaturated }: Success) {
    const { window } = this;
    if (window.from === undefined) return this.open(at);
    window.done++;
    window.took += durationMs;
    window.saturated &&= wasSaturated;
    if (window.done < Math.max(initialLimit, this.current)) return;
    const elapsed = at - window.from;
    // What nobody waited for says nothing about the engine.
    if (window.saturated && elapsed > 0) {
      this.evaluate({ strategy: this.current, rate: window.done / elapsed, took: window.took / window.done });
    }
    this.open(at);
  }

  onOverload(at: number, began: number) {
    this.open(at);
    // What began before the width was last halved tells of that same crowd.
    if (began < this.lastBackoffAt) return;
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
    if (before && now.strategy > before.strategy && now.rate < before.rate * minGain) return this.revert(before);
    if (before && now.strategy < before.strategy && now.rate * minGain < before.rate) {
      // It was no crowd: by now, works take as long as that.
      this.minLatency = before.took;
      return this.revert(before);
    }
    this.minLatency = Math.min(this.minLatency, now.took);
    if (now.took > this.minLatency * latencyTolerance) {
      this.growing = false;
      return this.probe(now.strategy - 1, now);
    }
    if (!this.growing && ++this.stableWindows < probeInterval) return;
    this.probe(now.strategy + (this.growing ? half(now.strategy + 1) : 1), now);
  }

  private probe(limit: number, now: Throughput) {
    this.stableWindows = 0;
    this.set(limit);
    if (this.current !== now.strategy) this.before = now;
  }

  /** The new width was worse than the one before. */
  private revert(to: Throughput) {
    this.growing = false;
    this.stableWindows = 0;
    this.set(to.strategy);
  }

  private set(limit: number) {
    this.current = Math.max(1, Math.min(limit, this.most, this.blockedLimit - 1 || 1));
  }

  private open(at: number) {
    this.window = { from: at, done: 0, took: 0, saturated: true };
  }
}

function half(limit: number): number {
  return Math.max(1, Math.floor(limit / 2));
}
