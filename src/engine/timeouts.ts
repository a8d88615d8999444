import type { Clock } from '../clock';
import { inMilliseconds, longestStopTimeout, type StopTimeout } from '../graph/model/stopTimeout';
import { EngineError } from './error';

/** Milliseconds until a call rejects with reason `timeout`, where the caller does not say. */
export const timeouts = {
  connect: 5_000,
  list: 30_000,
  inspect: 10_000,
  /** A look at whom an id means, before something is changed. */
  verify: 2_000,
  /** `kill`, `start`, `pause`, `unpause` and the head of the events. */
  command: 10_000,
} as const;

/** Beyond the stop timeout: queues for the engine's few removal slots and locks are part of a call. */
const beyondStop = 60_000;
/** Where the stop timeout is the container's own and not known here. Callers that know it give a deadline. */
const ownStopTimeout = 10 * 60_000;

/** Milliseconds that a stop or a removal may take; infinite where the stop timeout is unlimited. */
export function stopDeadline(timeout: StopTimeout | undefined): number {
  return (timeout === undefined ? ownStopTimeout : inMilliseconds(timeout)) + beyondStop;
}

/** What libpod is sent for a stop timeout: it knows no unlimited one, and larger numbers overflow in some versions. */
export function libpodTimeout(timeout: StopTimeout | undefined): number | undefined {
  return timeout === 'unlimited' ? longestStopTimeout : timeout;
}

/** What Docker is sent for a stop timeout: -1 waits without limit (20.10 to 28.5). */
export function dockerTimeout(timeout: StopTimeout | undefined): number | undefined {
  return timeout === 'unlimited' ? -1 : timeout;
}

interface TimeoutOptions {
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
export function withTimeout<T>(
  clock: Clock,
  bounds: TimeoutOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
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
