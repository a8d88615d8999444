import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds to wait for a condition on a slow machine, and between two checks. */
const TIMEOUT_MS = 60_000;
const INTERVAL_MS = 20;

/**
 * Polls until `find` returns neither `false` nor `undefined`, and returns its value: for conditions that no event reports.
 * Throws an error with the description after a minute.
 */
export async function waitFor<T>(
  description: string,
  find: () => T | Promise<T>,
): Promise<Exclude<T, false | undefined>> {
  const deadline = Date.now() + TIMEOUT_MS;
  for (;;) {
    const found = await find();
    if (found !== false && found !== undefined) return found as Exclude<T, false | undefined>;
    if (Date.now() > deadline) throw new Error(`Timed out after ${TIMEOUT_MS / 1000} s: ${description}`);
    await pause(INTERVAL_MS);
  }
}
