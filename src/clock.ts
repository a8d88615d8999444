/**
 * Time as all of Podgraph sees it: the extension, the demo engine and the tests. Milliseconds throughout. Durations are
 * measured with `now`, which no change of the system's time affects; `wallTime` is only for display and for comparison with
 * times that engines and files report.
 */
export interface Clock {
  /** Monotonic milliseconds since an arbitrary moment. Whether they pass while the machine is suspended depends on the system. */
  now(): number;
  /** Milliseconds since the epoch, as the system's clock is set at this moment. */
  wallTime(): number;
  /**
   * Calls `fn` once, never before `ms` have passed by `now`, and never where `ms` is infinite. The returned function cancels
   * the call.
   */
  after(ms: number, fn: () => void): () => void;
}

/** The longest delay that `setTimeout` takes: a longer one fires after 1 ms. */
const longestTimeout = 2 ** 31 - 1;
/** A timer that fires so many milliseconds late tells of a stalled process. */
const stalled = 20;

export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  after: (ms, fn) => {
    // Anything that is not a positive number waits for nothing, as with `setTimeout`.
    const due = performance.now() + (ms > 0 ? ms : 0);
    let timer: NodeJS.Timeout | undefined;
    let handover: NodeJS.Immediate | undefined;
    const wait = () => {
      timer = setTimeout(check, Math.min(Math.max(0, Math.ceil(due - performance.now())), longestTimeout));
    };
    const check = () => {
      // Timers are coarser than `performance.now`, and may fire up to 1 ms early by it.
      const late = performance.now() - due;
      if (late < 0) return wait();
      // After a stall, timers run before the input that has arrived meanwhile: that input is handled first.
      if (late > stalled) handover = setImmediate(fn);
      else fn();
    };
    if (due < Infinity) wait();
    return () => {
      clearTimeout(timer);
      clearImmediate(handover);
    };
  },
};

/** Resolves after `ms`, or at once when the signal is aborted: who waits looks at the signal itself. */
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
