/**
 * How long a container may take to stop before it is killed: whole seconds, or as long as it takes. Plans, journals and
 * messages between threads hold it as it is, so that it survives JSON.
 */
export type StopTimeout = number | 'unlimited';

/** Seconds that Podman and Docker wait where neither container nor image says anything (the default of both). */
export const defaultStopTimeout = 10;

/**
 * Seconds (68 years). Anything longer is unlimited: engines compute in nanoseconds, and a wait of more than 292 years
 * overflows to none at all; 4294967295 and 18446744073709551615 are how Podman stores -1.
 */
export const longestStopTimeout = 2 ** 31 - 1;

/**
 * Reads a stop timeout from an engine's answer, a setting or a file: the only place that does. Negative means unlimited, as
 * in `--stop-timeout -1`; a number may be in quotes. Undefined where the value says nothing.
 */
export function readStopTimeout(value: unknown): StopTimeout | undefined {
  if (value === 'unlimited') return value;
  const seconds = secondsIn(value);
  if (seconds === undefined || Number.isNaN(seconds)) return undefined;
  // Rounded up: a stop timeout never ends early.
  return seconds < 0 || seconds > longestStopTimeout ? 'unlimited' : Math.ceil(seconds);
}

function secondsIn(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'string' && /^\s*[+-]?\d+(\.\d+)?\s*$/.test(value)) return Number(value);
  return undefined;
}

/** As a number for sums and comparisons; infinite for an unlimited one. */
export function inSeconds(timeout: StopTimeout): number {
  return timeout === 'unlimited' ? Infinity : timeout;
}

/** For clocks and deadlines; infinite for an unlimited one. */
export function inMilliseconds(timeout: StopTimeout): number {
  return inSeconds(timeout) * 1000;
}

/** The reverse of `inSeconds`. What is added up has no upper bound: several finite ones stay finite. */
export function fromSeconds(seconds: number): StopTimeout {
  return seconds === Infinity ? 'unlimited' : seconds;
}

export function longest(timeouts: Iterable<StopTimeout>): StopTimeout {
  let most = 0;
  for (const timeout of timeouts) most = Math.max(most, inSeconds(timeout));
  return fromSeconds(most);
}

/** One after another. */
export function total(timeouts: Iterable<StopTimeout>): StopTimeout {
  let sum = 0;
  for (const timeout of timeouts) sum += inSeconds(timeout);
  return fromSeconds(sum);
}
