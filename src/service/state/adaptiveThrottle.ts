import type { Clock } from '../../clock';

/** Upper bound of the delay, in milliseconds. */
const maxDelayMs = 500;
/** After an emission, listeners are idle for this multiple of its duration: rendering ten thousand rows is slow. */
const idleRatio = 4;

/** Coalesces changes of all engines, and emits less often when listeners are slow. */
export class AdaptiveThrottle {
  private cancelTimer: (() => void) | undefined;
  /** Minimum delay before the next emission, in milliseconds. */
  private cooldown = 0;

  constructor(
    private readonly clock: Clock,
    private readonly emit: () => void,
  ) {}

  /** Emits in `ms` milliseconds: later during the cooldown, sooner if already scheduled. */
  schedule(ms: number) {
    this.cancelTimer ??= this.clock.after(Math.max(ms, this.cooldown), () => {
      const startedAt = this.clock.now();
      this.flushNow();
      this.cooldown = Math.min(maxDelayMs, idleRatio * (this.clock.now() - startedAt));
    });
  }

  /** Emits at once, or after the cooldown if listeners are slow. */
  flush() {
    if (this.cooldown > maxDelayMs / idleRatio) this.schedule(0);
    else this.flushNow();
  }

  dispose() {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
  }

  private flushNow() {
    this.dispose();
    this.emit();
  }
}
