import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** One vitest run, test by test, as `outcomeFile` in the environment receives it. */
export interface VitestOutcome {
  /** `name` is the whole path: describes and test, joined by ` > `. */
  readonly tests: readonly { name: string; state: 'passed' | 'failed' | 'skipped'; reason: string }[];
  /** Files that could not run, and errors outside of tests. */
  readonly errors: number;
}

/** Name of the environment variable that holds the file to write. */
export const OUTCOME_FILE = 'PODGRAPH_OUTCOME_FILE';

/** A vitest reporter that writes what became of each test, with the reason of each skip. */
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
