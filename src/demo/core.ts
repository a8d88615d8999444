import type { Clock } from '../clock';
import { Creation } from './creation';
import { type EventFilter, EventJournal } from './events';
import { ExecSessions } from './exec';
import type { Latency } from './faults';
import { Lifecycle } from './lifecycle';
import { ObjectStore } from './model';
import { PodRemoval } from './podRemoval';
import type { Profile } from './profile';
import { ContainerRemoval, DependentsRemoval } from './removal';
import { Timers } from './timers';

export interface CoreOptions {
  profile: Profile;
  clock: Clock;
  latency: Latency;
  parallelism: number;
  eventFilter: EventFilter;
}

/** The engine without its server: storage and operations. */
export class FakePodman {
  readonly profile: Profile;
  readonly latency: Latency;
  readonly timers: Timers;
  readonly store: ObjectStore;
  readonly events: EventJournal;
  readonly creation: Creation;
  readonly lifecycle: Lifecycle;
  readonly execSessions: ExecSessions;
  readonly containerRemoval: ContainerRemoval;
  readonly podRemoval: PodRemoval;
  readonly dependentsRemoval: DependentsRemoval;

  constructor(options: CoreOptions) {
    const { profile, latency } = options;
    const timers = new Timers(options.clock);
    const now = (): number => timers.wallTime();
    this.profile = profile;
    this.store = new ObjectStore(profile.namesFirst);
    this.latency = latency;
    this.timers = timers;
    this.events = new EventJournal(profile, now, options.eventFilter);
    this.creation = new Creation(this.store, this.events, profile, now);
    this.lifecycle = new Lifecycle(this.store, this.events, timers, latency, profile);
    this.execSessions = new ExecSessions(this.lifecycle, now);
    this.containerRemoval = new ContainerRemoval(
      this.store,
      this.events,
      timers,
      latency,
      profile,
      this.lifecycle,
      options.parallelism,
    );
    this.podRemoval = new PodRemoval(this.store, this.events, profile, this.containerRemoval);
    this.dependentsRemoval = new DependentsRemoval(
      this.store,
      timers,
      latency,
      profile,
      this.containerRemoval,
      this.podRemoval,
    );
  }
}
