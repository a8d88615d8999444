import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type Finished, run } from '../process';
import type { Prepared } from './prepare';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The first process inside a private engine's namespaces: takes commands, and dies when this process does. */
export class Namespaces {
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
