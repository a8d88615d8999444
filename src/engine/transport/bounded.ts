import type { Clock } from '../clock';
import { EngineError } from '../error';

export interface Bounds {
  /** Milliseconds until the work is given up with reason `timeout`. */
  readonly deadline: number;
  /** Any of these gives it up with reason `aborted`. */
  readonly signals: readonly (AbortSignal | undefined)[];
  /** What was asked, for the error's words: `GET /version`. */
  readonly what: string;
}

/**
 * Settles in time, whatever the work does: a connection cut in mid-body never calls back in docker-modem 5.0.7. The work's
 * own signal is aborted when it has been given up, so that it lets go of its socket.
 */
export function bounded<T>(clock: Clock, bounds: Bounds, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signals = bounds.signals.filter((signal) => signal !== undefined);
  return new Promise((resolve, reject) => {
    const own = new AbortController();
    const end = () => {
      takeBack();
      for (const signal of signals) signal.removeEventListener('abort', abort);
    };
    const giveUp = (error: EngineError) => {
      end();
      reject(error);
      own.abort();
    };
    const abort = () => giveUp(new EngineError('aborted', `${bounds.what}: given up`));
    const takeBack = clock.after(bounds.deadline, () =>
      giveUp(new EngineError('timeout', `${bounds.what}: no whole answer in ${bounds.deadline / 1000} s`)),
    );
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
