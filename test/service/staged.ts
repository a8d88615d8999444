import type fc from 'fast-check';
import type { ConcurrencySetting, Service } from '../../src/service';
import { type Fleet, resolveAll } from './fleet';
import type { WorldOptions } from './questions';
import { createServiceFor, interleaveWith, scheduledClock } from './schedule';
import { FakeEngine, type ScriptedOutcome } from './world';

export interface RunSetup {
  /** 4 by default. */
  readonly limit?: ConcurrencySetting;
  readonly scriptedOutcomes?: ReadonlyMap<number, readonly ScriptedOutcome[]>;
  readonly engine?: WorldOptions;
}

/** A fake engine with this fleet and the production service over it, both scheduled. */
export function setupRun(s: fc.Scheduler, fleet: Fleet, setup: RunSetup = {}): { world: FakeEngine; service: Service } {
  const { limit = 4, scriptedOutcomes, engine } = setup;
  const world = new FakeEngine('w', interleaveWith(s), engine);
  resolveAll(world, fleet, scriptedOutcomes);
  return { world, service: createServiceFor([world], scheduledClock(s), limit) };
}
