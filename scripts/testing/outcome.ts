import type { EngineVersion } from '../engines/lines';

/** A test or part that did not run. */
export interface Skip {
  readonly name: string;
  readonly reason: string;
  /** The unavailable engine, if that is the reason. */
  readonly engine?: EngineVersion;
}

/** Result of a part of the tests. vitest and mocha write it to a file. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly Skip[];
  /** Full names of failed tests, if the runner reports them. */
  readonly failures?: readonly string[];
}

export const NOTHING: Outcome = { passed: 0, failed: 0, skipped: [] };

/** Outcome of a check without tests (lint, types). */
export function checkOutcome(passed: boolean): Outcome {
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

/** Fails a part in which nothing ran. */
export function counted(outcome: Outcome): Outcome {
  const ranNothing = outcome.passed + outcome.failed + outcome.skipped.length === 0;
  return ranNothing ? { ...outcome, failed: 1 } : outcome;
}

/** The last line of every test command. */
export function summaryLine({ passed, failed, skipped }: Outcome): string {
  return `${passed} passed, ${failed} failed, ${skipped.length} skipped`;
}
