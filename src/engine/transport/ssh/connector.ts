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
 * Removes the folders of this user's processes that were killed: their ssh ended with them, its socket stayed. The temporary
 * folder is shared: of other users nothing is touched, not even by root, nor what is no folder.
 */
export function removeStaleFolders(within = tmpdir(), user = process.getuid?.()): void {
  for (const name of readdirSync(within)) {
    const owner = Number(/^podgraph-ssh-(\d+)-\w{6}$/.exec(name)?.[1]);
    const dir = path.join(within, name);
    if (owner && !isAlive(owner) && isOwn(dir, user)) remove(dir);
  }
}

function isOwn(dir: string, user: number | undefined): boolean {
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

/** What cannot be removed stays: another window may sweep at the same time. */
function remove(dir: string): void {
  try {
    rmSync(dir, { recursive: true, force: true });
  } catch {
    return;
  }
}

/** Milliseconds for a login, jump hosts included; ssh itself gives a silent host 20 seconds. */
const loginDeadline = 45_000;
/** Many calls fail together when a way breaks; they share one new login, and its failure, for this long. */
const pauseAfterFailure = 500;
/** How long ssh may take to say why a connection broke that the host did not forward. */
const lastText = 500;

interface RecentFailure {
  readonly error: EngineError;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * An engine behind the system's own `ssh`: one process that forwards its socket, started by the first call, and anew by the
 * first one after it died. A forwarded socket, not a `system dial-stdio` for each call: see there how they compare.
 */
export class SshConnector implements Connector {
  private session: SshSession | undefined;
  private socket = '';
  private failed: RecentFailure | undefined;
  private refused: RecentFailure | undefined;
  private closed = false;

  constructor(
    private readonly address: SshAddress,
    private readonly clock: Clock,
  ) {}

  /** The process that carries this engine now. */
  get pid(): number | undefined {
    return this.session?.pid;
  }

  async open(signal: AbortSignal | undefined): Promise<void> {
    if (this.closed) throw new EngineError('aborted', 'closed');
    if (this.failed && this.clock.now() - this.failed.at < pauseAfterFailure) throw this.failed.error;
    const session = (this.session ??= this.begin());
    const { host } = this.address;
    try {
      const bounds = { deadline: loginDeadline, signals: [signal], what: `ssh ${formatUserHost(this.address)}` };
      this.socket = await withTimeout(this.clock, bounds, () => session.ready);
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
    if (!session) return this.failed?.error ?? error;
    return (await this.wordsOf(session)) ?? error;
  }

  close(): void {
    this.closed = true;
    this.session?.close();
  }

  private begin(): SshSession {
    if (process.platform === 'win32') {
      throw new EngineError('sshUnsupported', 'the ssh of Windows cannot forward sockets', { host: this.address.host });
    }
    removeStaleFolders();
    const session = new SshSession(this.address);
    void session.ended.then((error) => {
      if (this.session === session) this.session = undefined;
      if (error.reason !== 'aborted') this.failed = this.noted(error);
    });
    session.onForwardError((error) => (this.refused = this.noted(error)));
    session.ready.then(
      () => (this.failed = undefined),
      () => undefined,
    );
    return session;
  }

  /**
   * What ssh says of why a connection broke: that it ended itself, or was not let through. Either may come a moment later
   * than the break, or sooner.
   */
  private wordsOf(session: SshSession): Promise<EngineError | undefined> {
    if (this.refused && this.clock.now() - this.refused.at <= lastText) return Promise.resolve(this.refused.error);
    return new Promise((resolve) => {
      const done = (why: EngineError | undefined) => {
        cancel();
        unlisten();
        resolve(why);
      };
      const cancel = this.clock.after(lastText, () => done(undefined));
      const unlisten = session.onForwardError(done);
      void session.ended.then(done);
    });
  }

  private noted(error: EngineError): RecentFailure {
    return { error, at: this.clock.now() };
  }
}
