import type { Log } from '../src/service/log';

/** A log that nobody reads. */
export const nullLog: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  debug: () => undefined,
};
