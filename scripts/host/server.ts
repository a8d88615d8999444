import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isAlive, cacheDir } from '../lab';
import { runOrThrow } from '../process';
import { installServer } from './install';

/** Milliseconds within which the server must respond; under a second on an idle machine. */
const START_DEADLINE = 60_000;

/** Settings without network access, welcome pages or animations. */
const QUIET = {
  'workbench.startupEditor': 'none',
  // VS Code 1.100 prompts at startup; without an answer the window is untrusted.
  'security.workspace.trust.startupPrompt': 'never',
  'workbench.enableExperiments': false,
  'workbench.reduceMotion': 'on',
  'window.commandCenter': false,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'chat.disableAIFeatures': true,
  'git.enabled': false,
};

export interface ServerOptions {
  /** Added to the environment of the server and so of the extension host. */
  readonly env?: NodeJS.ProcessEnv;
  /** User settings that override the defaults. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Machine settings: in a remote window those of scope "machine" apply only here. */
  readonly machineSettings?: Readonly<Record<string, unknown>>;
  /** A packed extension to install. */
  readonly vsix?: string;
  /** Enables workspace trust; without it every folder is trusted. */
  readonly trust?: boolean;
  /** A folder with `User/settings.json`, like desktop VS Code's `--user-data-dir`. */
  readonly userData?: string;
}

/** A VS Code server. It ends with the process that started it. */
export interface CodeServer {
  readonly release: string;
  readonly url: string;
  readonly port: number;
  /** Settings, extension storage and logs of this run; deleted by `stop`. */
  readonly dataFolder: string;
  /** Resolves with the reason if the server exits. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Creates a folder for this run, and removes those of ended processes. */
function dataFolder(): string {
  const hosts = path.join(cacheDir, 'hosts');
  mkdirSync(hosts, { recursive: true });
  for (const name of readdirSync(hosts)) {
    const owner = Number(name.split('-')[0]);
    if (owner && !isAlive(owner)) rmSync(path.join(hosts, name), { recursive: true, force: true });
  }
  return mkdtempSync(path.join(hosts, `${process.pid}-`));
}

function writeSettings(data: string, { settings, machineSettings, trust, userData }: ServerOptions): void {
  const user = path.join(data, 'data', 'User');
  mkdirSync(user, { recursive: true });
  if (userData && existsSync(path.join(userData, 'User')))
    cpSync(path.join(userData, 'User'), user, { recursive: true });
  const file = path.join(user, 'settings.json');
  const given = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as object) : {};
  const all = { ...QUIET, 'security.workspace.trust.enabled': trust === true, ...given, ...settings };
  writeFileSync(file, JSON.stringify(all, null, 2));
  const machine = path.join(data, 'data', 'Machine');
  mkdirSync(machine, { recursive: true });
  writeFileSync(path.join(machine, 'settings.json'), JSON.stringify({ ...given, ...machineSettings }, null, 2));
}

async function waitUntilReady(child: ChildProcess, url: string, ended: Promise<string>): Promise<void> {
  let reason: string | undefined;
  void ended.then((cause) => (reason = cause));
  const until = Date.now() + START_DEADLINE;
  while (Date.now() < until) {
    if (reason !== undefined) throw new Error(`VS Code's server ended: ${reason}`);
    const answer = await fetch(`${url}/version`).catch(() => undefined);
    if (answer?.ok) return;
    await pause(50);
  }
  child.kill('SIGKILL');
  throw new Error(`VS Code's server did not respond within ${START_DEADLINE / 1000} s`);
}

/** Installs a VS Code server if needed and starts it on a free loopback port. */
export async function startServer(options: ServerOptions = {}): Promise<CodeServer> {
  const { node, serverMain, release } = await installServer();
  const data = dataFolder();
  writeSettings(data, options);
  const extensions = path.join(data, 'extensions');
  const folders = ['--server-data-dir', data, '--extensions-dir', extensions];
  const consent = ['--accept-server-license-terms', '--telemetry-level', 'off'];
  if (options.vsix) await runOrThrow(node, [serverMain, ...consent, ...folders, '--install-extension', options.vsix]);

  const port = await freePort();
  const trust = options.trust ? [] : ['--disable-workspace-trust'];
  const address = ['--host', '127.0.0.1', '--port', String(port), '--without-connection-token'];
  const log = openSync(path.join(data, 'server.log'), 'a');
  // Detached, so that Ctrl-C does not reach it; the death signal ends it with this process.
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', '--', node, serverMain, ...address, ...consent, ...trust, ...folders],
    {
      env: { ...process.env, ...options.env },
      stdio: ['ignore', log, log],
      detached: true,
    },
  );
  closeSync(log);
  const ended = once(child, 'exit').then(([code, signal]) => `it exited with ${String(code ?? signal)}`);
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
    rmSync(data, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  try {
    await waitUntilReady(child, url, ended);
  } catch (error) {
    await stop();
    throw error;
  }
  return { release, url, port, dataFolder: data, ended, stop };
}
