import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { runOrThrow } from '../process';
import { SSHD } from './prepare';

export interface SshdOptions {
  /** Lines of sshd_config before the common ones: the first of a keyword counts. */
  readonly config?: readonly string[];
}

/**
 * An ssh server on a port of the loopback interface that the kernel chose. This process listens, and each connection gets an
 * sshd of its own (`sshd -i`, as inetd does it): so the port stays ours while the server is down, and nothing is left
 * behind by a process that dies, for each sshd ends with its connection.
 */
export class Sshd {
  private readonly sessions = new Set<ChildProcess>();
  private readonly server = net.createServer({ pauseOnConnect: true }, (socket) => this.accept(socket));
  private up = true;
  /** What the server said, connection by connection. */
  log = '';

  private constructor(private readonly folder: string) {}

  /** @param folder new and empty; the server's keys and configuration go there */
  static async start(folder: string, authorizedKeys: string, options: SshdOptions = {}): Promise<Sshd> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const sshd = new Sshd(folder);
    await sshd.renewHostKey();
    const config = [
      ...(options.config ?? []),
      `HostKey ${sshd.hostKey}`,
      `AuthorizedKeysFile ${authorizedKeys}`,
      'PidFile none',
      'UsePAM no',
      'StrictModes no',
      'PermitRootLogin prohibit-password',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PrintMotd no',
      'UseDNS no',
      'LogLevel VERBOSE',
    ];
    await writeFile(path.join(folder, 'sshd_config'), `${config.join('\n')}\n`);
    sshd.server.listen(0, '127.0.0.1');
    await once(sshd.server, 'listening');
    return sshd;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** `ssh-ed25519 AAAA…` */
  publicKey(): Promise<string> {
    return runOrThrow('ssh-keygen', ['-y', '-f', this.hostKey]).then((key) => key.trim());
  }

  /** How many connections it serves. */
  get connections(): number {
    return this.sessions.size;
  }

  /** A host key that nobody knows yet, as after a reinstallation: or as somebody in between has. */
  async renewHostKey(): Promise<void> {
    await runOrThrow('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'host', '-f', this.hostKey], {
      input: 'y\n',
    });
  }

  /** SIGKILLs every sshd, and lets nobody in until `restart`. */
  async kill(): Promise<void> {
    this.up = false;
    await this.endSessions();
  }

  restart(): void {
    this.up = true;
  }

  async stop(): Promise<void> {
    await this.kill();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private get hostKey(): string {
    return path.join(this.folder, 'host_key');
  }

  private accept(socket: net.Socket): void {
    socket.on('error', () => undefined);
    if (!this.up) return void socket.destroy();
    const args = ['-i', '-e', '-f', path.join(this.folder, 'sshd_config')];
    // A group of its own, so that its unprivileged half goes with it.
    const session = spawn(SSHD, args, { stdio: [socket, socket, 'pipe'], detached: true });
    this.sessions.add(session);
    session.stderr?.on('data', (chunk: Buffer) => (this.log += chunk.toString()));
    session.once('exit', () => this.sessions.delete(session));
    session.once('error', () => this.sessions.delete(session));
    // Our own copy of the connection: sshd has it now.
    socket.destroy();
  }

  private async endSessions(): Promise<void> {
    await Promise.all(
      [...this.sessions].map(async (session) => {
        const gone = once(session, 'exit');
        killGroup(session);
        await gone;
      }),
    );
  }
}

/** One that has just ended by itself needs no more. */
function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
