/** Milliseconds. Measure durations with `now`; `wallTime` is for display and for times from engines and files. */
export interface Clock {
  /** Monotonic. Whether it advances while the machine is suspended depends on the system. */
  now(): number;
  /** Since the epoch, by the system clock. */
  wallTime(): number;
  /** Calls `fn` once after at least `ms` by `now`; never if infinite. Returns a function that cancels the call. */
  after(ms: number, fn: () => void): () => void;
}

/** The maximum delay of `setTimeout`: a longer one fires after 1 ms. */
export const maxDelay = 2 ** 31 - 1;
/** A timer that is this late indicates a stalled process. */
const stallThreshold = 20;

export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  after: (ms, fn) => {
    // Negative delays and NaN are 0, as with `setTimeout`.
    const due = performance.now() + (ms > 0 ? ms : 0);
    let timer: NodeJS.Timeout | undefined;
    let immediate: NodeJS.Immediate | undefined;
    const wait = () => {
      timer = setTimeout(check, Math.min(Math.max(0, Math.ceil(due - performance.now())), maxDelay));
    };
    const check = () => {
      // Timers can fire up to 1 ms early by `performance.now`.
      const late = performance.now() - due;
      if (late < 0) return wait();
      // After a stall, handle pending I/O first: timers run before it.
      if (late > stallThreshold) immediate = setImmediate(fn);
      else fn();
    };
    if (due < Infinity) wait();
    return () => {
      clearTimeout(timer);
      clearImmediate(immediate);
    };
  },
};

/** Resolves in a later turn of the event loop. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Resolves after `ms`, or immediately when the signal is aborted: callers check the signal. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}
