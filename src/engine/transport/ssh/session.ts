import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SshAddress } from '../../address';
import { EngineError } from '../../error';
import { parseForwardError, sshArguments, SshProcess } from './process';

/** Gives back what it is sent, and ends with its input: so we know when the way stands, and ssh when we are gone. */
const ECHO = 'cat';
const HELLO = 'podgraph';

/**
 * Tells the sockets of engines that its user may use, where the address names none: Docker's first, because only its
 * addresses come without a path. In single quotes it means the same to every login shell.
 */
const WHICH = [
  `sh -c 'for s in /var/run/docker.sock "/run/user/$(id -u)/docker.sock"`,
  `"/run/user/$(id -u)/podman/podman.sock" /run/podman/podman.sock;`,
  `do if [ -S "$s" ] && [ -w "$s" ]; then echo "$s"; fi; done'`,
].join(' ');

/** One ssh process that carries the engine's socket here: the local end lies in a folder that is ours alone and goes with it. */
export class SshSession {
  /** Resolves with the path of the local socket. */
  readonly ready: Promise<string>;
  /** Resolves with the reason as soon as there is no way any more. Never rejects. */
  readonly ended: Promise<EngineError>;
  private readonly dir = mkdtempSync(path.join(tmpdir(), `podgraph-ssh-${process.pid}-`));
  private readonly listeners = new Set<(refusal: EngineError) => void>();
  private started: SshProcess | undefined;
  private exited: EngineError | undefined;
  private end: (why: EngineError) => void = () => undefined;

  constructor(private readonly address: SshAddress) {
    this.ended = new Promise((resolve) => (this.end = resolve));
    this.ready = this.begin().catch((thrown: unknown) => {
      this.finish(EngineError.from(thrown));
      throw thrown;
    });
    this.ready.catch(() => undefined); // whoever waits is told
  }

  /** Why there is no way any more, undefined while there is. */
  get why(): EngineError | undefined {
    return this.exited;
  }

  get pid(): number | undefined {
    return this.started?.pid;
  }

  /** Hears of each connection that the host does not forward. */
  onForwardError(listener: (refusal: EngineError) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close(): void {
    this.finish(new EngineError('aborted', 'ssh was closed', { host: this.address.host }));
  }

  private async begin(): Promise<string> {
    const to = this.address.path ?? (await this.findSocket());
    const from = path.join(this.dir, 'engine.sock');
    await this.run(sshArguments({ ...this.address, path: to }, ECHO, { from, to }), {
      hello: HELLO,
      isAnswer: (line) => line === HELLO,
    });
    return from;
  }

  private async findSocket(): Promise<string> {
    let socket: string | undefined;
    const args = sshArguments(this.address, WHICH);
    const { host } = this.address;
    const ssh = this.start(args, { onLine: (line) => (socket ??= line.startsWith('/') ? line : undefined) });
    const end = await ssh.ended;
    if (socket !== undefined) return socket;
    if (ssh.failed) throw end;
    throw new EngineError('sshSocket', 'no engine has a socket there that this user may use', { host });
  }

  /** Resolves when ssh's command answers; the session ends with the process. */
  private run(args: readonly string[], talk: { hello: string; isAnswer(line: string): boolean }): Promise<void> {
    return new Promise((resolve, reject) => {
      const ssh = this.start(args, {
        onLine: (line) => talk.isAnswer(line) && resolve(),
        onError: (line) => this.refuse(line),
      });
      ssh.write(`${talk.hello}\n`);
      void ssh.ended.then((why) => {
        this.finish(why);
        reject(why);
      });
    });
  }

  private start(args: readonly string[], listener: ConstructorParameters<typeof SshProcess>[2]): SshProcess {
    if (this.exited) throw this.exited;
    return (this.started = new SshProcess(args, this.address.host, listener));
  }

  private refuse(line: string) {
    const refusal = parseForwardError(line, this.address.host);
    if (refusal) for (const listener of [...this.listeners]) listener(refusal);
  }

  private finish(why: EngineError) {
    if (this.exited) return;
    this.exited = why;
    this.started?.end();
    rmSync(this.dir, { recursive: true, force: true });
    this.end(why);
  }
}
