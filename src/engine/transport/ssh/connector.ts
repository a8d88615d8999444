import { lstatSync, readdirSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Clock } from '../../../clock';
import { formatUserHost, type SshAddress } from '../../address';
import { EngineError, fromSystemError } from '../../error';
import { withTimeout } from '../../timeouts';
import type { Connector } from '../connector';
import { SshSession } from './session';

/**
 * Removes the socket folders of this user's processes that were killed. The temporary folder is shared: only folders
 * owned by this user are removed, even as root.
 */
export function removeStaleFolders(within = tmpdir(), user = process.getuid?.()): void {
  for (const name of readdirSync(within)) {
    const owner = Number(/^podgraph-ssh-(\d+)-\w{6}$/.exec(name)?.[1]);
    const dir = path.join(within, name);
    if (owner && !isAlive(owner) && isOwnFolder(dir, user)) remove(dir);
  }
}

function isOwnFolder(dir: string, user: number | undefined): boolean {
  const stat = lstatSync(dir, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && (user === undefined || stat.uid === user);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Ignores failures: another window may clean up at the same time. */
function remove(dir: string): void {
  try {
    rmSync(dir, { recursive: true, force: true });
  } catch {
    return;
  }
}

/** Milliseconds for a login with jump hosts; ssh itself waits 20 s for a silent host. */
const loginTimeout = 45_000;
/** Milliseconds in which calls that fail together share one failed login. */
const failureSharingTime = 500;
/** Milliseconds to wait for ssh's message after a connection broke. */
const messageDelay = 500;

interface RecentFailure {
  readonly error: EngineError;
  /** By `clock.now`. */
  readonly at: number;
}

/**
 * An engine reached through the system's `ssh`: one process forwards its socket, started by the first call and
 * restarted after it exited. Faster than a `system dial-stdio` per call.
 */
export class SshConnector implements Connector {
  private session: SshSession | undefined;
  private socket = '';
  private lastLoginFailure: RecentFailure | undefined;
  private lastForwardFailure: RecentFailure | undefined;
  private closed = false;

  constructor(
    private readonly address: SshAddress,
    private readonly clock: Clock,
  ) {}

  get pid(): number | undefined {
    return this.session?.pid;
  }

  get controlPath(): string | undefined {
    return this.session?.controlPath;
  }

  async open(signal: AbortSignal | undefined): Promise<void> {
    if (this.closed) throw new EngineError('aborted', 'closed');
    if (this.lastLoginFailure && this.clock.now() - this.lastLoginFailure.at < failureSharingTime)
      throw this.lastLoginFailure.error;
    const session = (this.session ??= this.startSession());
    const { host } = this.address;
    try {
      const options = { timeoutMs: loginTimeout, signals: [signal], label: `ssh ${formatUserHost(this.address)}` };
      this.socket = await withTimeout(this.clock, options, () => session.ready);
    } catch (thrown) {
      const error = EngineError.from(thrown);
      if (error.reason !== 'timeout') throw error;
      session.close();
      throw new EngineError('sshTimeout', error.detail, { host });
    }
  }

  connect(): net.Socket {
    return net.connect({ path: this.socket });
  }

  async toEngineError(thrown: unknown): Promise<EngineError> {
    const error = fromSystemError(thrown);
    if (error.reason !== 'unreachable') return error;
    const session = this.session;
    if (!session) return this.lastLoginFailure?.error ?? error;
    return (await this.failureReason(session)) ?? error;
  }

  close(): void {
    this.closed = true;
    this.session?.close();
  }

  private startSession(): SshSession {
    if (process.platform === 'win32') {
      throw new EngineError('sshUnsupported', 'the ssh of Windows cannot forward sockets', { host: this.address.host });
    }
    removeStaleFolders();
    const session = new SshSession(this.address);
    void session.ended.then((error) => {
      if (this.session === session) this.session = undefined;
      if (error.reason !== 'aborted') this.lastLoginFailure = this.failureNow(error);
    });
    session.onForwardError((error) => (this.lastForwardFailure = this.failureNow(error)));
    session.ready.then(
      () => (this.lastLoginFailure = undefined),
      () => undefined,
    );
    return session;
  }

  /**
   * ssh's reason for a broken connection: its exit or a failed forward. It may arrive shortly before or after the
   * break.
   */
  private failureReason(session: SshSession): Promise<EngineError | undefined> {
    if (this.lastForwardFailure && this.clock.now() - this.lastForwardFailure.at <= messageDelay)
      return Promise.resolve(this.lastForwardFailure.error);
    return new Promise((resolve) => {
      const done = (reason: EngineError | undefined) => {
        cancel();
        unsubscribe();
        resolve(reason);
      };
      const cancel = this.clock.after(messageDelay, () => done(undefined));
      const unsubscribe = session.onForwardError(done);
      void session.ended.then(done);
    });
  }

  private failureNow(error: EngineError): RecentFailure {
    return { error, at: this.clock.now() };
  }
}
