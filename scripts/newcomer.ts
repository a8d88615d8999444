// npm run newcomer [-- --engine LINE]: the path of somebody who has only just heard of Podgraph, on a clean machine: clone, npm
// start, the graph on screen, all of it removed. A clone of what is committed, with nothing installed in it; says how many
// seconds each step took, and deletes the clone.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from './lab';
import { must } from './process';

/** What a step ends with: a line that the unattended `npm start` prints. */
const steps: readonly (readonly [name: string, line: RegExp])[] = [
  ['packages are installed, an engine with a fleet serves', /^.+ with \d+ pods and \d+ containers serves on /],
  ['the extension is packed and installed, the graph is on screen', /^The tree, \d+ rows:/],
  ['the question is on screen', /^Asked: /],
  ['all is removed', /^Told: /],
];

const folder = mkdtempSync(path.join(os.tmpdir(), 'podgraph-newcomer-'));
const clone = path.join(folder, 'podgraph');
const began = Date.now();
let last = began;
const rows: [string, number][] = [];
const reached = (name: string) => {
  rows.push([name, (Date.now() - last) / 1000]);
  last = Date.now();
};

async function start(): Promise<number> {
  const args = ['start', '--', '--check', ...process.argv.slice(2)];
  const child = spawn('npm', args, {
    cwd: clone,
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

try {
  await must('git', ['clone', '--quiet', '--no-hardlinks', projectRoot, clone]);
  reached('cloned');
  process.exitCode = await start();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`\n| step | seconds |\n|---|---|`);
for (const [name, seconds] of rows) console.log(`| ${name} | ${seconds.toFixed(1)} |`);
console.log(`| **all** | **${((last - began) / 1000).toFixed(1)}** |`);
if (rows.length <= steps.length) console.log('It was not walked to its end.');
