import { engineAvailable, type EngineVersion, engineName } from '../engines/engine';
import type { RealVersion } from '../engines/lines';
import type { TestedLines } from '../engines/defaultEngines';
import { projectRoot } from '../lab';
import { run } from '../process';
import path from 'node:path';
import { sshMissing } from '../remote/prepare';
import { tlsMissing } from '../remote/tls';
import { checkOutcome, type Outcome, skip } from './outcome';
import { runHostSuite } from './hostSuite';
import type { Preparations } from './preparations';
import { runVitest } from './vitest';

export interface PartRun {
  readonly outcome: Outcome;
  readonly output: string;
  /** Shown with the part's result: the engines of its tests. */
  readonly note?: string;
  /** Names of the engines used: `podman 5.8.6 rootless`. */
  readonly engines?: readonly string[];
}

/** A part of the tests: a row of the final table. */
export interface TestSuite {
  readonly name: string;
  /** Selects it on the command line: `npm run test:contract` runs all parts of the group `contract`. */
  readonly group: string;
  /** Downloads and builds its requirements; started for all parts at once, in the background. */
  prepare?(): Promise<unknown>;
  run(): Promise<PartRun>;
}

const TIMEOUT_MS = 20 * 60_000;

/** A part that runs a command of a package. */
function tool(name: string, file: string, args: readonly string[]): TestSuite {
  return {
    name,
    group: name,
    run: async () => {
      const command = [path.join(projectRoot, 'node_modules', ...file.split('/')), ...args];
      const { code, stdout, stderr } = await run(process.execPath, command, { cwd: projectRoot, timeout: TIMEOUT_MS });
      return { outcome: checkOutcome(code === 0), output: stdout + stderr };
    },
  };
}

const unit: TestSuite = { name: 'unit', group: 'unit', run: () => runVitest('unit') };

/** Runs suites of the project `contract` on an engine. */
async function onEngine(line: EngineVersion, env: NodeJS.ProcessEnv, files: readonly string[]): Promise<PartRun> {
  const run = await runVitest('contract', { PODGRAPH_ENGINE: line, ...env }, { files });
  return { ...run, engines: [await engineName(line)] };
}

/**
 * Engines on which `npm test` proves removals, too; the rootful Podman engines have those of the fault and host suites.
 * A line takes about three minutes; `npm run test:engines` has all.
 */
const conformanceLines: ReadonlySet<EngineVersion> = new Set(['demo', 'podman-5-rootless', 'docker']);

/** How an engine answers and, on some, removals on it. */
function contract(line: EngineVersion, preparations: Preparations): TestSuite {
  const name = `contract ${line}`;
  const prepare = () => (line === 'demo' ? preparations.built() : preparations.engine(line));
  return {
    name,
    group: 'contract',
    prepare,
    run: async () => {
      if (line === 'demo') await preparations.built();
      const availability = await engineAvailable(line);
      if (!availability.available) return { outcome: skip(name, availability.reason, line), output: '' };
      await prepare();
      return onEngine(
        line,
        {},
        conformanceLines.has(line) ? ['test/engine/', 'test/removal/conformance'] : ['test/engine/'],
      );
    },
  };
}

/** A sample of `npm run test:faults`. */
function faults(line: RealVersion, preparations: Preparations): TestSuite {
  return {
    name: 'faults',
    group: 'faults',
    prepare: () => preparations.engine(line),
    run: async () => {
      const availability = await engineAvailable(line);
      if (!availability.available) return { outcome: skip('faults', availability.reason, line), output: '' };
      await preparations.engine(line);
      return onEngine(line, {}, ['test/removal/faults']);
    },
  };
}

/** TLS and ssh tests, then the transport-dependent part of the contract over both. */
function remote(podman: RealVersion, preparations: Preparations): readonly TestSuite[] {
  const part = (
    name: string,
    line: EngineVersion,
    files: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ): TestSuite => {
    const prepare = async () => {
      await preparations.built();
      if (line !== 'demo') await preparations.engine(line);
      await preparations.remoteHosts();
    };
    return {
      name,
      group: 'remote',
      prepare,
      run: async () => {
        const reason = (await sshMissing()) ?? (await tlsMissing());
        if (reason !== undefined) return { outcome: skip(name, reason), output: '' };
        const availability = await engineAvailable(line);
        if (line !== 'demo' && !availability.available)
          return { outcome: skip(name, availability.reason, line), output: '' };
        await prepare();
        return onEngine(line, env, files);
      },
    };
  };
  const contractFiles = ['test/engine/contract.suite'];
  return [
    part('remote', podman, ['test/remote/']),
    part('remote ssh', podman, contractFiles, { PODGRAPH_TRANSPORT: 'ssh' }),
    part('remote tls', 'demo', contractFiles, { PODGRAPH_TRANSPORT: 'tls' }),
  ];
}

/** Isolated engines do not affect the user's Podman and leave nothing behind. */
function privateEngines(lines: readonly RealVersion[], preparations: Preparations): TestSuite {
  const prepare = async () => {
    for (const line of lines) if ((await engineAvailable(line)).available) await preparations.engine(line);
  };
  return {
    name: 'private engines',
    group: 'private',
    prepare,
    run: async () => {
      await prepare();
      return runVitest('contract', {}, { files: ['test/engines/'] });
    },
  };
}

/** A part that runs in VS Code with the extension and engines. */
function inEditor(
  name: string,
  lines: readonly EngineVersion[],
  preparations: Preparations,
  run: () => Promise<PartRun>,
): TestSuite {
  const prepare = async () => {
    await Promise.all([preparations.built(), preparations.host()]);
    // The suite itself skips unavailable engines.
    for (const line of lines) {
      if (line !== 'demo' && (await engineAvailable(line)).available) await preparations.engine(line);
    }
    if (name !== 'ui') return;
    if ((await sshMissing()) === undefined && (await tlsMissing()) === undefined) await preparations.remoteHosts();
  };
  return {
    name,
    group: name,
    prepare,
    run: async () => {
      await prepare();
      return run();
    },
  };
}

/** The published package: files, size, licenses. */
function packed(preparations: Preparations): TestSuite {
  const run = async () => runVitest('packed', { PODGRAPH_VSIX: await preparations.packed() });
  return { name: 'packed', group: 'packed', prepare: () => preparations.packed(), run };
}

/** All parts in start order. */
export function allSuites(preparations: Preparations, { all, podman }: TestedLines): readonly TestSuite[] {
  const real = podman ?? 'podman-4.3';
  const parts = [
    {
      name: 'build',
      group: 'build',
      run: async () => ({ outcome: checkOutcome(await preparations.built()), output: '' }),
    },
    tool('types', 'typescript/bin/tsc', ['--noEmit']),
    tool('page types', 'typescript/bin/tsc', ['--noEmit', '-p', 'src/view/graphPanel/webview']),
    tool('lint', 'eslint/bin/eslint.js', ['.', '--max-warnings', '0']),
    tool('format', 'prettier/bin/prettier.cjs', ['--check', '.', '--log-level', 'warn']),
    tool('unused', 'knip/bin/knip.js', []),
    unit,
    packed(preparations),
    ...all.map((line) => contract(line, preparations)),
    privateEngines(
      all.filter((line) => line !== 'demo'),
      preparations,
    ),
    // The longest one, so not the last.
    inEditor('ui', [real, 'docker', 'podman-5-systemd'], preparations, async () =>
      runVitest('ui', { PODGRAPH_VSIX: await preparations.packed() }),
    ),
    faults(real, preparations),
    ...remote(real, preparations),
    inEditor('host', all, preparations, () => runHostSuite(all)),
  ];
  return parts;
}
