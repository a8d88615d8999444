import { appendFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect } from 'vitest';

/** How many schedules each property is tried on; `PODGRAPH_RUNS` raises it for a long run. */
export const runs = Number(process.env['PODGRAPH_RUNS'] ?? 150);
/** The account of a run is tried on ten thousand schedules in a long run. */
export const accountRuns = runs >= 800 ? Math.max(runs, 10_000) : runs;
/** `PODGRAPH_SHRINK=no`: the first counterexample is enough, its smallest form is not wanted. */
const endOnFailure = process.env['PODGRAPH_SHRINK'] === 'no';
/** Milliseconds after which a schedule in which nothing happens any more counts as a deadlock; a whole one takes a few. */
const deadlock = 30_000;
/** Schedules of one call of fast-check, which keeps what each of them allocates until it returns. */
const batch = 1_000;
/** Steps after which a schedule counts as one that never ends; a long one has some hundreds. */
const most = 20_000;

let steps = 0;

/** Orders of all that happens, to be tried by `holds`. */
export function schedulers(): fc.Arbitrary<fc.Scheduler> {
  return fc.scheduler({
    act: async (step) => {
      if (++steps > most) throw new Error(`no end after ${most} steps`);
      await step();
    },
  });
}

/** One line of the file that `PODGRAPH_SCHEDULES` names. */
export interface Tried {
  readonly property: string;
  readonly schedules: number;
}

/**
 * Holds a property on `tries` schedules, and writes down how many were really tried. A schedule that comes to no end is a
 * counterexample like any other.
 */
export async function holds<T>(property: fc.IAsyncPropertyWithHooks<T>, tries = runs): Promise<void> {
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
    const tried: Tried = { property: expect.getState().currentTestName ?? '', schedules };
    if (file) appendFileSync(file, `${JSON.stringify(tried)}\n`);
  }
}
