import { type Clock, sleep } from '../../clock';

/** Decides when an engine is listed next: at intervals that may change while they pass, or at once. */
export class PollTimer {
  private isDue = false;
  private endWait: () => void = () => undefined;

  constructor(
    private readonly clock: Clock,
    /** Milliseconds from one list to the next, as of now. */
    private readonly interval: () => number,
    /** Milliseconds from now until something else has to be asked. */
    private readonly otherDueIn: () => number,
  ) {}

  /** The next list is due, whenever the last one was. */
  makeDue() {
    this.isDue = true;
    this.endWait();
  }

  /** The interval may be another one now. */
  reconsider() {
    this.endWait();
  }

  /** @returns whether the list was made due; false where it is simply time, or the signal is aborted */
  async wait(signal: AbortSignal): Promise<boolean> {
    const since = this.clock.now();
    while (!this.isDue && !signal.aborted) {
      const left = Math.min(since + this.interval() - this.clock.now(), this.otherDueIn());
      if (left <= 0) break;
      const waiting = new AbortController();
      this.endWait = () => waiting.abort();
      await sleep(this.clock, left, AbortSignal.any([signal, waiting.signal]));
    }
    const { isDue } = this;
    this.isDue = false;
    return isDue;
  }
}
