import { Emitter, type Event } from '../emitter';
import type { ConcurrencyLimit } from './concurrencyLimit';
import { type HeldPermit, type PermitHolder, StallDetector } from './stallDetector';

/** Permission to work on one unit; times are milliseconds of the monotonic clock. */
export interface Permit {
  /** The stop request was sent: its stop timeout starts now. */
  onRequestSent(now: number): void;
  /** The engine responded: verification needs no permit, so it is released unless the limit is sequential. */
  onResponse(now: number): void;
  /** Idempotent. */
  release(): void;
  /** Feeds the limit; `waiting`: whether other units wait for a permit. */
  reportSuccess(now: number, waiting: boolean): void;
  /** The engine reported that it is overloaded. */
  reportOverload(now: number): void;
}

/** One in three permits is reserved for units whose containers have already stopped. */
const reservedFraction = 3;

/**
 * Issues permits for one engine to all runs. Permits whose holders wait for a stop timeout count as stalled.
 * It has no queue: callers try again on `onDidRelease`.
 */
export class ConcurrencyLimiter {
  private inUse = 0;
  private readonly stallDetector = new StallDetector();
  private readonly released = new Emitter<void>();

  constructor(
    private strategy: ConcurrencyLimit,
    private readonly onLimitChange: (limit: number, before: number) => void = () => undefined,
  ) {}

  get onDidRelease(): Event<void> {
    return this.released.event;
  }

  get limit(): number {
    return this.strategy.current;
  }

  get isSequential(): boolean {
    return this.strategy.isSequential;
  }

  setStrategy(strategy: ConcurrencyLimit) {
    this.withLimitChange(() => (this.strategy = strategy));
  }

  /** Units that can get a permit now. */
  availability(now: number): 'none' | 'stoppedOnly' | 'any' {
    if (this.inUse >= this.limit) return 'none';
    const reserved = Math.floor(this.limit / reservedFraction);
    return this.isStalled(now) || this.stallDetector.stoppingCount >= this.limit - reserved ? 'stoppedOnly' : 'any';
  }

  /** @returns undefined if no permit is available for such a holder */
  tryAcquire(holder: PermitHolder, now: number): Permit | undefined {
    const availability = this.availability(now);
    if (availability === 'none' || (availability === 'stoppedOnly' && holder.runningCount() > 0)) return undefined;
    this.inUse++;
    const permit = this.stallDetector.add(holder, now);
    let respondedAt: number | undefined;
    return {
      onRequestSent: (at) => permit.onRequestSent(at),
      onResponse: (at) => {
        respondedAt = at;
        this.stallDetector.onResponse(permit, at);
        if (!this.isSequential) this.release(permit);
      },
      release: () => this.release(permit),
      reportSuccess: (at, waiting) => {
        const durationMs = (respondedAt ?? at) - permit.stoppedAt;
        const wasSaturated = waiting && !this.isStalled(at);
        this.withLimitChange(() => this.strategy.onSuccess(at, { durationMs, wasSaturated }));
      },
      reportOverload: (at) => this.withLimitChange(() => this.strategy.onOverload(at, permit.startedAt)),
    };
  }

  /** Call after exits or removals were reported. */
  refresh(now: number) {
    this.stallDetector.refresh(now);
  }

  /** Whether half of the permits are stalled: queued units should then be stopped early. */
  isStalled(now: number): boolean {
    return this.stallDetector.countStalled(now) >= Math.max(1, Math.ceil(this.limit / 2));
  }

  get nextStallCheck(): number | undefined {
    return this.stallDetector.nextStallAt();
  }

  private release(permit: HeldPermit) {
    if (!this.stallDetector.remove(permit)) return;
    this.inUse--;
    this.released.fire();
  }

  /** Wrap anything that may change the limit, so that the change is reported. */
  withLimitChange(change: () => void) {
    const before = this.limit;
    change();
    if (this.limit !== before) this.onLimitChange(this.limit, before);
    if (this.limit > before) this.released.fire();
  }
}
