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

/** How long the server may take to answer, in milliseconds. It is up in under a second on an idle machine. */
const START_DEADLINE = 60_000;

/** Settings that keep a workbench quiet: no network, no welcome pages, nothing moving. */
const QUIET = {
  'workbench.startupEditor': 'none',
  // VS Code 1.100 asks at once; without an answer a window is not trusted, as it is after a no.
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
  /** User settings on top of the quiet ones. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Settings of the machine itself: those of scope "machine" count only here, as in any remote window. */
  readonly machineSettings?: Readonly<Record<string, unknown>>;
  /** A packed extension to install. */
  readonly vsix?: string;
  /** Workspace trust as users have it; without it every folder is trusted and nobody is asked. */
  readonly trust?: boolean;
  /** A folder that holds `User/settings.json` and is the desktop's `--user-data-dir`. */
  readonly userData?: string;
}

/** A VS Code server of our own. It dies with the process that started it. */
export interface CodeServer {
  readonly release: string;
  readonly url: string;
  readonly port: number;
  /** Settings, extension storage and logs of this run; gone after `stop`. */
  readonly dataFolder: string;
  /** Resolves with the reason if the server ends by itself. */
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

/** A folder for one run; those of processes that are gone are removed. */
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

async function becomesReady(child: ChildProcess, url: string, ended: Promise<string>): Promise<void> {
  let reason: string | undefined;
  void ended.then((why) => (reason = why));
  const until = Date.now() + START_DEADLINE;
  while (Date.now() < until) {
    if (reason !== undefined) throw new Error(`VS Code's server ended: ${reason}`);
    const answer = await fetch(`${url}/version`).catch(() => undefined);
    if (answer?.ok) return;
    await pause(50);
  }
  child.kill('SIGKILL');
  throw new Error(`VS Code's server did not answer in ${START_DEADLINE / 1000} s`);
}

/** Starts a VS Code server (installed if need be) on a free port of the loopback. */
export async function startServer(options: ServerOptions = {}): Promise<CodeServer> {
  const { node, serverMain, release } = await installServer();
  const data = dataFolder();
  writeSettings(data, options);
  const extensions = path.join(data, 'extensions');
  const folders = ['--server-data-dir', data, '--extensions-dir', extensions];
  const agreed = ['--accept-server-license-terms', '--telemetry-level', 'off'];
  if (options.vsix) await runOrThrow(node, [serverMain, ...agreed, ...folders, '--install-extension', options.vsix]);

  const port = await freePort();
  const trust = options.trust ? [] : ['--disable-workspace-trust'];
  const address = ['--host', '127.0.0.1', '--port', String(port), '--without-connection-token'];
  const log = openSync(path.join(data, 'server.log'), 'a');
  // Detached, so that Ctrl-C is ours to handle; the death signal, so that it never outlives this process.
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', '--', node, serverMain, ...address, ...agreed, ...trust, ...folders],
    {
      env: { ...process.env, ...options.env },
      stdio: ['ignore', log, log],
      detached: true,
    },
  );
  closeSync(log);
  const ended = once(child, 'exit').then(([code, signal]) => `it ended with ${String(code ?? signal)}`);
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
    rmSync(data, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  try {
    await becomesReady(child, url, ended);
  } catch (error) {
    await stop();
    throw error;
  }
  return { release, url, port, dataFolder: data, ended, stop };
}
