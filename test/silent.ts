import type { Log } from '../src/service/service';

/** A log without output. */
export const nullLog: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  debug: () => undefined,
};
