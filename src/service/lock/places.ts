import type { Event } from '../emitter';
import { Emitter } from '../emitter';
import { type Holding, type Occupant, Pace } from './pace';
import type { Width } from './width';

/** A place, until it is given back. */
export interface Place {
  /** From now on its holder's grace runs: before that it was looked at, and nothing sent. */
  sent(now: number): void;
  /** The engine has answered: what is left is proof, which needs no place, but where one thing is to come after another. */
  answered(now: number): void;
  /** Gives it back; further calls do nothing. */
  release(): void;
  /** How it went, for the width to learn from; `waiting` tells whether others wait for a place. */
  succeeded(now: number, waiting: boolean): void;
  /** The engine said that it is busy. */
  busy(now: number): void;
}

/** Of so many places one is kept for what is down already: what lives out its grace may not hold them all. */
const keptOf = 3;

/**
 * The places for works on one engine, shared by all runs: at most as many are taken as the width allows, and those whose
 * holder lives out somebody's grace are told from those that move on. Nobody queues here: who finds no place tries again
 * when told that one is free. It has no clock: moments are handed in.
 */
export class Places {
  private taken = 0;
  private readonly pace = new Pace();
  private readonly free = new Emitter<void>();

  constructor(
    private width: Width,
    private readonly onWidth: (width: number, before: number) => void = () => undefined,
  ) {}

  get onFree(): Event<void> {
    return this.free.event;
  }

  get current(): number {
    return this.width.current;
  }

  /** Whether somebody wants one thing strictly after another. */
  get serial(): boolean {
    return this.width.serial;
  }

  /** The setting may change between two runs. */
  use(width: Width) {
    this.changing(() => (this.width = width));
  }

  /** What may take a place now: nothing, what is down already, or also what still runs. */
  roomAt(now: number): 'none' | 'down' | 'any' {
    if (this.taken >= this.current) return 'none';
    const kept = Math.floor(this.current / keptOf);
    return this.isCrowded(now) || this.pace.stopping >= this.current - kept ? 'down' : 'any';
  }

  /** @returns the place, or nothing when there is no room for such a one */
  tryTake(occupant: Occupant, now: number): Place | undefined {
    const room = this.roomAt(now);
    if (room === 'none' || (room === 'down' && occupant.up() > 0)) return undefined;
    this.taken++;
    const holding = this.pace.take(occupant, now);
    let answered: number | undefined;
    return {
      sent: (at) => holding.sent(at),
      answered: (at) => {
        answered = at;
        this.pace.answered(holding, at);
        if (!this.serial) this.release(holding);
      },
      release: () => this.release(holding),
      succeeded: (at, waiting) => {
        const how = { took: (answered ?? at) - holding.down, wanted: waiting && !this.isCrowded(at) };
        this.changing(() => this.width.succeeded(at, how));
      },
      busy: (at) => this.changing(() => this.width.busy(at, holding.began)),
    };
  }

  /** To be called when the engine told of exits or removals. */
  look(now: number) {
    this.pace.look(now);
  }

  /**
   * Whether so many places are stuck in somebody's grace that what waits, and may stop already, should not wait for them.
   */
  isCrowded(now: number): boolean {
    return this.pace.stuck(now) >= Math.max(1, Math.ceil(this.current / 2));
  }

  /** When it is time to look again whether places are stuck. */
  get nextLook(): number | undefined {
    return this.pace.next();
  }

  private release(holding: Holding) {
    if (!this.pace.leave(holding)) return;
    this.taken--;
    this.free.fire();
  }

  /** To be used for whatever may change the width, so that it is told. */
  changing(change: () => void) {
    const before = this.current;
    change();
    if (this.current !== before) this.onWidth(this.current, before);
    if (this.current > before) this.free.fire();
  }
}
