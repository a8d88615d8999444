// npm run test:editors [-- RELEASE…] [host] [ui]: the suites that run inside VS Code, on its oldest supported release and on
// the present one, one after another. The UI suite installs the packed extension.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { selectedHost } from './host/choice';
import { serverReleases } from './host/install';
import { projectRoot } from './lab';

const suites = ['host', 'ui'];
const asked = process.argv.slice(2);
const unknown = asked.find((one) => !suites.includes(one) && !serverReleases.includes(one));
if (unknown !== undefined) {
  console.error(`${unknown}: there are ${[...serverReleases, ...suites].join(', ')}.`);
  process.exit(1);
}
const or = (named: readonly string[], all: readonly string[]) => (named.length > 0 ? named : all);
const releases = or(
  serverReleases.filter((release) => asked.includes(release)),
  serverReleases,
);
const parts = or(
  suites.filter((suite) => asked.includes(suite)),
  suites,
);

/** Runs the suites on one release, with their output as it comes. Resolves with the exit code. */
function runOn(release: string): Promise<number> {
  const command = [path.join(projectRoot, 'scripts', 'run.mjs'), 'test', ...parts];
  const env = { ...process.env, PODGRAPH_VSCODE: release };
  const child = spawn(process.execPath, command, { cwd: projectRoot, env, stdio: 'inherit' });
  return new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
}

if (selectedHost().host === 'desktop') {
  console.error('Releases are chosen in the web host alone (PODGRAPH_HOST=web); desktop VS Code is what it is.');
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
