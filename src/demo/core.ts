import type { Clock } from '../clock';
import { Timers } from './timers';
import { Creation } from './creation';
import { DependRemoval } from './dependRemoval';
import { EventJournal, type EventFilter } from './events';
import type { Latency } from './latency';
import { Lifecycle } from './lifecycle';
import { PodRemoval } from './podRemoval';
import type { Profile } from './profile';
import { Programs } from './programs';
import { ContainerRemoval } from './removal';
import { World } from './world';

export interface CoreOptions {
  profile: Profile;
  clock: Clock;
  latency: Latency;
  removalsAtOnce: number;
  eventFilter: EventFilter;
}

/** The engine without its socket: what it holds and what it does, wired together. */
export class Core {
  readonly profile: Profile;
  readonly latency: Latency;
  readonly timers: Timers;
  readonly world: World;
  readonly events: EventJournal;
  readonly creation: Creation;
  readonly lifecycle: Lifecycle;
  readonly programs: Programs;
  readonly containerRemoval: ContainerRemoval;
  readonly podRemoval: PodRemoval;
  readonly dependRemoval: DependRemoval;

  constructor(options: CoreOptions) {
    const { profile, latency } = options;
    const timers = new Timers(options.clock);
    const now = (): number => timers.wallTime();
    this.profile = profile;
    this.world = new World(profile.namesFirst);
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
    this.dependRemoval = new DependRemoval(
      this.world,
      timers,
      latency,
      profile,
      this.containerRemoval,
      this.podRemoval,
    );
  }
}
