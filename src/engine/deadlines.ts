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

/** Beyond the grace given: queues for the engine's few removal slots and locks are part of a call. */
const GRACE_BOUND = 60_000;
/** Where the grace is the container's own and not known here, or many members have one after the other (Podman before 5.5). */
const OWN_GRACE_BOUND = 10 * 60_000;

/** The bound of a stop or a removal with `timeout` seconds of grace. Callers that know more give a tighter deadline. */
export function graceDeadline(timeout: number | undefined): number {
  return timeout === undefined ? OWN_GRACE_BOUND : timeout * 1000 + GRACE_BOUND;
}
