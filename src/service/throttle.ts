import type { Clock } from '../clock';

/** Merges calls in quick succession into one, made at the end of a delay. */
export class Throttle {
  private cancelTimer: (() => void) | undefined;
  /** End of the cooldown, by the monotonic clock. */
  private readyAt = -Infinity;

  /** @param cooldownMs pause after a call that took this many milliseconds; none by default */
  constructor(
    private readonly clock: Pick<Clock, 'after' | 'now'>,
    private readonly call: () => void,
    private readonly cooldownMs: (durationMs: number) => number = () => 0,
  ) {}

  /** Calls in `ms` milliseconds, or after the cooldown; has no effect while a call is scheduled. */
  schedule(ms: number) {
    this.cancelTimer ??= this.clock.after(Math.max(ms, this.readyAt - this.clock.now()), () => this.callNow());
  }

  /** Calls at once, or after the cooldown. */
  flush() {
    if (this.clock.now() < this.readyAt) this.schedule(0);
    else this.callNow();
  }

  /** Cancels a scheduled call. */
  dispose() {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
  }

  private callNow() {
    this.dispose();
    const startedAt = this.clock.now();
    this.call();
    const endedAt = this.clock.now();
    this.readyAt = endedAt + this.cooldownMs(endedAt - startedAt);
  }
}
