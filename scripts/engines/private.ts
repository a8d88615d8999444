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
import { isAlive, lab } from '../lab';
import type { Finished } from '../process';
import { answers } from './http';
import { Namespaces } from './namespaces';
import { imageTar, prepareEngine } from './prepare';
import type { RealLine } from './lines';
import type { RunningEngine } from './engine';

/**
 * How long an engine may take to serve, and its namespaces to come down, in milliseconds. Bounds, not expectations: an engine
 * is up in a second, but a machine that prepares three others at once is slow.
 */
const START_DEADLINE = 60_000;

function containersConf(runFolder: string): string {
  // No CAP_SYS_RESOURCE in many sandboxes: limits must not rise, so soft = hard and no limit of processes.
  return `[containers]
pids_limit = 0
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[network]
network_backend = "netavark"
network_config_dir = "${runFolder}/networks"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "crun"
num_locks = 16384
`;
}

/** The command lines of an engine whose folders are all its own; run-time files live in the namespace's own /run. */
function commandLines(flavour: 'podman' | 'docker', runFolder: string, socket: string) {
  const storage = path.join(runFolder, 'storage');
  if (flavour === 'docker')
    return {
      cli: ['docker', '-H', `unix://${socket}`],
      remote: ['docker', '-H', `unix://${socket}`],
      service: [
        ...[
          'dockerd',
          '-H',
          `unix://${socket}`,
          '--data-root',
          storage,
          '--exec-root',
          '/run/podgraph',
          '--pidfile',
          '/run/podgraph.pid',
        ],
        ...['--exec-opt', 'native.cgroupdriver=cgroupfs', '--default-ulimit', 'nofile=4096:4096'],
        ...['--iptables=false', '--ip6tables=false', '--bridge=none'],
      ],
    };
  const podman = [
    ...['podman', '--root', storage, '--runroot', '/run/podgraph/run', '--tmpdir', '/run/podgraph/tmp'],
    ...['--storage-driver', 'overlay', '--cgroup-manager', 'cgroupfs', '--events-backend', 'file', '--runtime', 'crun'],
  ];
  return {
    cli: podman,
    remote: ['podman', '--remote', '--url', `unix://${socket}`],
    service: [...podman, '--log-level', 'warn', 'system', 'service', '--time=0', `unix://${socket}`],
  };
}

/** Removes what runs left whose process could not (the machine went down, say). */
function sweep(runs: string): void {
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

/** Starts a private real engine: own storage, own namespaces, own socket, the image `localhost/bb:1` in it. */
export async function startPrivateEngine(line: RealLine): Promise<RunningEngine> {
  const prepared = await prepareEngine(line);
  const { flavour } = prepared.recipe;
  const runs = path.join(lab, 'runs');
  sweep(runs);
  mkdirSync(runs, { recursive: true });
  const runFolder = mkdtempSync(path.join(runs, `${line}-${process.pid}-`));
  // Not in the project: a socket's whole path must stay under 108 bytes.
  const sockets = mkdtempSync('/tmp/podgraph-');
  chmodSync(sockets, 0o700);
  const socket = path.join(sockets, `${flavour}.sock`);
  mkdirSync(path.join(runFolder, 'storage'));
  mkdirSync(path.join(runFolder, 'networks'));
  writeFileSync(path.join(runFolder, 'containers.conf'), containersConf(runFolder));
  const storageConf = [
    '[storage]',
    'driver = "overlay"',
    `graphroot = "${runFolder}/storage"`,
    'runroot = "/run/podgraph/run"',
    '',
  ];
  writeFileSync(path.join(runFolder, 'storage.conf'), storageConf.join('\n'));

  const lines = commandLines(flavour, runFolder, socket);
  const namespaces = await Namespaces.open(prepared, runFolder, sockets, lines.service);
  const cli = (args: string[], input?: Uint8Array) => namespaces.enter([...lines.cli, ...args], runFolder, input);

  const serve = async () => {
    rmSync(socket, { force: true });
    namespaces.serve();
    const exit = namespaces.serviceExit.then((how) => `${how}\n${logTail(runFolder)}`);
    const failure = await answers(socket, START_DEADLINE, exit);
    if (failure) throw new Error(`${line} does not serve: ${failure}`);
  };
  try {
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
    name: `${flavour} ${prepared.version}`,
    socket,
    cli: (args) => cli(args),
    remoteCli: (args) => namespaces.enter([...lines.remote, ...args], runFolder),
    kill: () => namespaces.killService(),
    restart: serve,
    stop,
  };
}

function logTail(runFolder: string): string {
  const log = path.join(runFolder, 'service.log');
  return existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(-15).join('\n') : '';
}
