/** What holds a place, as far as it matters to when the place comes free. */
export interface PermitHolder {
  /** How many of its containers still run. */
  runningCount(): number;
}

/**
 * Milliseconds without any sign of life from an engine after which the places on it count as stuck in somebody's grace.
 * Members of a well-behaved pod die within moments of each other, so that a quick fleet is never silent this long; signalling
 * it ahead would cost the engine two processes a container (Podman 5.8.6: 12-14 s instead of 8-10 s).
 */
const silence = 1000;
/** Where it is known how long well-behaved ones take until they are down, one that is silent so many times as long is stuck. */
const patience = 3;
/** But never before so many milliseconds: what everybody does quickly may once take a moment longer. */
const least = 500;
/** How much the last one counts in what is known. */
const weight = 0.25;

/** One place, as its holder has it. */
export class HeldPermit {
  /** Of its containers, how many still ran when it was last looked at. */
  up: number;
  /** When it last gave a sign of life. */
  lastEventAt: number;
  /** When the last of its containers was down: from then on it is the engine's own work. */
  stoppedAt: number;
  stalled = false;

  constructor(
    readonly holder: PermitHolder,
    public startedAt: number,
  ) {
    this.up = holder.runningCount();
    this.lastEventAt = startedAt;
    this.stoppedAt = startedAt;
  }

  onRequestSent(now: number) {
    if (this.up > 0 && this.lastEventAt === this.startedAt) this.startedAt = this.lastEventAt = now;
  }
}

/**
 * Tells which places of an engine are stuck in somebody's grace, by what is heard of their holders: each container that
 * exits is a sign of life, and how long well-behaved ones take until all is down is learned.
 */
export class StallDetector {
  private readonly held = new Set<HeldPermit>();
  private lastEventAt = -Infinity;
  /** Milliseconds that a well-behaved holder takes until it is down, once one has been seen. */
  private typicalStopMs: number | undefined;

  add(occupant: PermitHolder, now: number): HeldPermit {
    const permit = new HeldPermit(occupant, now);
    this.held.add(permit);
    return permit;
  }

  /** @returns whether it was still held */
  remove(permit: HeldPermit): boolean {
    return this.held.delete(permit);
  }

  /** To be called when the engine told of exits or removals. */
  refresh(now: number) {
    for (const permit of this.held) this.recordEvent(permit, permit.up > 0 ? permit.holder.runningCount() : 0, now);
    this.lastEventAt = now;
  }

  /** The engine has done what this one holds its place for: nothing of it runs, whenever events will say so. */
  onResponse(permit: HeldPermit, now: number) {
    this.recordEvent(permit, 0, now);
    this.lastEventAt = now;
  }

  private recordEvent(permit: HeldPermit, runningCount: number, now: number) {
    if (runningCount === permit.up) return;
    permit.stalled ||= now >= this.stallDeadline(permit);
    permit.up = runningCount;
    permit.lastEventAt = now;
    if (runningCount > 0) return;
    permit.stoppedAt = now;
    if (!permit.stalled) this.updateTypical(now - permit.startedAt);
    permit.stalled = false;
  }

  /** How many places are held by what still runs. */
  get stoppingCount(): number {
    return [...this.held].filter(({ up: runningCount }) => runningCount > 0).length;
  }

  /** How many are stuck in somebody's grace. */
  countStalled(now: number): number {
    let count = 0;
    for (const permit of this.held) {
      if (permit.up > 0 && now >= this.stallDeadline(permit)) permit.stalled = true;
      if (permit.stalled) count++;
    }
    return count;
  }

  /** When the next place will count as stuck if nothing is heard; undefined when there is none. */
  nextStallAt(): number | undefined {
    const waiting = [...this.held].filter(({ up: runningCount, stalled }) => runningCount > 0 && !stalled);
    return waiting.length > 0 ? Math.min(...waiting.map((one) => this.stallDeadline(one))) : undefined;
  }

  private stallDeadline({ lastEventAt }: HeldPermit): number {
    const silent = Math.max(lastEventAt, this.lastEventAt) + silence;
    if (this.typicalStopMs === undefined) return silent;
    return Math.min(silent, lastEventAt + Math.max(least, patience * this.typicalStopMs));
  }

  private updateTypical(took: number) {
    this.typicalStopMs =
      this.typicalStopMs === undefined ? took : this.typicalStopMs + weight * (took - this.typicalStopMs);
  }
}
