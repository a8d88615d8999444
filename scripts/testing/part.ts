import { engineAvailable, type EngineLine } from '../engines/engine';
import { projectRoot } from '../lab';
import { run } from '../process';
import path from 'node:path';
import { sshMissing } from '../hosts/prepare';
import { tlsMissing } from '../hosts/tls';
import { check, type Outcome, skip } from './outcome';
import { runHostSuite } from './hostSuite';
import type { Preparations } from './preparations';
import { runVitest } from './vitest';

export interface PartRun {
  readonly outcome: Outcome;
  readonly output: string;
  /** What stands beside the part's name when it has ended: on what it ran. */
  readonly note?: string;
}

/** One part of the tests: a row of the table at the end. */
export interface Part {
  readonly name: string;
  /** The word by which it is asked for: `npm run test:contract` runs all parts of the group `contract`. */
  readonly group: string;
  /**
   * Whether it drives programs of others, engines and editors, in real time. Where one of these fails, it is run once more
   * when nothing else runs: what then passes is told by name, for it depends on how busy the machine is.
   */
  readonly drivesOthers?: boolean;
  /** Fetches and builds what it needs; started for all parts at once, in the background. */
  prepare?(): Promise<unknown>;
  run(): Promise<PartRun>;
}

const DEADLINE = 20 * 60_000;

/** A part that is one command of a package in node_modules. */
function tool(name: string, file: string, args: readonly string[]): Part {
  return {
    name,
    group: name,
    run: async () => {
      const command = [path.join(projectRoot, 'node_modules', ...file.split('/')), ...args];
      const { code, stdout, stderr } = await run(process.execPath, command, { cwd: projectRoot, deadline: DEADLINE });
      return { outcome: check(code === 0), output: stdout + stderr };
    },
  };
}

const unit: Part = { name: 'unit', group: 'unit', run: () => runVitest('unit') };

function contract(line: EngineLine, preparations: Preparations): Part {
  const name = `contract ${line}`;
  const prepare = () => (line === 'demo' ? preparations.built() : preparations.engine(line));
  return {
    name,
    group: 'contract',
    drivesOthers: true,
    prepare,
    run: async () => {
      if (line === 'demo') await preparations.built();
      const availability = await engineAvailable(line);
      if (!availability.available) return { outcome: skip(name, availability.reason), output: '' };
      await prepare();
      return runVitest('contract', { PODGRAPH_ENGINE: line }, { files: ['test/engine/', 'test/removal/conformance'] });
    },
  };
}

/** A sample of `npm run test:faults`. */
function faults(preparations: Preparations): Part {
  const line = 'podman-4.3';
  return {
    name: 'faults',
    group: 'faults',
    drivesOthers: true,
    prepare: () => preparations.engine(line),
    run: async () => {
      const availability = await engineAvailable(line);
      if (!availability.available) return { outcome: skip('faults', availability.reason), output: '' };
      await preparations.engine(line);
      return runVitest('contract', { PODGRAPH_ENGINE: line }, { files: ['test/removal/faults'] });
    },
  };
}

/** TLS and ssh to hosts of the tests' own; then what of the contract a way could get wrong, over both. */
function remote(preparations: Preparations): readonly Part[] {
  const part = (name: string, line: EngineLine, files: readonly string[], env: NodeJS.ProcessEnv = {}): Part => {
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
        const reasons = [await sshMissing(), await tlsMissing()];
        const availability = await engineAvailable(line);
        if (line !== 'demo' && !availability.available) reasons.push(availability.reason);
        const reason = reasons.find(Boolean);
        if (reason) return { outcome: skip(name, reason), output: '' };
        await prepare();
        return runVitest('contract', { PODGRAPH_ENGINE: line, ...env }, { files });
      },
    };
  };
  const contractFiles = ['test/engine/contract.suite'];
  return [
    part('remote', 'podman-4.3', ['test/remote/']),
    part('remote ssh', 'podman-4.3', contractFiles, { PODGRAPH_WAY: 'ssh' }),
    part('remote tls', 'demo', contractFiles, { PODGRAPH_WAY: 'tls' }),
  ];
}

/** The engines that `npm test` runs the contract and the host suite on; `npm run test:engines` adds the rest. */
const TESTED_LINES: readonly EngineLine[] = ['demo', 'podman-4.3', 'podman-5', 'docker'];

/** A part that needs an editor with the extension in it, and engines for it to show. */
function inEditor(
  name: string,
  lines: readonly EngineLine[],
  preparations: Preparations,
  run: () => Promise<PartRun>,
): Part {
  const prepare = async () => {
    await Promise.all([preparations.built(), preparations.host()]);
    // What is missing is found out, and done without, by the suite itself.
    for (const line of lines) {
      if (line !== 'demo' && (await engineAvailable(line)).available) await preparations.engine(line);
    }
    if (name !== 'ui') return;
    if ((await sshMissing()) === undefined && (await tlsMissing()) === undefined) await preparations.remoteHosts();
  };
  return {
    name,
    group: name,
    drivesOthers: true,
    prepare,
    run: async () => {
      await prepare();
      return run();
    },
  };
}

/** What is published: its files, its size, its licences. */
function packed(preparations: Preparations): Part {
  const run = async () => runVitest('packed', { PODGRAPH_VSIX: await preparations.packed() });
  return { name: 'packed', group: 'packed', prepare: () => preparations.packed(), run };
}

/** All parts, in the order in which they start. */
export function allParts(preparations: Preparations): readonly Part[] {
  return [
    { name: 'build', group: 'build', run: async () => ({ outcome: check(await preparations.built()), output: '' }) },
    tool('types', 'typescript/bin/tsc', ['--noEmit']),
    tool('page types', 'typescript/bin/tsc', ['--noEmit', '-p', 'src/view/graphPanel/page']),
    tool('lint', 'eslint/bin/eslint.js', ['.', '--max-warnings', '0']),
    tool('format', 'prettier/bin/prettier.cjs', ['--check', '.', '--log-level', 'warn']),
    tool('unused', 'knip/bin/knip.js', []),
    unit,
    packed(preparations),
    ...TESTED_LINES.map((line) => contract(line, preparations)),
    faults(preparations),
    ...remote(preparations),
    inEditor('host', TESTED_LINES, preparations, () => runHostSuite(TESTED_LINES)),
    inEditor('ui', ['podman-4.3', 'docker'], preparations, async () =>
      runVitest('ui', { PODGRAPH_VSIX: await preparations.packed() }),
    ),
  ];
}
