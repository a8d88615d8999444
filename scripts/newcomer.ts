// npm run newcomer [-- --new-account] [--engine LINE]: a newcomer's first steps: clone, npm start, show the graph, remove all.
// Uses a clone of the committed files without installed packages, prints the seconds of each step, and deletes the clone.
// With --new-account (as root on Debian) a new ordinary user performs them, whose Podman must work before and after.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { asAccount, deleteAccount, newAccount, ownAccount, podman } from './engines/account';
import { RECIPES } from './engines/lines';
import { usesHostEngine } from './engines/prepare';
import { installBrowser } from './host/install';
import { installDebian } from './debian';
import { projectRoot } from './lab';
import { runOrThrow } from './process';

/** The line of `npm start -- --check` that ends each step. */
const steps: readonly (readonly [name: string, line: RegExp])[] = [
  ['packages installed, engine with sample containers ready', /^.+ with \d+ pods and \d+ containers listens on /],
  ['extension packed and installed, graph shown', /^Tree, \d+ rows:/],
  ['confirmation shown', /^Confirmation: /],
  ['all removed', /^Result: /],
];

const args = process.argv.slice(2).filter((arg) => arg !== '--new-account');
const userName = args.length < process.argv.slice(2).length ? `podgraph-newcomer-${process.pid}` : undefined;
if (userName !== undefined) {
  const line = (await usesHostEngine('podman-4.3-rootless')) ? 'podman-4.3-rootless' : 'podman-5-rootless';
  await installDebian(RECIPES[line].packages);
  await installBrowser();
}
const account = userName === undefined ? ownAccount() : await newAccount(userName);
const folder = userName === undefined ? mkdtempSync(path.join(os.tmpdir(), 'podgraph-newcomer-')) : account.home;
const clone = path.join(folder, 'podgraph');
const began = Date.now();
let last = began;
const rows: [string, number][] = [];
const finishStep = (name: string) => {
  rows.push([name, (Date.now() - last) / 1000]);
  last = Date.now();
};

async function start(): Promise<number> {
  const [program = '', ...programArgs] = asAccount(account, ['npm', 'start', '--', '--check', ...args]);
  const child = spawn(program, programArgs, {
    cwd: clone,
    env: account.env,
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
  });
  const pending = [...steps];
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(`  ${line}`);
    const [next] = pending;
    if (!next?.[1].test(line)) continue;
    finishStep(next[0]);
    pending.shift();
  }
  const code = child.exitCode ?? (await new Promise<number | null>((resolve) => child.once('close', resolve)));
  return code ?? 1;
}

/** Container ids of the account's Podman. */
async function ownContainers(): Promise<string> {
  const { code, stdout, stderr } = await podman(account, ['ps', '--all', '--quiet']);
  if (code !== 0) throw new Error(`podman ps of ${userName}: ${stderr}`);
  return stdout;
}

try {
  const before = userName === undefined ? '' : await ownContainers();
  await runOrThrow('git', ['clone', '--quiet', '--no-hardlinks', projectRoot, clone]);
  if (userName !== undefined) await runOrThrow('chown', ['-R', `${account.uid}:${account.gid}`, clone]);
  finishStep('cloned');
  process.exitCode = await start();
  if (userName !== undefined && (await ownContainers()) !== before)
    throw new Error(`The containers of ${userName} have changed.`);
} finally {
  if (userName === undefined) rmSync(folder, { recursive: true, force: true });
  else await deleteAccount(userName, account);
}
console.log(`\n| step | seconds |\n|---|---|`);
for (const [name, seconds] of rows) console.log(`| ${name} | ${seconds.toFixed(1)} |`);
console.log(`| **total** | **${((last - began) / 1000).toFixed(1)}** |`);
if (rows.length <= steps.length) console.log('Not all steps were completed.');
