import type { Event } from '../emitter';
import { Emitter } from '../emitter';

/**
 * The places for deletions on one engine, shared by all removals: at most `width` are taken. Halved while the engine says
 * that it is busy, and one wider again with each success, up to what is wanted. Nobody queues here: who finds no place
 * tries again when told that one is free.
 */
export class Places {
  private taken = 0;
  private width: number;
  private readonly free = new Emitter<void>();

  constructor(private wanted: number) {
    this.width = wanted;
  }

  get onFree(): Event<void> {
    return this.free.event;
  }

  get current(): number {
    return this.width;
  }

  /** The setting may change between two removals. */
  want(width: number) {
    if (width === this.wanted) return;
    this.wanted = width;
    this.setWidth(width);
  }

  narrow() {
    this.setWidth(Math.max(1, Math.floor(this.width / 2)));
  }

  widen() {
    if (this.width < this.wanted) this.setWidth(this.width + 1);
  }

  /** @returns what gives the place back, or nothing when all are taken */
  tryTake(): (() => void) | undefined {
    if (this.taken >= this.width) return undefined;
    this.taken++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.taken--;
      this.free.fire();
    };
  }

  private setWidth(width: number) {
    const wider = width > this.width;
    this.width = width;
    if (wider) this.free.fire();
  }
}
