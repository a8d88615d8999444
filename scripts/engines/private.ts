import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
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
import { createInterface } from 'node:readline';
import { isAlive, lab } from '../lab';
import { type Finished, run } from '../process';
import { answers } from './http';
import { imageTar, type Prepared, prepareEngine } from './prepare';
import type { RealLine } from './lines';
import type { RunningEngine } from './engine';

/**
 * How long an engine may take to serve, and its namespaces to come down, in milliseconds. Bounds, not expectations: an engine
 * is up in a second, but a machine that prepares three others at once is slow.
 */
const START_DEADLINE = 60_000;

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

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

/** The first process inside a private engine's namespaces: takes commands, and dies when this process does. */
class Namespaces {
  private readonly ended: Promise<unknown>;
  private readonly waiting: ((line: string) => void)[] = [];
  private serviceEnded: Promise<string> = Promise.resolve('not started');
  private outside = '';

  private constructor(private readonly child: ChildProcess) {
    this.ended = once(child, 'close');
    child.stdin?.on('error', () => undefined); // it is gone already
    if (child.stdout)
      createInterface(child.stdout).on('line', (line) => this.waiting.splice(0).forEach((take) => take(line)));
  }

  static async open(
    prepared: Prepared,
    runFolder: string,
    sockets: string,
    service: readonly string[],
  ): Promise<Namespaces> {
    const script = path.join(import.meta.dirname, 'namespace.sh');
    const child = spawn('bash', [script, 'outer', ...service], {
      detached: true, // Ctrl-C reaches this process alone, which then stops the engine in order
      stdio: ['pipe', 'pipe', 'pipe'],
      cwd: '/',
      env: {
        ...engineEnvironment(runFolder),
        PG_ROOTFS: prepared.rootfs,
        PG_CGROUPS: process.getuid?.() === 0 ? prepared.recipe.cgroups : 'own',
        PG_RUN: runFolder,
        PG_SOCKETS: sockets,
        PG_ENTER: enterUserNamespace(sockets).join(' '),
      },
    });
    let words = '';
    child.stderr?.on('data', (chunk: Buffer) => (words += chunk.toString()));
    const namespaces = new Namespaces(child);
    const failed = namespaces.ended.then(() => 'ended');
    const line = await Promise.race([namespaces.line(), failed]);
    const [what, outside] = line.split(' ');
    if (what !== 'ready' || !outside) throw new Error(`No namespaces for the engine: ${line}\n${words}`);
    namespaces.outside = outside;
    return namespaces;
  }

  private line(): Promise<string> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Starts the service; `serviceExit` tells when it ends. */
  serve(): void {
    this.serviceEnded = this.line();
    this.child.stdin?.write('serve\n');
  }

  get serviceExit(): Promise<string> {
    return this.serviceEnded;
  }

  /** SIGKILLs the service alone. */
  async killService(): Promise<void> {
    this.child.stdin?.write('kill\n');
    await this.serviceEnded;
  }

  /** Runs a program beside the engine. */
  enter(command: readonly string[], runFolder: string, input?: Uint8Array): Promise<Finished> {
    const user = process.getuid?.() === 0 ? [] : ['-U', '--preserve-credentials'];
    const args = ['-t', this.outside, ...user, '-m', '-n', '-p', '--', ...command];
    return run('nsenter', args, { env: engineEnvironment(runFolder), cwd: '/', ...(input && { input }) });
  }

  async close(): Promise<void> {
    this.child.stdin?.end();
    await this.ended;
  }
}

/** For an ordinary user: the command that makes the user namespace, with a pause process of the run's own. */
function enterUserNamespace(shortFolder: string): readonly string[] {
  if (process.getuid?.() === 0) return [];
  const own = path.join(shortFolder, 'enter'); // a runroot of over 50 characters is refused
  return ['podman', '--root', `${own}/root`, '--runroot', `${own}/run`, '--tmpdir', `${own}/tmp`, 'unshare'];
}

/** The environment of an engine and its CLI: nothing of the user's, so that no user's engine is ever meant. */
function engineEnvironment(runFolder: string): NodeJS.ProcessEnv {
  return {
    PATH,
    HOME: process.getuid?.() === 0 ? runFolder : process.env['HOME'],
    LANG: 'C.UTF-8',
    CONTAINERS_CONF: path.join(runFolder, 'containers.conf'),
    CONTAINERS_STORAGE_CONF: path.join(runFolder, 'storage.conf'),
    PODMAN_IGNORE_CGROUPSV1_WARNING: '1',
  };
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
