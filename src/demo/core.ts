import type { Clock } from '../clock';
import { Creation } from './creation';
import { type EventFilter, EventJournal } from './events';
import { Programs } from './exec';
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
  removalsAtOnce: number;
  eventFilter: EventFilter;
}

/** The engine without its socket: what it holds and what it does, wired together. */
export class FakePodman {
  readonly profile: Profile;
  readonly latency: Latency;
  readonly timers: Timers;
  readonly world: ObjectStore;
  readonly events: EventJournal;
  readonly creation: Creation;
  readonly lifecycle: Lifecycle;
  readonly programs: Programs;
  readonly containerRemoval: ContainerRemoval;
  readonly podRemoval: PodRemoval;
  readonly dependRemoval: DependentsRemoval;

  constructor(options: CoreOptions) {
    const { profile, latency } = options;
    const timers = new Timers(options.clock);
    const now = (): number => timers.wallTime();
    this.profile = profile;
    this.world = new ObjectStore(profile.namesFirst);
    this.latency = latency;
    this.timers = timers;
    this.events = new EventJournal(profile, now, options.eventFilter);
    this.creation = new Creation(this.world, this.events, profile, now);
    this.lifecycle = new Lifecycle(this.world, this.events, timers, latency, profile);
    this.programs = new Programs(this.lifecycle, now);
    this.containerRemoval = new ContainerRemoval(
      this.world,
      this.events,
      timers,
      latency,
      profile,
      this.lifecycle,
      options.removalsAtOnce,
    );
    this.podRemoval = new PodRemoval(this.world, this.events, profile, this.containerRemoval);
    this.dependRemoval = new DependentsRemoval(
      this.world,
      timers,
      latency,
      profile,
      this.containerRemoval,
      this.podRemoval,
    );
  }
}
