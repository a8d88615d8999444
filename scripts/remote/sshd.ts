import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { runOrThrow } from '../process';
import { SSHD } from './prepare';

export interface SshdOptions {
  /** Lines of sshd_config before the common ones; the first of a keyword applies. */
  readonly config?: readonly string[];
}

/**
 * An ssh server on a random loopback port. This process listens and starts `sshd -i` per connection, like inetd: so the port
 * stays reserved while the server is down, and each sshd ends with its connection.
 */
export class Sshd {
  private readonly sessions = new Set<ChildProcess>();
  private readonly server = net.createServer({ pauseOnConnect: true }, (socket) => this.accept(socket));
  private isRunning = true;
  /** Log of all connections. */
  log = '';

  private constructor(private readonly folder: string) {}

  /** @param folder new; for the server's keys and configuration */
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
      // Without the user's .bashrc, which may take a second per command.
      `SetEnv HOME=${folder}`,
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

  /** Number of open connections. */
  get connections(): number {
    return this.sessions.size;
  }

  /** Creates a new host key, as after a reinstallation or in a man-in-the-middle attack. */
  async renewHostKey(): Promise<void> {
    await runOrThrow('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'host', '-f', this.hostKey], {
      input: 'y\n',
    });
  }

  /** SIGKILLs every sshd and rejects connections until `restart`. */
  async kill(): Promise<void> {
    this.isRunning = false;
    await this.endSessions();
  }

  restart(): void {
    this.isRunning = true;
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
    if (!this.isRunning) return void socket.destroy();
    const args = ['-i', '-e', '-f', path.join(this.folder, 'sshd_config')];
    // Its own process group, so that its unprivileged child ends too.
    const session = spawn(SSHD, args, { stdio: [socket, socket, 'pipe'], detached: true });
    this.sessions.add(session);
    session.stderr?.on('data', (chunk: Buffer) => (this.log += chunk.toString()));
    session.once('exit', () => this.sessions.delete(session));
    session.once('error', () => this.sessions.delete(session));
    // sshd has its own copy of the connection.
    socket.destroy();
  }

  private async endSessions(): Promise<void> {
    await Promise.all(
      [...this.sessions].map(async (session) => {
        const exited = once(session, 'exit');
        killGroup(session);
        await exited;
      }),
    );
  }
}

/** Does nothing if the process has exited. */
function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
