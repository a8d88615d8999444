import os from 'node:os';

/** The default of Podman's `pkg/parallel`, shared by all requests of a service. */
export function defaultParallelism(processors: number): number {
  return Math.floor(processors) * 3 + 1;
}

/**
 * The parallelism of a Podman on this machine, without a request: a socket on Linux nearly always belongs to a local
 * service. Undefined for other endpoints, which may be virtual machines.
 */
export function localParallelism(endpoint: string): number | undefined {
  return process.platform === 'linux' && endpoint.startsWith('unix://')
    ? defaultParallelism(os.availableParallelism())
    : undefined;
}
