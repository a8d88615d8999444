import { Emitter, type Event } from '../emitter';
import type { ConcurrencyLimit } from './concurrencyLimit';
import { type HeldPermit, type PermitHolder, StallDetector } from './stallDetector';

/** A place, until it is given back. */
export interface Permit {
  /** From now on its holder's grace runs: before that it was looked at, and nothing sent. */
  onRequestSent(now: number): void;
  /** The engine has answered: what is left is proof, which needs no place, but where one thing is to come after another. */
  onResponse(now: number): void;
  /** Gives it back; further calls do nothing. */
  release(): void;
  /** How it went, for the width to learn from; `waiting` tells whether others wait for a place. */
  reportSuccess(now: number, waiting: boolean): void;
  /** The engine said that it is busy. */
  reportOverload(now: number): void;
}

/** Of so many places one is kept for what is down already: what lives out its grace may not hold them all. */
const reservedFraction = 3;

/**
 * The places for works on one engine, shared by all runs: at most as many are taken as the width allows, and those whose
 * holder lives out somebody's grace are told from those that move on. Nobody queues here: who finds no place tries again
 * when told that one is free. It has no clock: moments are handed in.
 */
export class ConcurrencyLimiter {
  private inUse = 0;
  private readonly pace = new StallDetector();
  private readonly free = new Emitter<void>();

  constructor(
    private strategy: ConcurrencyLimit,
    private readonly onLimitChange: (limit: number, before: number) => void = () => undefined,
  ) {}

  get onDidRelease(): Event<void> {
    return this.free.event;
  }

  get limit(): number {
    return this.strategy.current;
  }

  /** Whether somebody wants one thing strictly after another. */
  get isSequential(): boolean {
    return this.strategy.serial;
  }

  /** The setting may change between two runs. */
  setStrategy(limit: ConcurrencyLimit) {
    this.withLimitChange(() => (this.strategy = limit));
  }

  /** What may take a place now: nothing, what is down already, or also what still runs. */
  roomAt(now: number): 'none' | 'down' | 'any' {
    if (this.inUse >= this.limit) return 'none';
    const kept = Math.floor(this.limit / reservedFraction);
    return this.isStalled(now) || this.pace.stoppingCount >= this.limit - kept ? 'down' : 'any';
  }

  /** @returns the place, or nothing when there is no room for such a one */
  tryAcquire(occupant: PermitHolder, now: number): Permit | undefined {
    const room = this.roomAt(now);
    if (room === 'none' || (room === 'down' && occupant.runningCount() > 0)) return undefined;
    this.inUse++;
    const permit = this.pace.add(occupant, now);
    let answered: number | undefined;
    return {
      onRequestSent: (at) => permit.onRequestSent(at),
      onResponse: (at) => {
        answered = at;
        this.pace.onResponse(permit, at);
        if (!this.isSequential) this.release(permit);
      },
      release: () => this.release(permit),
      reportSuccess: (at, waiting) => {
        const how = { durationMs: (answered ?? at) - permit.stoppedAt, wasSaturated: waiting && !this.isStalled(at) };
        this.withLimitChange(() => this.strategy.onSuccess(at, how));
      },
      reportOverload: (at) => this.withLimitChange(() => this.strategy.onOverload(at, permit.startedAt)),
    };
  }

  /** To be called when the engine told of exits or removals. */
  refresh(now: number) {
    this.pace.refresh(now);
  }

  /**
   * Whether so many places are stuck in somebody's grace that what waits, and may stop already, should not wait for them.
   */
  isStalled(now: number): boolean {
    return this.pace.countStalled(now) >= Math.max(1, Math.ceil(this.limit / 2));
  }

  /** When it is time to look again whether places are stuck. */
  get nextStallCheck(): number | undefined {
    return this.pace.nextStallAt();
  }

  private release(permit: HeldPermit) {
    if (!this.pace.remove(permit)) return;
    this.inUse--;
    this.free.fire();
  }

  /** To be used for whatever may change the width, so that it is told. */
  withLimitChange(change: () => void) {
    const before = this.limit;
    change();
    if (this.limit !== before) this.onLimitChange(this.limit, before);
    if (this.limit > before) this.free.fire();
  }
}
