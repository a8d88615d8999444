import net from 'node:net';
import type { SshAddress } from '../../address';
import { formatRemote } from '../../address';
import type { Clock } from '../../../clock';
import { EngineError } from '../../error';
import { bounded } from '../bounded';
import type { Carrier } from '../carrier';
import { systemError } from '../systemError';
import { SshSession } from './session';
import { sweepFolders } from './sweep';

/** Milliseconds for a login, jump hosts included; ssh itself gives a silent host 20 seconds. */
const loginDeadline = 45_000;
/** Many calls fail together when a way breaks; they share one new login, and its failure, for this long. */
const pauseAfterFailure = 500;
/** How long ssh may take to say why a connection broke that the host did not forward. */
const lastWords = 500;

interface Noted {
  readonly error: EngineError;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * An engine behind the system's own `ssh`: one process that forwards its socket, started by the first call, and anew by the
 * first one after it died. A forwarded socket, not a `system dial-stdio` for each call: see there how they compare.
 */
export class SshCarrier implements Carrier {
  private session: SshSession | undefined;
  private socket = '';
  private failed: Noted | undefined;
  private refused: Noted | undefined;
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
      const bounds = { deadline: loginDeadline, signals: [signal], what: `ssh ${formatRemote(this.address)}` };
      this.socket = await bounded(this.clock, bounds, () => session.ready);
    } catch (thrown) {
      const error = EngineError.from(thrown);
      if (error.reason !== 'timeout') throw error;
      session.close();
      throw new EngineError('sshTimeout', error.words, { host });
    }
  }

  connect(): net.Socket {
    return net.connect({ path: this.socket });
  }

  async explain(thrown: unknown): Promise<EngineError> {
    const error = systemError(thrown);
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
    sweepFolders();
    const session = new SshSession(this.address);
    void session.ended.then((error) => {
      if (this.session === session) this.session = undefined;
      if (error.reason !== 'aborted') this.failed = this.noted(error);
    });
    session.onRefusal((error) => (this.refused = this.noted(error)));
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
    if (this.refused && this.clock.now() - this.refused.at <= lastWords) return Promise.resolve(this.refused.error);
    return new Promise((resolve) => {
      const done = (why: EngineError | undefined) => {
        takeBack();
        unlisten();
        resolve(why);
      };
      const takeBack = this.clock.after(lastWords, () => done(undefined));
      const unlisten = session.onRefusal(done);
      void session.ended.then(done);
    });
  }

  private noted(error: EngineError): Noted {
    return { error, at: this.clock.now() };
  }
}
