/** How long the demo engine takes for what real engines take time for, in milliseconds. */
export interface Latency {
  /** A list, an inspection, a ping. */
  read: number;
  /** Creating a container or a pod. */
  create: number;
  /** From the call to a running process. */
  start: number;
  /** From a signal that ends the process to its `died` event. */
  exit: number;
  /** From the exit of a process to the engine's clean-up after it: a container is `stopped` that long, then `exited`. */
  cleanUp: number;
  /** From a dead container to a removed one. */
  remove: number;
}

/** Answers at once: for tests, whose time is what they script. */
export const noLatency: Latency = { read: 0, create: 0, start: 0, exit: 0, cleanUp: 0, remove: 0 };

/** About what Podman 5.8.6 takes on two idle cores: a quick container is gone in 120 ms. */
export const realLatency: Latency = { read: 2, create: 25, start: 90, exit: 30, cleanUp: 60, remove: 90 };
