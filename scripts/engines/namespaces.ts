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

/** The first process in an isolated engine's namespaces: executes commands, and ends with this process. */
export class Namespaces {
  private readonly ended: Promise<unknown>;
  private readonly waiting: ((line: string) => void)[] = [];
  private serviceEnded: Promise<string> = Promise.resolve('not started');
  private outside = '';
  /** Whether it has its own control group and cgroup namespace. */
  private hasControlGroup = false;

  private constructor(
    private readonly child: ChildProcess,
    private readonly prepared: Prepared,
  ) {
    this.ended = once(child, 'close');
    child.stdin?.on('error', () => undefined); // it has exited already
    if (child.stdout)
      createInterface(child.stdout).on('line', (line) => this.waiting.splice(0).forEach((resolve) => resolve(line)));
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
      detached: true, // Ctrl-C must reach only this process, which then stops the engine
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
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const namespaces = new Namespaces(child, prepared);
    const failed = namespaces.ended.then(() => 'ended');
    const line = await Promise.race([namespaces.line(), failed]);
    const [status, outside, stage] = line.split(' ');
    if (status !== 'ready' || !outside)
      throw new Error(`The engine's namespaces could not be created: ${line}\n${errors}`);
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

  /** Resolves when all processes have ended. */
  get allEnded(): Promise<unknown> {
    return this.ended;
  }

  /** SIGKILLs the service only. */
  async killService(): Promise<void> {
    this.child.stdin?.write('kill\n');
    await this.serviceEnded;
  }

  /** Runs a program in the namespaces as the engine's user. */
  enter(command: readonly string[], input?: Uint8Array): Promise<Finished> {
    const { mode } = this.prepared.recipe;
    const user = isOrdinaryUser ? ['-U', '--preserve-credentials'] : [];
    const namespaces = ['-u', ...(mode === 'systemd' ? ['-i'] : []), ...(this.hasControlGroup ? ['-C'] : [])];
    const rootless = mode === 'rootless' && !isOrdinaryUser;
    const env = engineEnvironment(mode);
    if (isOrdinaryUser) Object.assign(env, insideUserNamespace());
    const inside = rootless ? [...inServiceGroup(), ...asRootlessUser(), ...command] : command;
    const args = ['-t', this.outside, ...user, '-m', '-n', '-p', ...namespaces, '--', ...inside];
    return run('nsenter', args, { env, cwd: '/', ...(input && { input }) });
  }

  async close(): Promise<void> {
    this.child.stdin?.end();
    await this.ended;
  }
}

/** The unique host name of an isolated engine. */
export function hostnameOf(runFolder: string): string {
  return path.basename(runFolder).replaceAll(/[^A-Za-z0-9-]/g, '-');
}

/** Joins the service's control group, from which the user may move processes to its own subgroups. */
function inServiceGroup(): readonly string[] {
  const join = 'if [ -d /sys/fs/cgroup/service ]; then echo $$ > /sys/fs/cgroup/service/cgroup.procs; fi; exec "$@"';
  return ['/bin/sh', '-c', join, 'sh'];
}

function asRootlessUser(): readonly string[] {
  const id = String(ROOTLESS_USER.id);
  return ['setpriv', '--reuid', id, '--regid', id, '--clear-groups', '--'];
}

/** Creates the run's user namespace. Its pause process keeps files in a short path: Podman rejects long runroots. */
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

/** Podman sets these variables in a user namespace; with them it runs as rootless. */
function insideUserNamespace(): NodeJS.ProcessEnv {
  const { uid, gid } = os.userInfo();
  return {
    _CONTAINERS_USERNS_CONFIGURED: 'done',
    _CONTAINERS_ROOTLESS_UID: String(uid),
    _CONTAINERS_ROOTLESS_GID: String(gid),
  };
}

/** The environment of an engine and its CLI, without the user's variables, so that the user's engine is never used. */
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
