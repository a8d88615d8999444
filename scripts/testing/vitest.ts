import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { projectRoot } from '../lab';
import { run } from '../process';
import type { Outcome } from './outcome';
import { OUTCOME_FILE, type VitestOutcome } from './outcomeReporter';

/** Milliseconds after which a run counts as hung. */
const TIMEOUT_MS = 40 * 60_000;

export interface VitestRun {
  readonly outcome: Outcome;
  readonly tests: VitestOutcome['tests'];
  readonly output: string;
}

interface VitestChoice {
  /** Path filters; default is all files of the project. */
  readonly files?: readonly string[];
}

/** Runs a project of vitest.config.mts. An error without a failed test counts as one failure. */
export async function runVitest(
  project: 'unit' | 'packed' | 'contract' | 'ui',
  env: NodeJS.ProcessEnv = {},
  { files = [] }: VitestChoice = {},
): Promise<VitestRun> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'podgraph-outcome-'));
  const file = path.join(folder, 'outcome.json');
  const bin = path.join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs');
  const reporter = path.join(projectRoot, 'scripts', 'testing', 'outcomeReporter.ts');
  const reporters = ['--reporter=default', `--reporter=${reporter}`];
  const args = [bin, 'run', '--project', project, ...reporters, ...files];
  const { code, stdout, stderr } = await run(process.execPath, args, {
    cwd: projectRoot,
    timeout: TIMEOUT_MS,
    env: { ...process.env, ...env, [OUTCOME_FILE]: file, NO_COLOR: '1' },
  });
  const written: VitestOutcome = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as VitestOutcome)
    : { tests: [], errors: 1 };
  rmSync(folder, { recursive: true, force: true });
  const count = (state: string) => written.tests.filter((test) => test.state === state).length;
  const failed = count('failed') + written.errors;
  const outcome: Outcome = {
    passed: count('passed'),
    failed: failed === 0 && code !== 0 ? 1 : failed,
    failures: written.tests.filter((test) => test.state === 'failed').map(({ name }) => name),
    skipped: written.tests.filter((test) => test.state === 'skipped').map(({ name, reason }) => ({ name, reason })),
  };
  return { outcome, tests: written.tests, output: stdout + stderr };
}
