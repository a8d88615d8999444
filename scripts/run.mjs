#!/usr/bin/env node
// Entry point of every npm script: `node scripts/run.mjs NAME [args]` runs scripts/NAME.ts in this process.
// Plain JavaScript without dependencies, because in a new clone nothing is installed yet; no shell, for Windows; no child
// process, so signals and exit codes need no forwarding.
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

/** Entries of a lock file that are required on every platform. */
function required(lockFile) {
  const { packages = {} } = JSON.parse(readFileSync(lockFile, 'utf8'));
  return Object.entries(packages).filter(([location, entry]) => location && !entry.optional && !entry.link);
}

/** Whether node_modules matches package-lock.json, by the lock file that npm writes into node_modules. */
function installed() {
  const hiddenLock = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hiddenLock)) return false;
  const present = new Map(required(hiddenLock));
  return required(path.join(root, 'package-lock.json')).every(([location, entry]) => {
    const found = present.get(location);
    return found?.version === entry.version && found?.integrity === entry.integrity;
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
if (!name || !existsSync(script)) fail('Usage: node scripts/run.mjs NAME [arguments]; scripts/NAME.ts must exist.');
if (!installed()) install();

process.chdir(root);
process.argv = [process.argv[0], script, ...args];
// Scripts are ES modules (scripts/package.json); src, which some import, is CommonJS like the published bundle.
(await import('tsx/cjs/api')).register();
(await import('tsx/esm/api')).register();
await import(pathToFileURL(script).href);
