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

/** Written by the host suite at its end. */
export interface HostOutcome extends Outcome {
  /** Full titles of passed tests. */
  readonly titles: readonly string[];
}

/**
 * Runs the host suite in a real VS Code through @vscode/test-electron, in a separate process, on these engines if available.
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
      env: { ...process.env, PODGRAPH_HOST: host, [HOST_ENGINES]: engines.environmentValue, ...files },
    });
    const written = existsSync(outcomeFile)
      ? (JSON.parse(readFileSync(outcomeFile, 'utf8')) as HostOutcome)
      : undefined;
    const { titles, ...outcome } = written ?? { ...NOTHING, titles: [], failed: 1 };
    const names = engines.running.map(({ name }) => name);
    // `podman 5.8.6` is also a prefix of the rootless name.
    const engineOf = (title: string) =>
      names.filter((name) => title.includes(` on ${name} `)).sort((a, b) => b.length - a.length)[0];
    const ranOn = names.map((name) => ({ name, ran: titles.filter((one) => engineOf(one) === name) }));
    // A suite without any test on one of its engines fails.
    const isComplete = code === 0 && ranOn.every(({ ran }) => ran.length > 0);
    const failed = outcome.failed === 0 && !isComplete ? 1 : outcome.failed;
    const log = failed > 0 && existsSync(logFile) ? readFileSync(logFile, 'utf8') : '';
    return {
      outcome: sum([{ ...outcome, failed }, ...engines.missing]),
      output: `host: ${host} (${because})\n${stdout}${stderr}${log}`,
      engines: ranOn.map(({ name }) => name),
      note: ranOn.map(({ name, ran }) => `${ran.length} on ${name}`).join(', '),
    };
  } finally {
    await engines.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
