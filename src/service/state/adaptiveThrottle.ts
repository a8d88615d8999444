import type { Clock } from '../../clock';

/** Nobody is further behind, in milliseconds. */
const maxDelayMs = 500;
/**
 * Where a change costs those who show it much (ten thousand rows), it is told so much later that they rest four times as long;
 * all engines together, or twenty of them would leave no rest.
 */
const idleRatio = 4;

/** When to tell of what was gathered: soon, and yet never so often that those who are told do nothing else. */
export class AdaptiveThrottle {
  private due: (() => void) | undefined;
  /** Milliseconds for which those who show it must be left alone. */
  private cooldown = 0;

  constructor(
    private readonly clock: Clock,
    private readonly emit: () => void,
  ) {}

  /** Tells in `ms` milliseconds, later where a rest is needed, sooner where it is due already. */
  schedule(ms: number) {
    this.due ??= this.clock.after(Math.max(ms, this.cooldown), () => {
      const began = this.clock.now();
      this.flushNow();
      this.cooldown = Math.min(maxDelayMs, idleRatio * (this.clock.now() - began));
    });
  }

  /** Tells at once, unless telling has become so costly that even this has to wait. */
  flush() {
    if (this.cooldown > maxDelayMs / idleRatio) this.schedule(0);
    else this.flushNow();
  }

  dispose() {
    this.due?.();
    this.due = undefined;
  }

  private flushNow() {
    this.dispose();
    this.emit();
  }
}
