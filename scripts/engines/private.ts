import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { isAlive, cacheDir } from '../lab';
import { type Finished, isOnPath } from '../process';
import { commandLines, containersConf, storageConf, type EngineConfiguration } from './configuration';
import type { EngineOptions, RunningEngine } from './engine';
import { responds } from './http';
import type { RealVersion, RootfsRecipe } from './lines';
import { Namespaces } from './namespaces';
import { imageTar, nameOf, prepareEngine } from './prepare';
import { isOrdinaryUser, noNetworking, userFiles } from './rootless';
import { bootSystemd, systemdFiles } from './systemd';

/**
 * Milliseconds within which an engine must respond. Usually a second, but a machine that prepares three others is slow.
 */
const START_DEADLINE = 60_000;

/** Removes run folders whose process ended without cleanup, for example by a reboot. */
function removeStaleRuns(runs: string): void {
  if (!existsSync(runs)) return;
  for (const name of readdirSync(runs)) {
    const owner = Number(/-(\d+)-\w+$/.exec(name)?.[1]);
    if (owner && !isAlive(owner)) rmSync(path.join(runs, name), { recursive: true, force: true });
  }
}

async function importImage(
  flavour: 'podman' | 'docker',
  cli: (args: string[], input?: Uint8Array) => Promise<Finished>,
): Promise<void> {
  const names = flavour === 'podman' ? ['localhost/bb:1'] : ['bb:1', 'localhost/bb:1'];
  const [first = '', second] = names;
  const done = await cli(['import', '--change', 'CMD ["/busybox","sh"]', '-', first], await imageTar());
  if (done.code !== 0) throw new Error(`The image could not be imported: ${done.stderr}`);
  if (second) await cli(['tag', first, second]);
}

/** Writes a run's configuration and the account files of the rootless user. */
function writeFiles(runFolder: string, configuration: EngineConfiguration): void {
  for (const folder of ['storage', 'networks', 'etc']) mkdirSync(path.join(runFolder, folder));
  const write = (name: string, text: string) => writeFileSync(path.join(runFolder, name), text);
  write('containers.conf', containersConf(configuration));
  write('storage.conf', storageConf(configuration));
  for (const [name, lines] of Object.entries(userFiles())) write(`etc/${name}`, lines);
  if (configuration.mode === 'systemd') systemdFiles(runFolder, configuration);
}

async function detectConfiguration({
  mode,
}: RootfsRecipe): Promise<EngineConfiguration & { readonly noNetworking?: string }> {
  const reason = mode === 'rootless' && isOrdinaryUser ? await noNetworking() : undefined;
  const runtime = !isOrdinaryUser || (await isOnPath('crun')) ? 'crun' : 'runc';
  return { mode, runtime, networking: reason === undefined, ...(reason !== undefined && { noNetworking: reason }) };
}

/** Starts an isolated real engine: own storage, namespaces and socket, with the image `localhost/bb:1`. */
export async function startIsolatedEngine(line: RealVersion, { events }: EngineOptions = {}): Promise<RunningEngine> {
  const prepared = await prepareEngine(line);
  const { flavour, mode } = prepared.recipe;
  const runs = path.join(cacheDir, 'runs');
  removeStaleRuns(runs);
  mkdirSync(runs, { recursive: true });
  const runFolder = mkdtempSync(path.join(runs, `${line}-${process.pid}-`));
  // Not in the project: a socket's path must be shorter than 108 bytes.
  const sockets = mkdtempSync('/tmp/podgraph-');
  chmodSync(sockets, 0o700);
  const socketName = `${flavour}.sock`;
  const socket = path.join(sockets, socketName);
  const configuration = { ...(await detectConfiguration(prepared.recipe)), events };
  writeFiles(runFolder, configuration);

  const lines = commandLines(prepared.recipe, configuration, socketName);
  const namespaces = await Namespaces.open(prepared, runFolder, sockets, lines.service);
  const cli = (args: string[], input?: Uint8Array) => namespaces.enter([...lines.cli, ...args], input);
  const systemd = mode === 'systemd' ? bootSystemd(namespaces, sockets) : undefined;

  const serve = async () => {
    rmSync(socket, { force: true });
    let exit = namespaces.allEnded.then(() => 'it exited');
    if (systemd) await systemd.serve();
    else {
      namespaces.serve();
      exit = namespaces.serviceExit;
    }
    const failure = await responds(
      socket,
      START_DEADLINE,
      exit.then((reason) => `${reason}\n${logTail(runFolder)}`),
    );
    if (failure) throw new Error(`${line} does not respond: ${failure}`);
  };
  try {
    if (systemd) await systemd.booted;
    if (flavour === 'podman') await importImage(flavour, cli);
    await serve();
    if (flavour === 'docker') await importImage(flavour, cli);
  } catch (error) {
    await namespaces.close();
    throw error;
  }

  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= namespaces.close());
  return {
    line,
    flavour,
    version: prepared.version,
    name: nameOf(prepared),
    socket,
    ...(configuration.noNetworking !== undefined && { noNetworking: configuration.noNetworking }),
    ...(systemd && { systemd }),
    cli: (args) => cli(args),
    remoteCli: (args) => namespaces.enter([...lines.remote, ...args]),
    kill: () => (systemd ? systemd.kill() : namespaces.killService()),
    restart: serve,
    stop,
  };
}

function logTail(runFolder: string): string {
  const log = path.join(runFolder, 'service.log');
  return existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(-15).join('\n') : '';
}
