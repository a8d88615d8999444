import type { Clock } from '../../clock';
import { EngineError } from '../../engine/error';

/** Milliseconds without data after which a stream counts as stalled. */
const stallTimeout = 60_000;

/** Aborts the transfer of a volume when it is cancelled or stalls. */
export class StallTimer {
  private readonly stalled = new AbortController();
  private cancelTimer: () => void = () => undefined;
  readonly signal: AbortSignal;

  constructor(
    private readonly clock: Clock,
    cancelled: AbortSignal,
  ) {
    this.signal = AbortSignal.any([cancelled, this.stalled.signal]);
    this.restart();
  }

  /** Call with each chunk. */
  restart() {
    this.cancelTimer();
    this.cancelTimer = this.clock.after(stallTimeout, () => this.stalled.abort());
  }

  stop() {
    this.cancelTimer();
  }

  /** The error of a transfer that may have stalled. */
  toError(thrown: unknown): unknown {
    return this.stalled.signal.aborted ? new EngineError('timeout', 'the engine transferred no more data') : thrown;
  }
}
