import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { projectRoot } from '../lab';
import { chosenHost } from '../host/choice';
import { run } from '../process';
import { NOTHING, type Outcome } from './outcome';
import { OUTCOME_FILE } from './outcomeReporter';

/** Runs the suite of test/host in a real VS Code through @vscode/test-electron, in a process of its own. */
export async function runHostSuite(): Promise<{ outcome: Outcome; output: string }> {
  const { host, because } = chosenHost();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'podgraph-host-'));
  const outcomeFile = path.join(folder, 'outcome.json');
  const logFile = path.join(folder, 'workbench.log');
  try {
    const script = path.join(projectRoot, 'scripts', 'run.mjs');
    const { code, stdout, stderr } = await run(process.execPath, [script, 'host-suite', folder], {
      cwd: projectRoot,
      env: { ...process.env, PODGRAPH_HOST: host, PODGRAPH_SUITE_LOG: logFile, [OUTCOME_FILE]: outcomeFile },
    });
    const told = existsSync(outcomeFile) ? (JSON.parse(readFileSync(outcomeFile, 'utf8')) as Outcome) : undefined;
    const outcome = told ?? { ...NOTHING, failed: 1 };
    const failed = outcome.failed === 0 && code !== 0 ? 1 : outcome.failed;
    const log = failed > 0 && existsSync(logFile) ? readFileSync(logFile, 'utf8') : '';
    return { outcome: { ...outcome, failed }, output: `host: ${host} (${because})\n${stdout}${stderr}${log}` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
