import type { Clock } from '../../clock';

/** Nobody is further behind, in milliseconds. */
const longest = 500;
/**
 * Where a change costs those who show it much (ten thousand rows), it is told so much later that they rest four times as long;
 * all engines together, or twenty of them would leave no rest.
 */
const restFor = 4;

/** When to tell of what was gathered: soon, and yet never so often that those who are told do nothing else. */
export class Rhythm {
  private due: (() => void) | undefined;
  /** Milliseconds for which those who show it must be left alone. */
  private rest = 0;

  constructor(
    private readonly clock: Clock,
    private readonly tell: () => void,
  ) {}

  /** Tells in `ms` milliseconds, later where a rest is needed, sooner where it is due already. */
  soon(ms: number) {
    this.due ??= this.clock.after(Math.max(ms, this.rest), () => {
      const began = this.clock.now();
      this.tellNow();
      this.rest = Math.min(longest, restFor * (this.clock.now() - began));
    });
  }

  /** Tells at once, unless telling has become so costly that even this has to wait. */
  atOnce() {
    if (this.rest > longest / restFor) this.soon(0);
    else this.tellNow();
  }

  dispose() {
    this.due?.();
    this.due = undefined;
  }

  private tellNow() {
    this.dispose();
    this.tell();
  }
}
