import os from 'node:os';

/** Podman's `pkg/parallel`: three jobs for each processor and one more, over all requests to a service. */
export function slotsFor(processors: number): number {
  return Math.floor(processors) * 3 + 1;
}

/**
 * How many removals a Podman at this endpoint will carry out at once, as long as it has not been asked: a socket on Linux is
 * nearly always that of a service on the same machine. Undefined for any other endpoint: that may be a virtual machine.
 */
export function localSlots(endpoint: string): number | undefined {
  return process.platform === 'linux' && endpoint.startsWith('unix://')
    ? slotsFor(os.availableParallelism())
    : undefined;
}
