import { inMilliseconds, longestStopTimeout, type StopTimeout } from '../graph/stopTimeout';

/** Milliseconds until a call rejects with reason `timeout`, where the caller does not say. */
export const deadlines = {
  connect: 5_000,
  list: 30_000,
  inspect: 10_000,
  /** A look at whom an id means, before something is changed. */
  verify: 2_000,
  /** `kill`, `start`, `pause`, `unpause` and the head of the events. */
  command: 10_000,
} as const;

/** Beyond the stop timeout: queues for the engine's few removal slots and locks are part of a call. */
const beyondStop = 60_000;
/** Where the stop timeout is the container's own and not known here. Callers that know it give a deadline. */
const ownStopTimeout = 10 * 60_000;

/** Milliseconds that a stop or a removal may take; infinite where the stop timeout is unlimited. */
export function stopDeadline(timeout: StopTimeout | undefined): number {
  return (timeout === undefined ? ownStopTimeout : inMilliseconds(timeout)) + beyondStop;
}

/** What libpod is sent for a stop timeout: it knows no unlimited one, and larger numbers overflow in some versions. */
export function libpodTimeout(timeout: StopTimeout | undefined): number | undefined {
  return timeout === 'unlimited' ? longestStopTimeout : timeout;
}

/** What Docker is sent for a stop timeout: -1 waits without limit (20.10 to 28.5). */
export function dockerTimeout(timeout: StopTimeout | undefined): number | undefined {
  return timeout === 'unlimited' ? -1 : timeout;
}
