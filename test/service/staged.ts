import type fc from 'fast-check';
import type { Concurrency, Service } from '../../src/service/index';
import type { Fleet } from './fleet';
import { settleIn } from './fleet';
import { scheduledClock, scheduledTurn, serviceOver } from './schedule';
import type { WorldOptions } from './questions';
import type { Fate } from './world';
import { World } from './world';

export interface Staging {
  /** How many at once the service is told; four by default. */
  readonly width?: Concurrency;
  readonly fates?: ReadonlyMap<number, readonly Fate[]>;
  /** What kind of engine the world is. */
  readonly engine?: WorldOptions;
}

/** A world with this fleet in it, and the production service over it: all time and all answers in the scheduler's hands. */
export function staged(s: fc.Scheduler, fleet: Fleet, staging: Staging = {}): { world: World; service: Service } {
  const { width = 4, fates, engine } = staging;
  const world = new World('w', scheduledTurn(s), engine);
  settleIn(world, fleet, fates);
  return { world, service: serviceOver([world], scheduledClock(s), width) };
}
