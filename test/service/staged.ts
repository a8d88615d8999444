import type fc from 'fast-check';
import type { ConcurrencySetting, Service } from '../../src/service';
import { type Fleet, resolveAll } from './fleet';
import type { WorldOptions } from './questions';
import { createServiceFor, interleaveWith, scheduledClock } from './schedule';
import { FakeEngine, type Fate } from './world';

export interface Staging {
  /** How many at once the service is told; four by default. */
  readonly width?: ConcurrencySetting;
  readonly fates?: ReadonlyMap<number, readonly Fate[]>;
  /** What kind of engine the world is. */
  readonly engine?: WorldOptions;
}

/** A world with this fleet in it, and the production service over it: all time and all answers in the scheduler's hands. */
export function setupRun(
  s: fc.Scheduler,
  fleet: Fleet,
  staging: Staging = {},
): { world: FakeEngine; service: Service } {
  const { width = 4, fates, engine } = staging;
  const world = new FakeEngine('w', interleaveWith(s), engine);
  resolveAll(world, fleet, fates);
  return { world, service: createServiceFor([world], scheduledClock(s), width) };
}
