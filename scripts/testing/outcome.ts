import type { EngineVersion } from '../engines/lines';

/** A test or part that did not run. */
export interface Skip {
  readonly name: string;
  readonly reason: string;
  /** The engine that could not be had, where that is the reason. */
  readonly engine?: EngineVersion;
}

/** What a part of the tests came to. Every runner reports in this shape, vitest and mocha through a file. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly Skip[];
  /** Whole names of the tests that failed, where the runner reports them. */
  readonly failures?: readonly string[];
}

export const NOTHING: Outcome = { passed: 0, failed: 0, skipped: [] };

/** A check without tests of its own (lint, types): one that passed or failed. */
export function assertNonEmpty(passed: boolean): Outcome {
  return passed ? { ...NOTHING, passed: 1 } : { ...NOTHING, failed: 1 };
}

export function skip(name: string, reason: string, engine?: EngineVersion): Outcome {
  return { ...NOTHING, skipped: [{ name, reason, ...(engine && { engine }) }] };
}

export function sum(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce(
    (all, one) => ({
      passed: all.passed + one.passed,
      failed: all.failed + one.failed,
      skipped: [...all.skipped, ...one.skipped],
    }),
    NOTHING,
  );
}

/** A part in which nothing ran at all has not done its work. */
export function counted(outcome: Outcome): Outcome {
  const ranNothing = outcome.passed + outcome.failed + outcome.skipped.length === 0;
  return ranNothing ? { ...outcome, failed: 1 } : outcome;
}

/** The line that every test command ends with. */
export function summaryLine({ passed, failed, skipped }: Outcome): string {
  return `${passed} passed, ${failed} failed, ${skipped.length} skipped`;
}
