import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** Tests of a vitest run, as written to the file in `OUTCOME_FILE`. */
export interface VitestOutcome {
  /** `name` is the full name: describes and test, joined by ` > `. */
  readonly tests: readonly { name: string; state: 'passed' | 'failed' | 'skipped'; reason: string }[];
  /** Files that could not run, and errors outside of tests. */
  readonly errors: number;
}

/** Environment variable with the path of the file to write. */
export const OUTCOME_FILE = 'PODGRAPH_OUTCOME_FILE';

/** Writes the outcome of each test, with the reason of each skip. */
export default class OutcomeReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const file = process.env[OUTCOME_FILE];
    if (!file) return;
    const tests = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => {
        const result = test.result();
        const reason = result.state === 'skipped' ? (result.note ?? 'no reason given') : '';
        return {
          name: test.fullName,
          state: result.state === 'pending' ? 'failed' : result.state,
          reason,
        } as const;
      }),
    );
    const broken = modules.filter((module) => module.errors().length > 0).length;
    const outcome: VitestOutcome = { tests, errors: broken + unhandled.length };
    writeFileSync(file, JSON.stringify(outcome));
  }
}
