import type { Clock } from '../../clock';
import { EngineError } from '../error';

export interface Bounds {
  /** Milliseconds until the work is given up with reason `timeout`; infinite where it may take as long as it takes. */
  readonly deadline: number;
  /** Any of these gives it up with reason `aborted`. */
  readonly signals: readonly (AbortSignal | undefined)[];
  /** What was asked, for the error's words: `GET /version`. */
  readonly what: string;
}

/** A timer that fires so many milliseconds late tells of a stalled process or a suspended machine. */
const stalled = 1000;
/** Milliseconds that an answer gets after a stall, at most: it may have come meanwhile, or the engine stood still as well. */
const afterStall = 10_000;

/**
 * Settles in time, whatever the work does: a connection cut in mid-body never calls back in docker-modem 5.0.7. The work's
 * own signal is aborted when it has been given up, so that it lets go of its socket. A deadline that passed while the
 * process was stalled is extended once: the time was not the engine's.
 */
export function bounded<T>(clock: Clock, bounds: Bounds, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signals = bounds.signals.filter((signal) => signal !== undefined);
  return new Promise((resolve, reject) => {
    const own = new AbortController();
    let cancelTimer: () => void = () => undefined;
    const end = () => {
      cancelTimer();
      for (const signal of signals) signal.removeEventListener('abort', abort);
    };
    const giveUp = (error: EngineError) => {
      end();
      reject(error);
      own.abort();
    };
    const abort = () => giveUp(new EngineError('aborted', `${bounds.what}: given up`));
    const timeOut = () =>
      giveUp(new EngineError('timeout', `${bounds.what}: no whole answer in ${bounds.deadline / 1000} s`));
    const due = clock.now() + bounds.deadline;
    cancelTimer = clock.after(bounds.deadline, () => {
      if (clock.now() - due < stalled) return timeOut();
      cancelTimer = clock.after(Math.min(bounds.deadline, afterStall), timeOut);
    });
    if (signals.some((signal) => signal.aborted)) return abort();
    for (const signal of signals) signal.addEventListener('abort', abort, { once: true });
    work(own.signal).then(
      (value) => {
        end();
        resolve(value);
      },
      (thrown: unknown) => {
        end();
        reject(EngineError.from(thrown));
      },
    );
  });
}
