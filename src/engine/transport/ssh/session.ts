import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SshAddress } from '../../address';
import { EngineError } from '../../error';
import { parseForwardError, sshArguments, SshProcess } from './process';

/** Echoes its input and ends with it: it confirms the login, and ends ssh with this process. */
const ECHO = 'cat';
const GREETING = 'podgraph';

/**
 * Lists the accessible engine sockets if the address has no path: Docker's first, because only its addresses omit it.
 * The single quotes work in every login shell.
 */
const FIND_SOCKETS = [
  `sh -c 'for s in /var/run/docker.sock "/run/user/$(id -u)/docker.sock"`,
  `"/run/user/$(id -u)/podman/podman.sock" /run/podman/podman.sock;`,
  `do if [ -S "$s" ] && [ -w "$s" ]; then echo "$s"; fi; done'`,
].join(' ');

/** One ssh process that forwards the engine's socket to a local one, in a private folder that is removed at the end. */
export class SshSession {
  /** Resolves with the path of the local socket. */
  readonly ready: Promise<string>;
  /** Resolves with the reason when the session has ended. Never rejects. */
  readonly ended: Promise<EngineError>;
  private readonly dir = mkdtempSync(path.join(tmpdir(), `podgraph-ssh-${process.pid}-`));
  private readonly listeners = new Set<(error: EngineError) => void>();
  private process: SshProcess | undefined;
  private endReason: EngineError | undefined;
  private resolveEnded: (reason: EngineError) => void = () => undefined;

  constructor(private readonly address: SshAddress) {
    this.ended = new Promise((resolve) => (this.resolveEnded = resolve));
    this.ready = this.connect().catch((thrown: unknown) => {
      this.finish(EngineError.from(thrown));
      throw thrown;
    });
    this.ready.catch(() => undefined); // callers handle the rejection
  }

  get pid(): number | undefined {
    return this.process?.pid;
  }

  get controlPath(): string {
    return path.join(this.dir, 'ctl');
  }

  /** Called for each connection that the host does not forward. */
  onForwardError(listener: (error: EngineError) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close(): void {
    this.finish(new EngineError('aborted', 'ssh was closed', { host: this.address.host }));
  }

  private async connect(): Promise<string> {
    const to = this.address.path ?? (await this.findSocket());
    const from = path.join(this.dir, 'engine.sock');
    const { controlPath } = this;
    await this.run(sshArguments({ ...this.address, path: to }, ECHO, { forward: { from, to }, controlPath }));
    return from;
  }

  private async findSocket(): Promise<string> {
    let socket: string | undefined;
    const args = sshArguments(this.address, FIND_SOCKETS);
    const { host } = this.address;
    const ssh = this.start(args, { onLine: (line) => (socket ??= line.startsWith('/') ? line : undefined) });
    const resolveEnded = await ssh.ended;
    if (socket !== undefined) return socket;
    if (ssh.failed) throw resolveEnded;
    throw new EngineError('sshSocket', 'no engine socket on the host is accessible to this user', { host });
  }

  /** Resolves when the remote command responds; the session ends with the process. */
  private run(args: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const ssh = this.start(args, {
        onLine: (line) => line === GREETING && resolve(),
        onError: (line) => this.reportForwardError(line),
      });
      ssh.write(`${GREETING}\n`);
      void ssh.ended.then((reason) => {
        this.finish(reason);
        reject(reason);
      });
    });
  }

  private start(args: readonly string[], listener: ConstructorParameters<typeof SshProcess>[2]): SshProcess {
    if (this.endReason) throw this.endReason;
    return (this.process = new SshProcess(args, this.address.host, listener));
  }

  private reportForwardError(line: string) {
    const error = parseForwardError(line, this.address.host);
    if (error) for (const listener of [...this.listeners]) listener(error);
  }

  private finish(reason: EngineError) {
    if (this.endReason) return;
    this.endReason = reason;
    this.process?.end();
    rmSync(this.dir, { recursive: true, force: true });
    this.resolveEnded(reason);
  }
}
