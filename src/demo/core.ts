import type { Clock } from '../clock';
import { type EventFilter, EventJournal } from './events';
import { ObjectStore } from './model';
import type { Profile } from './profile';

/** Simulated durations in milliseconds. */
export interface Latency {
  /** A list, an inspection, a ping. */
  read: number;
  /** Creating a container or a pod. */
  create: number;
  /** From the request to a running process. */
  start: number;
  /** From the fatal signal to the `died` event. */
  exit: number;
  /** From the exit to the engine's cleanup; the state is `stopped`, then `exited`. */
  cleanUp: number;
  /** From the exit to the removal. */
  remove: number;
}

/** For tests with scripted time. */
export const noLatency: Latency = { read: 0, create: 0, start: 0, exit: 0, cleanUp: 0, remove: 0 };

/** Similar to Podman 5.8.6 on two idle cores, which removes a container in 120 ms if it exits on SIGTERM. */
export const realLatency: Latency = { read: 2, create: 25, start: 90, exit: 30, cleanUp: 60, remove: 90 };

/** The timers of one engine, cancelled together when it closes. */
class Timers implements Clock {
  private readonly cancels = new Set<() => void>();

  constructor(private readonly clock: Clock) {}

  now(): number {
    return this.clock.now();
  }

  wallTime(): number {
    return this.clock.wallTime();
  }

  after(ms: number, fn: () => void): () => void {
    const cancelTimer = this.clock.after(ms, () => {
      this.cancels.delete(cancel);
      fn();
    });
    const cancel = (): void => {
      this.cancels.delete(cancel);
      cancelTimer();
    };
    this.cancels.add(cancel);
    return cancel;
  }

  /** Resolves after `ms`; at once for 0, independent of the clock. */
  delay(ms: number): Promise<void> {
    if (ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  cancelAll(): void {
    for (const cancel of [...this.cancels]) cancel();
  }
}

/** What all operations of one engine share. */
export class EngineCore {
  readonly timers: Timers;
  readonly store: ObjectStore;
  readonly events: EventJournal;

  constructor(
    readonly profile: Profile,
    readonly latency: Latency,
    clock: Clock,
    eventFilter: EventFilter,
  ) {
    this.timers = new Timers(clock);
    this.store = new ObjectStore(profile.namesFirst);
    this.events = new EventJournal(profile, () => this.timers.wallTime(), eventFilter);
  }
}
