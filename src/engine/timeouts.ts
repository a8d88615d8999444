import type { Clock } from '../clock';
import { inMilliseconds, longestStopTimeout, type StopTimeout } from '../graph/model/stopTimeout';
import { EngineError } from './error';

/** Default milliseconds until a call rejects with `timeout`. */
export const timeouts = {
  connect: 5_000,
  list: 30_000,
  inspect: 10_000,
  /** Sizes of volumes, for which the engine reads all their files. */
  measure: 15_000,
  /** A check which object an id resolves to, before a command. */
  verify: 2_000,
  /** `kill`, `start`, `pause`, `unpause`, and the headers of the event stream. */
  command: 10_000,
} as const;

/** Milliseconds beyond the stop timeout: a call includes waiting for the engine's removal slots and locks. */
const stopAllowance = 60_000;
/** Milliseconds assumed if the container's own stop timeout is unknown. */
const assumedStopTimeout = 10 * 60_000;

/** Milliseconds that a stop or a removal may take; infinite for an unlimited stop timeout. */
export function stopCallTimeout(timeout: StopTimeout | undefined): number {
  return (timeout === undefined ? assumedStopTimeout : inMilliseconds(timeout)) + stopAllowance;
}

/** Libpod has no unlimited stop timeout, and larger numbers overflow in some versions. */
export function libpodTimeout(timeout: StopTimeout | undefined): number | undefined {
  return timeout === 'unlimited' ? longestStopTimeout : timeout;
}

/** For Docker, -1 is unlimited (20.10 to 28.5). */
export function dockerTimeout(timeout: StopTimeout | undefined): number | undefined {
  return timeout === 'unlimited' ? -1 : timeout;
}

interface TimeoutOptions {
  /** Milliseconds until it rejects with `timeout`; may be infinite. */
  readonly timeoutMs: number;
  /** Any of these rejects it with `aborted`. */
  readonly signals: readonly (AbortSignal | undefined)[];
  /** Description of the work for error messages: `GET /version`. */
  readonly label: string;
}

/** A timer that fires this many milliseconds late indicates a stalled process or a suspended machine. */
const stallThreshold = 1000;
/** Milliseconds of extra time after a stall: the response may have arrived, or the engine was suspended too. */
const stallExtension = 10_000;

/**
 * Limits the time of work that may never settle (docker-modem 5.0.7 after a cut connection). On a timeout the signal
 * passed to the work is aborted. If the process was stalled when the time ran out, it is extended once.
 */
export function withTimeout<T>(
  clock: Clock,
  options: TimeoutOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const signals = options.signals.filter((signal) => signal !== undefined);
  return new Promise((resolve, reject) => {
    const controller = new AbortController();
    let cancelTimer: () => void = () => undefined;
    const cleanUp = () => {
      cancelTimer();
      for (const signal of signals) signal.removeEventListener('abort', abort);
    };
    const fail = (error: EngineError) => {
      cleanUp();
      reject(error);
      controller.abort();
    };
    const abort = () => fail(new EngineError('aborted', `${options.label}: aborted`));
    const timeOut = () =>
      fail(new EngineError('timeout', `${options.label}: no complete response in ${options.timeoutMs / 1000} s`));
    const due = clock.now() + options.timeoutMs;
    cancelTimer = clock.after(options.timeoutMs, () => {
      if (clock.now() - due < stallThreshold) return timeOut();
      cancelTimer = clock.after(Math.min(options.timeoutMs, stallExtension), timeOut);
    });
    if (signals.some((signal) => signal.aborted)) return abort();
    for (const signal of signals) signal.addEventListener('abort', abort, { once: true });
    work(controller.signal).then(
      (value) => {
        cleanUp();
        resolve(value);
      },
      (thrown: unknown) => {
        cleanUp();
        reject(EngineError.from(thrown));
      },
    );
  });
}
