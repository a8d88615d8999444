import type { Clock } from '../../src/engine/clock';

/** A clock that stands still until it is moved. */
export class HandClock implements Clock {
  private time = 0;
  private timers: { readonly at: number; readonly fn: () => void }[] = [];

  now(): number {
    return this.time;
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { at: this.time + ms, fn };
    this.timers.push(timer);
    return () => void (this.timers = this.timers.filter((other) => other !== timer));
  }

  /** How many calls are still due. */
  get due(): number {
    return this.timers.length;
  }

  advance(ms: number): void {
    this.time += ms;
    const ripe = this.timers.filter((timer) => timer.at <= this.time);
    this.timers = this.timers.filter((timer) => timer.at > this.time);
    for (const timer of ripe) timer.fn();
  }
}
