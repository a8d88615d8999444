import type { Finished } from '../process';
import { type DemoProfile, demoUnavailableReason, startDemoEngine } from './demo';
import type { EngineVersion } from './lines';
import { missingRequirement, nameOf, prepareEngine } from './prepare';
import { startIsolatedEngine } from './private';
import type { PrivateSystemd } from './systemd';

export type { EngineVersion } from './lines';

/** A private engine that serves. It dies with the process that started it, whatever becomes of that. */
export interface RunningEngine {
  readonly line: EngineVersion;
  /** Flavour, version and mode: `podman 4.3.1`, `podman 5.8.6 rootless`, `podman 5.8.6 with systemd`. */
  readonly name: string;
  readonly flavour: 'podman' | 'docker';
  readonly version: string;
  /** Path of its unix socket (or Windows pipe, for the demo engine). */
  readonly socket: string;
  /** Why its containers have no networks of their own, with the next step; absent where they have. */
  readonly noNetworking?: string;
  /** Present on lines with a systemd of their own. */
  readonly systemd?: PrivateSystemd;
  /** Runs the engine's own command line inside its namespaces: `cli(['ps', '-a'])`. */
  cli(args: string[]): Promise<Finished>;
  /** The same as a client of the service, as where the engine is in a virtual machine: `podman --remote`. */
  remoteCli(args: string[]): Promise<Finished>;
  /** SIGKILLs the service alone; containers of Podman live on. */
  kill(): Promise<void>;
  /** Serves again after `kill`, on the same socket and storage. */
  restart(): Promise<void>;
  /** Takes everything down: service, containers, mounts, the run's folders. May be called twice. */
  stop(): Promise<void>;
}

export type Availability = { readonly available: true } | { readonly available: false; readonly reason: string };

/** Whether an engine of this line can be had here, with the reason if not. Prepares nothing. */
export async function engineAvailable(line: EngineVersion): Promise<Availability> {
  const reason = line === 'demo' ? demoUnavailableReason() : await missingRequirement(line);
  return reason === undefined ? { available: true } : { available: false, reason };
}

/** Flavour, version and mode of a line's engine, once it is prepared. */
export async function engineName(line: EngineVersion): Promise<string> {
  return line === 'demo' ? 'demo' : nameOf(await prepareEngine(line));
}

export interface EngineOptions {
  /** Manners of the demo engine; real engines have their own. */
  readonly profile?: DemoProfile;
  /** A real Podman that reports no events. */
  readonly events?: 'none';
}

/**
 * Starts an engine of a line with a storage of its own that holds the image `localhost/bb:1` and nothing else; several at
 * once, also of one line, do not meet. The first time prepares it (minutes). Throws where `engineAvailable` says no.
 */
export function startEngine(line: EngineVersion, options: EngineOptions = {}): Promise<RunningEngine> {
  return line === 'demo' ? startDemoEngine(options.profile) : startIsolatedEngine(line, options);
}
