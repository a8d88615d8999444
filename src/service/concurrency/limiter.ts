import { Emitter, type Event } from '../emitter';
import type { ConcurrencyLimit } from './concurrencyLimit';

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

/** The unit that holds a permit. */
interface PermitHolder {
  /** Number of its containers that still run. */
  runningCount(): number;
}

/**
 * Milliseconds without an event from an engine after which its permits count as stalled. Well-behaved pods are never silent so
 * long; stopping them early would cost two processes per container (Podman 5.8.6: 12-14 s instead of 8-10 s for a fleet).
 */
const silenceMs = 1000;
/** Once the typical stop time is known, a holder without an event for this many times as long is stalled. */
const stallFactor = 3;
/** Milliseconds; lower bound of that, because a quick stop may once take longer. */
const minStallMs = 500;
/** Weight of the latest stop in the moving average. */
const smoothing = 0.25;

class HeldPermit {
  /** Running containers of the holder at the last refresh. */
  runningCount: number;
  lastEventAt: number;
  /** When its last container stopped: the rest is the engine's own work. */
  stoppedAt: number;
  stalled = false;

  constructor(
    readonly holder: PermitHolder,
    public startedAt: number,
  ) {
    this.runningCount = holder.runningCount();
    this.lastEventAt = startedAt;
    this.stoppedAt = startedAt;
  }

  onRequestSent(now: number) {
    if (this.runningCount > 0 && this.lastEventAt === this.startedAt) this.startedAt = this.lastEventAt = now;
  }
}

/** Detects permits whose holders wait for a stop timeout, from exit events and the typical stop time of well-behaved holders. */
class StallDetector {
  private readonly held = new Set<HeldPermit>();
  private lastEventAt = -Infinity;
  /** Moving average over holders that did not stall, in milliseconds. */
  private typicalStopMs: number | undefined;

  add(holder: PermitHolder, now: number): HeldPermit {
    const permit = new HeldPermit(holder, now);
    this.held.add(permit);
    return permit;
  }

  /** @returns whether it was still held */
  remove(permit: HeldPermit): boolean {
    return this.held.delete(permit);
  }

  /** Call after exits or removals were reported. */
  refresh(now: number) {
    for (const permit of this.held) {
      this.recordEvent(permit, permit.runningCount > 0 ? permit.holder.runningCount() : 0, now);
    }
    this.lastEventAt = now;
  }

  /** The engine responded: no container of the holder runs, even if events arrive later. */
  onResponse(permit: HeldPermit, now: number) {
    this.recordEvent(permit, 0, now);
    this.lastEventAt = now;
  }

  private recordEvent(permit: HeldPermit, runningCount: number, now: number) {
    if (runningCount === permit.runningCount) return;
    permit.stalled ||= now >= this.stallDeadline(permit);
    permit.runningCount = runningCount;
    permit.lastEventAt = now;
    if (runningCount > 0) return;
    permit.stoppedAt = now;
    if (!permit.stalled) this.updateTypical(now - permit.startedAt);
    permit.stalled = false;
  }

  /** Number of permits whose holders still have running containers. */
  get stoppingCount(): number {
    return [...this.held].filter(({ runningCount }) => runningCount > 0).length;
  }

  countStalled(now: number): number {
    let count = 0;
    for (const permit of this.held) {
      if (permit.runningCount > 0 && now >= this.stallDeadline(permit)) permit.stalled = true;
      if (permit.stalled) count++;
    }
    return count;
  }

  /** When the next permit stalls without further events; undefined if none can. */
  nextStallAt(): number | undefined {
    const pending = [...this.held].filter(({ runningCount, stalled }) => runningCount > 0 && !stalled);
    return pending.length > 0 ? Math.min(...pending.map((permit) => this.stallDeadline(permit))) : undefined;
  }

  private stallDeadline({ lastEventAt }: HeldPermit): number {
    const silenceEnds = Math.max(lastEventAt, this.lastEventAt) + silenceMs;
    if (this.typicalStopMs === undefined) return silenceEnds;
    return Math.min(silenceEnds, lastEventAt + Math.max(minStallMs, stallFactor * this.typicalStopMs));
  }

  private updateTypical(durationMs: number) {
    this.typicalStopMs =
      this.typicalStopMs === undefined
        ? durationMs
        : this.typicalStopMs + smoothing * (durationMs - this.typicalStopMs);
  }
}
