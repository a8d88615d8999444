import type { Log } from '../src/service/service';

/** A log that nobody reads. */
export const nullLog: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  debug: () => undefined,
};
