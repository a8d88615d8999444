import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';

/** Tests of a vitest run, as written to the file in `OUTCOME_FILE`. */
export interface VitestOutcome {
  /** `name` is the full name: describes and test, joined by ` > `. */
  readonly tests: readonly { name: string; state: 'passed' | 'failed' | 'skipped'; reason: string }[];
  /** Files and suites that could not run, and errors outside of tests. */
  readonly errors: number;
}

/** Environment variable with the path of the file to write. */
export const OUTCOME_FILE = 'PODGRAPH_OUTCOME_FILE';

/** The error of a hook because of which a test was not run: vitest reports the test as skipped. */
function hookError({ parent }: TestCase | TestSuite): string | undefined {
  const message = parent.errors()[0]?.message;
  if (message !== undefined) return `not run: ${message}`;
  return parent.type === 'suite' ? hookError(parent) : undefined;
}

/** Writes the outcome of each test, with the reason of each skip. */
export default class OutcomeReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const file = process.env[OUTCOME_FILE];
    if (!file) return;
    const tests = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => {
        const result = test.result();
        const reason = result.state === 'skipped' ? (result.note ?? hookError(test) ?? 'no reason given') : '';
        return {
          name: test.fullName,
          state: result.state === 'pending' ? 'failed' : result.state,
          reason,
        } as const;
      }),
    );
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const broken = suites.filter((suite) => suite.errors().length > 0).length;
    const outcome: VitestOutcome = { tests, errors: broken + unhandled.length };
    writeFileSync(file, JSON.stringify(outcome));
  }
}
