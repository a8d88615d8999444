/** What a part of the tests came to. Every runner reports in this shape, vitest and mocha through a file. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

export const NOTHING: Outcome = { passed: 0, failed: 0, skipped: [] };

/** A check without tests of its own (lint, types): one that passed or failed. */
export function check(passed: boolean): Outcome {
  return passed ? { ...NOTHING, passed: 1 } : { ...NOTHING, failed: 1 };
}

export function skip(name: string, reason: string): Outcome {
  return { ...NOTHING, skipped: [{ name, reason }] };
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

/** The line that every test command ends with. */
export function lastLine({ passed, failed, skipped }: Outcome): string {
  return `${passed} passed, ${failed} failed, ${skipped.length} skipped`;
}
