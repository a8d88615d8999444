/** Whole seconds from the stop signal to SIGKILL. `'unlimited'` instead of Infinity, because journals are JSON. */
export type StopTimeout = number | 'unlimited';

/** Seconds: the default of both Podman and Docker. */
export const defaultStopTimeout = 10;

/**
 * Seconds (68 years); more is unlimited. Engines compute in nanoseconds: beyond 292 years they overflow and do not wait.
 * Podman stores -1 as 4294967295 or 18446744073709551615.
 */
export const longestStopTimeout = 2 ** 31 - 1;

/**
 * Parses a stop timeout from an engine's response, a setting or a file: a number, possibly quoted. Negative means
 * unlimited, as in `--stop-timeout -1`. Undefined for anything else.
 */
export function readStopTimeout(value: unknown): StopTimeout | undefined {
  if (value === 'unlimited') return value;
  const seconds = toSeconds(value);
  if (seconds === undefined || Number.isNaN(seconds)) return undefined;
  // Rounded up: never shorter than requested.
  return seconds < 0 || seconds > longestStopTimeout ? 'unlimited' : Math.ceil(seconds);
}

function toSeconds(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'string' && /^\s*[+-]?\d+(\.\d+)?\s*$/.test(value)) return Number(value);
  return undefined;
}

/** Infinity for an unlimited one. */
export function inSeconds(timeout: StopTimeout): number {
  return timeout === 'unlimited' ? Infinity : timeout;
}

/** Infinity for an unlimited one. */
export function inMilliseconds(timeout: StopTimeout): number {
  return inSeconds(timeout) * 1000;
}

/** The reverse of `inSeconds`; unlike there, a finite sum may exceed `longestStopTimeout`. */
export function fromSeconds(seconds: number): StopTimeout {
  return seconds === Infinity ? 'unlimited' : seconds;
}

export function longest(timeouts: Iterable<StopTimeout>): StopTimeout {
  let seconds = 0;
  for (const timeout of timeouts) seconds = Math.max(seconds, inSeconds(timeout));
  return fromSeconds(seconds);
}

export function total(timeouts: Iterable<StopTimeout>): StopTimeout {
  let seconds = 0;
  for (const timeout of timeouts) seconds += inSeconds(timeout);
  return fromSeconds(seconds);
}
