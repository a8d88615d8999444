// npm run newcomer [-- --new-account] [--engine LINE]: a newcomer's path: clone, npm start, the graph on screen, all of it removed.
// A clone of what is committed, with nothing installed in it; prints how many seconds each step took, and deletes the clone.
// With --new-account (as root on Debian) a new ordinary user does it, whose own Podman must work before and after.
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

/** What a step ends with: a line that the unattended `npm start` prints. */
const steps: readonly (readonly [name: string, line: RegExp])[] = [
  ['packages are installed, an engine with a fleet serves', /^.+ with \d+ pods and \d+ containers serves on /],
  ['the extension is packed and installed, the graph is on screen', /^The tree, \d+ rows:/],
  ['the question is on screen', /^Asked: /],
  ['all is removed', /^Told: /],
];

const rest = process.argv.slice(2).filter((word) => word !== '--new-account');
const userName = rest.length < process.argv.slice(2).length ? `podgraph-newcomer-${process.pid}` : undefined;
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
const reached = (name: string) => {
  rows.push([name, (Date.now() - last) / 1000]);
  last = Date.now();
};

async function start(): Promise<number> {
  const [program = '', ...args] = asAccount(account, ['npm', 'start', '--', '--check', ...rest]);
  const child = spawn(program, args, {
    cwd: clone,
    env: account.env,
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
  });
  const waiting = [...steps];
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(`  ${line}`);
    const [next] = waiting;
    if (!next?.[1].test(line)) continue;
    reached(next[0]);
    waiting.shift();
  }
  const code = child.exitCode ?? (await new Promise<number | null>((resolve) => child.once('close', resolve)));
  return code ?? 1;
}

/** The containers of the account's own Podman; throws where that does not work. */
async function ownContainers(): Promise<string> {
  const { code, stdout, stderr } = await podman(account, ['ps', '--all', '--quiet']);
  if (code !== 0) throw new Error(`podman ps of ${userName}: ${stderr}`);
  return stdout;
}

try {
  const before = userName === undefined ? '' : await ownContainers();
  await runOrThrow('git', ['clone', '--quiet', '--no-hardlinks', projectRoot, clone]);
  if (userName !== undefined) await runOrThrow('chown', ['-R', `${account.uid}:${account.gid}`, clone]);
  reached('cloned');
  process.exitCode = await start();
  if (userName !== undefined && (await ownContainers()) !== before)
    throw new Error(`The containers of ${userName} are not what they were.`);
} finally {
  if (userName === undefined) rmSync(folder, { recursive: true, force: true });
  else await deleteAccount(userName, account);
}
console.log(`\n| step | seconds |\n|---|---|`);
for (const [name, seconds] of rows) console.log(`| ${name} | ${seconds.toFixed(1)} |`);
console.log(`| **all** | **${((last - began) / 1000).toFixed(1)}** |`);
if (rows.length <= steps.length) console.log('It was not walked to its end.');
