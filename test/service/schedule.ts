import type fc from 'fast-check';
import type { Clock } from '../../src/clock';
import { type ConcurrencySetting, createService, type Service } from '../../src/service';
import { nullLog } from '../silent';
import type { Interleave } from './fakeQueries';
import type { FakeEngine } from './fakeEngine';

/** A clock controlled by the scheduler: timers fire in any order. `now` advances by the delay of each fired timer. */
export function scheduledClock(scheduler: fc.Scheduler): Clock & { shiftWallTime(ms: number): void } {
  let [now, epoch] = [0, 0];
  return {
    now: () => now,
    wallTime: () => now + epoch,
    /** Sets the wall clock forward or back. */
    shiftWallTime: (ms) => void (epoch += ms),
    after: (ms, fn) => {
      if (ms === Infinity) return () => undefined;
      let wanted = true;
      void scheduler.schedule(Promise.resolve(), 'timer').then(() => {
        if (!wanted) return;
        now += ms;
        fn();
      });
      return () => (wanted = false);
    },
  };
}

export function interleaveWith(scheduler: fc.Scheduler): Interleave {
  return (label) => scheduler.schedule(Promise.resolve(), label);
}

/** The production service over fake engines, with all timers and responses scheduled. */
export function createServiceFor(
  fakeEngines: readonly FakeEngine[],
  clock: Clock,
  concurrency: ConcurrencySetting,
): Service {
  return createService(
    { clock, log: nullLog, concurrency: () => concurrency, random: () => 0.5 },
    fakeEngines.map((engine) => ({ id: engine.id, label: engine.id, engine })),
  );
}
