import type fc from 'fast-check';
import type { ConcurrencySetting, Service } from '../../src/service';
import { type Fleet, resolveAll } from './fleet';
import type { FakeEngineOptions } from './fakeQueries';
import { createServiceFor, interleaveWith, scheduledClock } from './schedule';
import { FakeEngine, type ScriptedOutcome } from './fakeEngine';

interface RunSetup {
  /** 4 by default. */
  readonly limit?: ConcurrencySetting;
  readonly scriptedOutcomes?: ReadonlyMap<number, readonly ScriptedOutcome[]>;
  readonly engine?: FakeEngineOptions;
}

/** A fake engine with this fleet and the production service over it, both scheduled. */
export function setupRun(
  s: fc.Scheduler,
  fleet: Fleet,
  setup: RunSetup = {},
): { fakeEngine: FakeEngine; service: Service } {
  const { limit = 4, scriptedOutcomes, engine } = setup;
  const fakeEngine = new FakeEngine('w', interleaveWith(s), engine);
  resolveAll(fakeEngine, fleet, scriptedOutcomes);
  return { fakeEngine, service: createServiceFor([fakeEngine], scheduledClock(s), limit) };
}
