/** What holds a place, as far as it matters to when the place comes free. */
export interface Occupant {
  /** How many of its containers still run. */
  up(): number;
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
export class Holding {
  /** Of its containers, how many still ran when it was last looked at. */
  up: number;
  /** When it last gave a sign of life. */
  heard: number;
  /** When the last of its containers was down: from then on it is the engine's own work. */
  down: number;
  stuck = false;

  constructor(
    readonly occupant: Occupant,
    public began: number,
  ) {
    this.up = occupant.up();
    this.heard = began;
    this.down = began;
  }

  sent(now: number) {
    if (this.up > 0 && this.heard === this.began) this.began = this.heard = now;
  }
}

/**
 * Tells which places of an engine are stuck in somebody's grace, by what is heard of their holders: each container that
 * exits is a sign of life, and how long well-behaved ones take until all is down is learned.
 */
export class Pace {
  private readonly held = new Set<Holding>();
  private heard = -Infinity;
  /** Milliseconds that a well-behaved holder takes until it is down, once one has been seen. */
  private usual: number | undefined;

  take(occupant: Occupant, now: number): Holding {
    const holding = new Holding(occupant, now);
    this.held.add(holding);
    return holding;
  }

  /** @returns whether it was still held */
  leave(holding: Holding): boolean {
    return this.held.delete(holding);
  }

  /** To be called when the engine told of exits or removals. */
  look(now: number) {
    for (const holding of this.held) this.hear(holding, holding.up > 0 ? holding.occupant.up() : 0, now);
    this.heard = now;
  }

  /** The engine has done what this one holds its place for: nothing of it runs, whenever events will say so. */
  answered(holding: Holding, now: number) {
    this.hear(holding, 0, now);
    this.heard = now;
  }

  private hear(holding: Holding, up: number, now: number) {
    if (up === holding.up) return;
    holding.stuck ||= now >= this.patienceEnds(holding);
    holding.up = up;
    holding.heard = now;
    if (up > 0) return;
    holding.down = now;
    if (!holding.stuck) this.learn(now - holding.began);
    holding.stuck = false;
  }

  /** How many places are held by what still runs. */
  get stopping(): number {
    return [...this.held].filter(({ up }) => up > 0).length;
  }

  /** How many are stuck in somebody's grace. */
  stuck(now: number): number {
    let count = 0;
    for (const holding of this.held) {
      if (holding.up > 0 && now >= this.patienceEnds(holding)) holding.stuck = true;
      if (holding.stuck) count++;
    }
    return count;
  }

  /** When the next place will count as stuck if nothing is heard; undefined when there is none. */
  next(): number | undefined {
    const waiting = [...this.held].filter(({ up, stuck }) => up > 0 && !stuck);
    return waiting.length > 0 ? Math.min(...waiting.map((one) => this.patienceEnds(one))) : undefined;
  }

  private patienceEnds({ heard }: Holding): number {
    const silent = Math.max(heard, this.heard) + silence;
    if (this.usual === undefined) return silent;
    return Math.min(silent, heard + Math.max(least, patience * this.usual));
  }

  private learn(took: number) {
    this.usual = this.usual === undefined ? took : this.usual + weight * (took - this.usual);
  }
}
