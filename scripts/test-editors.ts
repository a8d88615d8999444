// npm run test:editors [-- RELEASE…] [host] [ui]: runs the host and UI suites on the oldest supported and the newest VS Code,
// in sequence. The UI suite installs the packed extension.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { selectedHost } from './host/choice';
import { serverReleases } from './host/install';
import { projectRoot } from './lab';

const suites = ['host', 'ui'];
const args = process.argv.slice(2);
const unknown = args.find((one) => !suites.includes(one) && !serverReleases.includes(one));
if (unknown !== undefined) {
  console.error(`Unknown argument ${unknown}. Available: ${[...serverReleases, ...suites].join(', ')}.`);
  process.exit(1);
}
const orAll = (selected: readonly string[], all: readonly string[]) => (selected.length > 0 ? selected : all);
const releases = orAll(
  serverReleases.filter((release) => args.includes(release)),
  serverReleases,
);
const parts = orAll(
  suites.filter((suite) => args.includes(suite)),
  suites,
);

/** Runs the suites on one release. Resolves with the exit code. */
function runOn(release: string): Promise<number> {
  const command = [path.join(projectRoot, 'scripts', 'run.mjs'), 'test', ...parts];
  const env = { ...process.env, PODGRAPH_VSCODE: release };
  const child = spawn(process.execPath, command, { cwd: projectRoot, env, stdio: 'inherit' });
  return new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
}

if (selectedHost().host === 'desktop') {
  console.error('Releases can be selected in the web host only (PODGRAPH_HOST=web).');
  process.exit(1);
}
const codes = new Map<string, number>();
for (const release of releases) {
  console.log(`\n═══ VS Code ${release}: ${parts.join(', ')}`);
  codes.set(release, await runOn(release));
}
console.log('');
for (const [release, code] of codes) console.log(`VS Code ${release.padEnd(8)}${code === 0 ? 'passed' : 'FAILED'}`);
process.exit([...codes.values()].some((code) => code !== 0) ? 1 : 0);
