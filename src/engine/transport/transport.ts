import { setMaxListeners } from 'node:events';
import http from 'node:http';
import { addAbortSignal, type Duplex } from 'node:stream';
import type { Clock } from '../../clock';
import { type Address, formatAddress } from '../address';
import { EngineError } from '../error';
import { withTimeout } from '../timeouts';
import { type Connector, ConnectorAgent, createConnector } from './connector';

export type Method = 'GET' | 'HEAD' | 'POST' | 'DELETE';
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Request {
  readonly method: Method;
  /** Without a query; ids in it are the engine's own. */
  readonly path: string;
  readonly query?: Query | undefined;
  /** Sent as JSON. */
  readonly body?: object | undefined;
  /** Milliseconds. */
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
}

/** An answer whole and as it came, whatever its status. */
export interface Answer {
  /** `GET /version` */
  readonly request: string;
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** No list of containers is that long: 2,000 containers are 1.2 MB (Podman 5.8.6). An answer that never ends is. */
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * HTTP to one engine. Each call has a deadline that holds whatever happens, and rejects with an `EngineError` alone. The
 * deadline counts from when the way there stands: a login by ssh has a bound of its own.
 */
export class Transport {
  private readonly closing = new AbortController();
  private readonly connector: Connector;
  private readonly agents: readonly [own: ConnectorAgent, kept: ConnectorAgent];
  private modems: ReturnType<Transport['loadModems']> | undefined;

  constructor(
    readonly address: Address,
    private readonly clock: Clock,
  ) {
    this.connector = createConnector(address, clock);
    this.agents = [new ConnectorAgent(this.connector, false), new ConnectorAgent(this.connector, true)];
    // Each call under way listens to it.
    setMaxListeners(0, this.closing.signal);
  }

  get endpoint(): string {
    return formatAddress(this.address);
  }

  /** Sends a request and reads the whole answer. */
  request(request: Request): Promise<Answer> {
    const asked = `${request.method} ${request.path}`;
    return this.withTimeout(request, asked, async (signal) => {
      const response = await this.dial({ ...request, path: pathOf(request), signal });
      const body = await readAll(response, asked, signal);
      return { request: asked, status: response.statusCode ?? 0, headers: response.headers, body };
    });
  }

  /** Opens an answer that has no end: the deadline is for its head. The signal ends it at any time. */
  async open(request: Request, signal: AbortSignal): Promise<http.IncomingMessage> {
    const stream = AbortSignal.any([signal, this.closing.signal]);
    const asked = `${request.method} ${request.path}`;
    const response = await this.withTimeout({ ...request, signal }, asked, async (given) => {
      const head = this.dialAlone({ ...request, path: pathOf(request), signal: stream });
      // Given up before the head came: nobody will ever read what comes.
      given.addEventListener('abort', () => void head.then((late) => late.destroy()).catch(() => undefined));
      return head;
    });
    return addAbortSignal(stream, response);
  }

  /** Opens a connection that is no longer HTTP once the engine has agreed. What it answers instead comes as an answer. */
  upgrade(request: Request): Promise<Duplex | Answer> {
    const asked = `${request.method} ${request.path}`;
    return this.withTimeout(request, asked, async (signal) => {
      const { changing, dialForUpgrade } = await this.getModems();
      const answer = await dialForUpgrade(changing, { ...request, path: pathOf(request), signal });
      if (!(answer instanceof http.IncomingMessage)) {
        this.closing.signal.addEventListener('abort', () => answer.destroy(), { once: true });
        return answer;
      }
      const body = await readAll(answer, asked, signal);
      return { request: asked, status: answer.statusCode ?? 0, headers: answer.headers, body };
    });
  }

  /** Reads what is left of an opened answer, as an engine tells an error. */
  closeIdle(response: http.IncomingMessage, request: Request): Promise<Answer> {
    const asked = `${request.method} ${request.path}`;
    return this.withTimeout(request, asked, async (signal) => ({
      request: asked,
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: await readAll(response, asked, signal),
    }));
  }

  /** Calls under way reject with reason `aborted`, and so does every later one. */
  close(): void {
    this.closing.abort();
    for (const agent of this.agents) agent.destroy();
    this.connector.close();
  }

  /** What changes something never goes by a kept connection, which may be the dead end of an engine that restarted. */
  private async dial(request: Request & { readonly signal: AbortSignal }): Promise<http.IncomingMessage> {
    if (request.method !== 'GET') return this.dialAlone(request);
    const { asking, dial } = await this.getModems();
    try {
      return await dial(asking, request);
    } catch (thrown) {
      if (request.signal.aborted || !isTruncated(thrown)) throw thrown;
      return this.dialAlone(request);
    }
  }

  /** Sends a request on a connection of its own. */
  private async dialAlone(request: Request & { readonly signal: AbortSignal }): Promise<http.IncomingMessage> {
    const { changing, dial } = await this.getModems();
    return dial(changing, request);
  }

  private getModems() {
    return (this.modems ??= this.loadModems());
  }

  /** dockerode is a bundle of its own: it is an eighth of the code, and not needed before the first request. */
  private async loadModems() {
    const { createModem, sendRequest, sendUpgrade } = await import('./http');
    const [own, cached] = this.agents;
    return {
      dial: sendRequest,
      dialForUpgrade: sendUpgrade,
      changing: createModem(this.address, own),
      /** Asks on connections that were used before, so that thousands of inspects do not open thousands of them. */
      asking: createModem(this.address, cached),
    };
  }

  /** What fails here fails before the request is sent. */
  private async openCarrier(signals: readonly (AbortSignal | undefined)[]): Promise<void> {
    try {
      await this.connector.open?.(AbortSignal.any(signals.filter((signal) => signal !== undefined)));
    } catch (thrown) {
      const { reason, detail, details } = EngineError.from(thrown);
      throw new EngineError(reason, detail, { ...details, sent: false });
    }
  }

  private async withTimeout<T>(request: Request, what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signals = [request.signal, this.closing.signal];
    await this.openCarrier(signals);
    return withTimeout(this.clock, { deadline: request.deadline, signals, what }, async (signal) => {
      try {
        return await work(signal);
      } catch (thrown) {
        throw await this.connector.toEngineError(thrown);
      }
    });
  }
}

/** The connection ended before the answer began, as Node tells it. */
function isTruncated(thrown: unknown): boolean {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  return code === 'ECONNRESET' || code === 'EPIPE';
}

function pathOf(request: Request): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size > 0 ? `${request.path}?${query.toString()}` : request.path;
}

async function readAll(response: http.IncomingMessage, asked: string, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // A connection cut in mid-body ends the loop with an error here; the modem itself would never call back.
  for await (const chunk of addAbortSignal(signal, response) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new EngineError('malformed', `${asked}: an answer of more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
