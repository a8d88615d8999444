import { type Clock, sleep } from '../../clock';

/** Schedules the lists of an engine: at an interval that may change while waiting, or at once. */
export class PollTimer {
  private isDue = false;
  private endWait: () => void = () => undefined;

  constructor(
    private readonly clock: Clock,
    /** Milliseconds between two lists. */
    private readonly interval: () => number,
    /** Milliseconds until other work is due. */
    private readonly otherDueIn: () => number,
  ) {}

  makeDue() {
    this.isDue = true;
    this.endWait();
  }

  /** Recomputes the delay after the interval changed. */
  reschedule() {
    this.endWait();
  }

  /** @returns true after `makeDue`; false when the interval ended or the signal is aborted */
  async wait(signal: AbortSignal): Promise<boolean> {
    const since = this.clock.now();
    while (!this.isDue && !signal.aborted) {
      const remaining = Math.min(since + this.interval() - this.clock.now(), this.otherDueIn());
      if (remaining <= 0) break;
      const waiting = new AbortController();
      this.endWait = () => waiting.abort();
      await sleep(this.clock, remaining, AbortSignal.any([signal, waiting.signal]));
    }
    const { isDue } = this;
    this.isDue = false;
    return isDue;
  }
}
