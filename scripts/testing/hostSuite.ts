import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { EngineVersion } from '../engines/lines';
import { projectRoot } from '../lab';
import { selectedHost } from '../host/choice';
import { run } from '../process';
import { HOST_ENGINES, HostEngines } from './hostEngines';
import { NOTHING, type Outcome, sum } from './outcome';
import { OUTCOME_FILE } from './outcomeReporter';
import type { PartRun } from './part';

/** What the suite inside VS Code writes when it has ended. */
export interface HostOutcome extends Outcome {
  /** Titles of the cases that passed, whole: those of their describes in front. */
  readonly titles: readonly string[];
}

/**
 * Runs the suite of test/host in a real VS Code through @vscode/test-electron, in a process of its own, with an engine of
 * each of these lines for it to work on, where that can be had.
 */
export async function runHostSuite(lines: readonly EngineVersion[]): Promise<PartRun> {
  const { host, because } = selectedHost();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'podgraph-host-'));
  const outcomeFile = path.join(folder, 'outcome.json');
  const logFile = path.join(folder, 'workbench.log');
  const engines = await HostEngines.start(lines);
  try {
    const script = path.join(projectRoot, 'scripts', 'run.mjs');
    const files = { PODGRAPH_SUITE_LOG: logFile, [OUTCOME_FILE]: outcomeFile };
    const { code, stdout, stderr } = await run(process.execPath, [script, 'host-suite', folder], {
      cwd: projectRoot,
      env: { ...process.env, PODGRAPH_HOST: host, [HOST_ENGINES]: engines.told, ...files },
    });
    const told = existsSync(outcomeFile) ? (JSON.parse(readFileSync(outcomeFile, 'utf8')) as HostOutcome) : undefined;
    const { titles, ...outcome } = told ?? { ...NOTHING, titles: [], failed: 1 };
    const names = engines.running.map(({ name }) => name);
    // `podman 5.8.6` begins the name of the rootless one, too.
    const engineOf = (title: string) =>
      names.filter((name) => title.includes(` on ${name} `)).sort((a, b) => b.length - a.length)[0];
    const on = names.map((name) => ({ name, ran: titles.filter((one) => engineOf(one) === name) }));
    // A suite that ended well without a case on one of its engines has not done its work.
    const isWhole = code === 0 && on.every(({ ran }) => ran.length > 0);
    const failed = outcome.failed === 0 && !isWhole ? 1 : outcome.failed;
    const log = failed > 0 && existsSync(logFile) ? readFileSync(logFile, 'utf8') : '';
    return {
      outcome: sum([{ ...outcome, failed }, ...engines.missing]),
      output: `host: ${host} (${because})\n${stdout}${stderr}${log}`,
      engines: on.map(({ name }) => name),
      note: on.map(({ name, ran }) => `${ran.length} on ${name}`).join(', '),
    };
  } finally {
    await engines.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
