import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type Finished, run } from '../process';
import { INSIDE, INSIDE_RUNTIME } from './configuration';
import type { Prepared } from './prepare';
import { isOrdinaryUser, ROOTLESS_USER } from './rootless';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The first process inside a private engine's namespaces: takes commands, and ends when this process does. */
export class Namespaces {
  private readonly ended: Promise<unknown>;
  private readonly waiting: ((line: string) => void)[] = [];
  private serviceEnded: Promise<string> = Promise.resolve('not started');
  private outside = '';
  /** Whether it has a control group of its own, and a namespace for that. */
  private hasControlGroup = false;

  private constructor(
    private readonly child: ChildProcess,
    private readonly prepared: Prepared,
  ) {
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
    const { mode, cgroups } = prepared.recipe;
    const user = mode === 'rootless' && !isOrdinaryUser ? asRootlessUser() : [];
    const child = spawn('bash', [script, 'outer', ...user, ...service], {
      detached: true, // Ctrl-C reaches this process alone, which then stops the engine in order
      stdio: ['pipe', 'pipe', 'pipe'],
      cwd: '/',
      env: {
        ...engineEnvironment(mode),
        PG_MODE: mode,
        PG_ROOTFS: prepared.rootfs,
        PG_CGROUPS: cgroups,
        PG_HOSTNAME: hostnameOf(runFolder),
        PG_RUN: runFolder,
        PG_SOCKETS: sockets,
        PG_ENTER: isOrdinaryUser ? enterUserNamespace(sockets).join(' ') : '',
        PG_OWNER: mode === 'rootful' || isOrdinaryUser ? '' : `${ROOTLESS_USER.id}:${ROOTLESS_USER.id}`,
      },
    });
    let words = '';
    child.stderr?.on('data', (chunk: Buffer) => (words += chunk.toString()));
    const namespaces = new Namespaces(child, prepared);
    const failed = namespaces.ended.then(() => 'ended');
    const line = await Promise.race([namespaces.line(), failed]);
    const [what, outside, stage] = line.split(' ');
    if (what !== 'ready' || !outside) throw new Error(`No namespaces for the engine: ${line}\n${words}`);
    namespaces.outside = outside;
    namespaces.hasControlGroup = stage === 'delegated';
    return namespaces;
  }

  private line(): Promise<string> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Starts the service; `serviceExit` resolves when it ends. */
  serve(): void {
    this.serviceEnded = this.line();
    this.child.stdin?.write('serve\n');
  }

  get serviceExit(): Promise<string> {
    return this.serviceEnded;
  }

  /** Resolves when all of it has ended. */
  get allEnded(): Promise<unknown> {
    return this.ended;
  }

  /** SIGKILLs the service alone. */
  async killService(): Promise<void> {
    this.child.stdin?.write('kill\n');
    await this.serviceEnded;
  }

  /** Runs a program beside the engine, as the user that the engine runs as. */
  enter(command: readonly string[], input?: Uint8Array): Promise<Finished> {
    const { mode } = this.prepared.recipe;
    const user = isOrdinaryUser ? ['-U', '--preserve-credentials'] : [];
    const more = ['-u', ...(mode === 'systemd' ? ['-i'] : []), ...(this.hasControlGroup ? ['-C'] : [])];
    const rootless = mode === 'rootless' && !isOrdinaryUser;
    const env = engineEnvironment(mode);
    if (isOrdinaryUser) Object.assign(env, insideUserNamespace());
    const inside = rootless ? [...inServiceGroup(), ...asRootlessUser(), ...command] : command;
    const args = ['-t', this.outside, ...user, '-m', '-n', '-p', ...more, '--', ...inside];
    return run('nsenter', args, { env, cwd: '/', ...(input && { input }) });
  }

  async close(): Promise<void> {
    this.child.stdin?.end();
    await this.ended;
  }
}

/** The name of a private engine's host, which no other has. */
export function hostnameOf(runFolder: string): string {
  return path.basename(runFolder).replaceAll(/[^A-Za-z0-9-]/g, '-');
}

/** Joins the control group of the service, from which the user may move what it starts to others of its own. */
function inServiceGroup(): readonly string[] {
  const join = 'if [ -d /sys/fs/cgroup/service ]; then echo $$ > /sys/fs/cgroup/service/cgroup.procs; fi; exec "$@"';
  return ['/bin/sh', '-c', join, 'sh'];
}

function asRootlessUser(): readonly string[] {
  const id = String(ROOTLESS_USER.id);
  return ['setpriv', '--reuid', id, '--regid', id, '--clear-groups', '--'];
}

/** Where the pause process of the run's own user namespace keeps its files: short, for long runroots are refused. */
function enterUserNamespace(sockets: string): readonly string[] {
  const own = path.join(sockets, 'enter');
  for (const folder of ['home', 'xdg']) mkdirSync(path.join(own, folder), { recursive: true, mode: 0o700 });
  writeFileSync(path.join(own, 'containers.conf'), '[engine]\nlock_type = "file"\nevents_logger = "file"\n');
  const storage = `[storage]\ndriver = "vfs"\ngraphroot = "${own}/root"\nrunroot = "${own}/run"\n`;
  writeFileSync(path.join(own, 'storage.conf'), storage);
  const env = [
    `HOME=${own}/home`,
    `XDG_RUNTIME_DIR=${own}/xdg`,
    `CONTAINERS_CONF=${own}/containers.conf`,
    `CONTAINERS_STORAGE_CONF=${own}/storage.conf`,
  ];
  const podman = ['podman', '--root', `${own}/root`, '--runroot', `${own}/run`, '--tmpdir', `${own}/tmp`];
  return [
    'env',
    ...env,
    ...podman,
    'unshare',
    'env',
    ...Object.entries(engineEnvironment('rootless')).map(([k, v]) => `${k}=${v}`),
  ];
}

/** What Podman sets for its own processes inside a user namespace: with it, it counts as rootless there. */
function insideUserNamespace(): NodeJS.ProcessEnv {
  const { uid, gid } = os.userInfo();
  return {
    _CONTAINERS_USERNS_CONFIGURED: 'done',
    _CONTAINERS_ROOTLESS_UID: String(uid),
    _CONTAINERS_ROOTLESS_GID: String(gid),
  };
}

/** The environment of an engine and its CLI: nothing of the user's, so that no user's engine or file is ever meant. */
function engineEnvironment(mode: string): NodeJS.ProcessEnv {
  const own = mode === 'rootless' ? { XDG_RUNTIME_DIR: INSIDE_RUNTIME } : {};
  return {
    PATH,
    HOME: mode === 'rootless' ? `${INSIDE}/home` : INSIDE,
    LANG: 'C.UTF-8',
    ...(mode === 'systemd'
      ? {}
      : { CONTAINERS_CONF: `${INSIDE}/containers.conf`, CONTAINERS_STORAGE_CONF: `${INSIDE}/storage.conf` }),
    ...own,
    PODMAN_IGNORE_CGROUPSV1_WARNING: '1',
  };
}
