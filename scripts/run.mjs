#!/usr/bin/env node
// The way into every npm script: `node scripts/run.mjs NAME [args]` runs scripts/NAME.ts in this very process.
// Plain JavaScript without dependencies, because on a fresh clone nothing is installed yet; no shell, so that it is the
// same on Windows and macOS; no child process, so that signals and exit codes need no passing on.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const root = path.resolve(import.meta.dirname ?? '.', '..');
const [name, ...args] = process.argv.slice(2);

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19))
  fail(`Podgraph's scripts need Node 20.19 or newer; this is ${process.version}.`);

/** The packages of a lock file that must be there on every platform, as `path -> integrity`. */
function required(lockFile) {
  const { packages = {} } = JSON.parse(readFileSync(lockFile, 'utf8'));
  return Object.entries(packages).filter(([where, entry]) => where && !entry.optional && !entry.link);
}

/** True if node_modules holds exactly the versions of package-lock.json (npm keeps its own account of what it put there). */
function installed() {
  const account = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(account)) return false;
  const present = new Map(required(account));
  return required(path.join(root, 'package-lock.json')).every(([where, entry]) => {
    const there = present.get(where);
    return there?.version === entry.version && there?.integrity === entry.integrity;
  });
}

function install() {
  process.stderr.write('Installing the packages of package-lock.json (npm ci)\n');
  const npm = process.env.npm_execpath;
  const options = { cwd: root, stdio: ['ignore', 2, 2] };
  const { status, error } = npm
    ? spawnSync(process.execPath, [npm, 'ci'], options)
    : spawnSync('npm', ['ci'], { ...options, shell: process.platform === 'win32' });
  if (status !== 0) fail(`npm ci failed (${error?.message ?? `exit code ${status}`}).`);
}

const script = path.join(root, 'scripts', `${name}.ts`);
if (!name || !existsSync(script)) fail('Usage: node scripts/run.mjs NAME [arguments], where scripts/NAME.ts exists.');
if (!installed()) install();

process.chdir(root);
process.argv = [process.argv[0], script, ...args];
// The scripts are ES modules (scripts/package.json); src, which some import, counts as CommonJS like the published bundle.
(await import('tsx/cjs/api')).register();
(await import('tsx/esm/api')).register();
await import(pathToFileURL(script).href);
