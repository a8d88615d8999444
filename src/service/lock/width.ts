/** How many works may be under way at once: a rule that is told how they go. It has no clock; moments are handed in. */
export interface Width {
  readonly current: number;
  /** Whether nothing at all may be done ahead of its turn. */
  readonly serial: boolean;
  /** One was done at `at`. */
  succeeded(at: number, how: Success): void;
  /** The engine said at `at`, of something that began at `began`, that it is overloaded, or that its database is locked. */
  busy(at: number, began: number): void;
}

export interface Success {
  /** Milliseconds that the engine worked on it, without anybody's grace. */
  readonly took: number;
  /** Whether others waited for a place all the while, so that more places could have meant more done. */
  readonly wanted: boolean;
}

/** A width that somebody chose: halved while the engine says that it is busy, one wider again with each success. */
export class FixedWidth implements Width {
  current: number;

  constructor(private readonly chosen: number) {
    this.current = chosen;
  }

  get serial(): boolean {
    return this.chosen === 1;
  }

  succeeded() {
    if (this.current < this.chosen) this.current++;
  }

  busy() {
    this.current = half(this.current);
  }
}

/** Where an unknown engine is begun with. Two cores are busy with four removals. */
const firstWidth = 4;
/** More done in the same time counts as a gain from this factor on: below it is chance. */
const gain = 1.03;
/** Engine's work that takes so many times as long as it once took is a sign of too much at once. */
const slow = 2;
/** After so many windows without a change the next width is tried. */
const patience = 4;
/** For how many windows the width at which the engine was busy is not tried again. */
const respect = 6;

interface Window {
  from: number | undefined;
  done: number;
  took: number;
  wanted: boolean;
}

/** What a width was good for. */
interface Measure {
  readonly width: number;
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
export class AdaptiveWidth implements Width {
  readonly serial = false;
  current: number;
  private window: Window = { from: undefined, done: 0, took: 0, wanted: true };
  /** What the width before the present one was good for, while the present one is on trial. */
  private before: Measure | undefined;
  /** Milliseconds that a work takes where it is not crowded, as far as that has been seen. */
  private quickest = Infinity;
  private growing = true;
  private settled = 0;
  private forbidden = Infinity;
  private forbiddenFor = 0;
  private halvedAt = -Infinity;

  constructor(private most: number) {
    this.current = Math.max(1, Math.min(firstWidth, most));
  }

  /** The engine has told how many it carries out at once itself. */
  limit(most: number) {
    this.most = Math.max(1, most);
    this.set(this.current);
  }

  succeeded(at: number, { took, wanted }: Success) {
    const { window } = this;
    if (window.from === undefined) return this.open(at);
    window.done++;
    window.took += took;
    window.wanted &&= wanted;
    if (window.done < Math.max(firstWidth, this.current)) return;
    const elapsed = at - window.from;
    // What nobody waited for says nothing about the engine.
    if (window.wanted && elapsed > 0) {
      this.judge({ width: this.current, rate: window.done / elapsed, took: window.took / window.done });
    }
    this.open(at);
  }

  busy(at: number, began: number) {
    this.open(at);
    // What began before the width was last halved tells of that same crowd.
    if (began < this.halvedAt) return;
    this.halvedAt = at;
    this.forbidden = this.current;
    this.forbiddenFor = respect;
    this.growing = false;
    this.before = undefined;
    this.settled = 0;
    this.set(half(this.current));
  }

  private judge(now: Measure) {
    if (this.forbiddenFor > 0 && --this.forbiddenFor === 0) this.forbidden = Infinity;
    const { before } = this;
    this.before = undefined;
    if (before && now.width > before.width && now.rate < before.rate * gain) return this.turnBack(before);
    if (before && now.width < before.width && now.rate * gain < before.rate) {
      // It was no crowd: by now, works take as long as that.
      this.quickest = before.took;
      return this.turnBack(before);
    }
    this.quickest = Math.min(this.quickest, now.took);
    if (now.took > this.quickest * slow) {
      this.growing = false;
      return this.tryOut(now.width - 1, now);
    }
    if (!this.growing && ++this.settled < patience) return;
    this.tryOut(now.width + (this.growing ? half(now.width + 1) : 1), now);
  }

  private tryOut(width: number, now: Measure) {
    this.settled = 0;
    this.set(width);
    if (this.current !== now.width) this.before = now;
  }

  /** The new width was worse than the one before. */
  private turnBack(to: Measure) {
    this.growing = false;
    this.settled = 0;
    this.set(to.width);
  }

  private set(width: number) {
    this.current = Math.max(1, Math.min(width, this.most, this.forbidden - 1 || 1));
  }

  private open(at: number) {
    this.window = { from: at, done: 0, took: 0, wanted: true };
  }
}

function half(width: number): number {
  return Math.max(1, Math.floor(width / 2));
}
