import type { Clock } from '../clock';
import { EngineCore, type Latency } from './core';
import { Creation } from './creation';
import type { EventFilter } from './events';
import { ExecSessions } from './exec';
import { Lifecycle } from './lifecycle';
import type { Profile } from './profile';
import { ContainerRemoval, DependentsRemoval, PodRemoval } from './removal';

/** The engine without its server. */
export class FakePodman extends EngineCore {
  readonly creation = new Creation(this);
  readonly lifecycle = new Lifecycle(this);
  readonly execSessions = new ExecSessions(this, this.lifecycle);
  readonly containerRemoval: ContainerRemoval;
  readonly podRemoval: PodRemoval;
  readonly dependentsRemoval: DependentsRemoval;

  constructor(profile: Profile, latency: Latency, clock: Clock, eventFilter: EventFilter, parallelism: number) {
    super(profile, latency, clock, eventFilter);
    this.containerRemoval = new ContainerRemoval(this, this.lifecycle, parallelism);
    this.podRemoval = new PodRemoval(this, this.containerRemoval);
    this.dependentsRemoval = new DependentsRemoval(this, this.containerRemoval, this.podRemoval);
  }
}
