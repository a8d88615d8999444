import type { Finished } from '../process';
import { type DemoProfile, demoUnavailableReason, startDemoEngine } from './demo';
import type { EngineVersion } from './lines';
import { missingRequirement, nameOf, prepareEngine } from './prepare';
import { startIsolatedEngine } from './private';
import type { EngineSystemd } from './systemd';

export type { EngineVersion } from './lines';

/** A running isolated engine. It ends with the process that started it, even after SIGKILL. */
export interface RunningEngine {
  readonly line: EngineVersion;
  /** Flavor, version and mode: `podman 4.3.1`, `podman 5.8.6 rootless`, `podman 5.8.6 with systemd`. */
  readonly name: string;
  readonly flavour: 'podman' | 'docker';
  readonly version: string;
  /** Path of its unix socket (or Windows pipe, for the demo engine). */
  readonly socket: string;
  /** Why containers have no networks, with the next step; absent if they have. */
  readonly noNetworking?: string;
  /** Present on engines with their own systemd. */
  readonly systemd?: EngineSystemd;
  /** Runs the engine's own command line inside its namespaces: `cli(['ps', '-a'])`. */
  cli(args: string[]): Promise<Finished>;
  /** The same through the service, as for an engine in a virtual machine: `podman --remote`. */
  remoteCli(args: string[]): Promise<Finished>;
  /** SIGKILLs the service only; Podman's containers keep running. */
  kill(): Promise<void>;
  /** Starts the service again after `kill`, on the same socket and storage. */
  restart(): Promise<void>;
  /** Removes everything: service, containers, mounts, run folder. May be called twice. */
  stop(): Promise<void>;
}

type Availability = { readonly available: true } | { readonly available: false; readonly reason: string };

/** Whether this engine is available here, with the reason if not. Prepares nothing. */
export async function engineAvailable(line: EngineVersion): Promise<Availability> {
  const reason = line === 'demo' ? demoUnavailableReason() : await missingRequirement(line);
  return reason === undefined ? { available: true } : { available: false, reason };
}

/** Prepares an engine and returns its flavor, version and mode. */
export async function engineName(line: EngineVersion): Promise<string> {
  return line === 'demo' ? 'demo' : nameOf(await prepareEngine(line));
}

export interface EngineOptions {
  /** Podman version that the demo engine imitates. */
  readonly profile?: DemoProfile;
  /** A real Podman that reports no events. */
  readonly events?: 'none';
}

/**
 * Starts an isolated engine whose storage contains only the image `localhost/bb:1`. Several can run at once, also of the same
 * version. The first start prepares it (minutes). Throws if `engineAvailable` returns false.
 */
export function startEngine(line: EngineVersion, options: EngineOptions = {}): Promise<RunningEngine> {
  return line === 'demo' ? startDemoEngine(options.profile) : startIsolatedEngine(line, options);
}
