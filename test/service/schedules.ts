import { appendFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect } from 'vitest';

/** Schedules per property; `PODGRAPH_RUNS` overrides. */
export const runs = Number(process.env['PODGRAPH_RUNS'] ?? 150);
/** Schedules for the report property: ten thousand in a long run. */
export const reportRuns = runs >= 800 ? Math.max(runs, 10_000) : runs;
/** `PODGRAPH_SHRINK=no`: do not shrink counterexamples. */
const endOnFailure = process.env['PODGRAPH_SHRINK'] === 'no';
/** Milliseconds until a schedule without progress counts as a deadlock; a whole one takes a few. */
const deadlock = 30_000;
/** Schedules of one call of fast-check, which keeps what each of them allocates until it returns. */
const batch = 1_000;
/** Steps until a schedule counts as endless; a long one has some hundreds. */
const maxSteps = 20_000;

let steps = 0;

/** Schedulers for `assertProperty`. */
export function schedulers(): fc.Arbitrary<fc.Scheduler> {
  return fc.scheduler({
    act: async (step) => {
      if (++steps > maxSteps) throw new Error(`no end after ${maxSteps} steps`);
      await step();
    },
  });
}

/** One line of the `PODGRAPH_SCHEDULES` file. */
export interface PropertyStats {
  readonly property: string;
  readonly schedules: number;
}

/** Asserts a property on `tries` schedules and records how many ran. An endless schedule is a counterexample. */
export async function assertProperty<T>(property: fc.IAsyncPropertyWithHooks<T>, tries = runs): Promise<void> {
  let schedules = 0;
  const counted = property.beforeEach(async (before) => {
    schedules++;
    steps = 0;
    await before();
  });
  try {
    const seed = fc.readConfigureGlobal().seed ?? Date.now() % 2 ** 31;
    for (let done = 0; done < tries; done += batch) {
      const numRuns = Math.min(batch, tries - done);
      await fc.assert(counted, { numRuns, seed: seed + done, timeout: deadlock, endOnFailure });
    }
  } finally {
    const file = process.env['PODGRAPH_SCHEDULES'];
    const tried: PropertyStats = { property: expect.getState().currentTestName ?? '', schedules };
    if (file) appendFileSync(file, `${JSON.stringify(tried)}\n`);
  }
}
