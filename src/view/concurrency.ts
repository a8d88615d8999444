import type { Concurrency } from '../service/service';

/** The most that can be asked for: more would only wait inside the engine. */
export const mostAtOnce = 64;

/** The setting as it is meant: a number may stand in quotes. Undefined where it means nothing. */
export function readConcurrency(value: unknown): Concurrency | undefined {
  if (value === 'auto') return value;
  const number = typeof value === 'string' && /^\d{1,2}$/.test(value) ? Number(value) : value;
  const fits = typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= mostAtOnce;
  return fits ? number : undefined;
}
