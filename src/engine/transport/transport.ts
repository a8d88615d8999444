import { setMaxListeners } from 'node:events';
import http from 'node:http';
import { addAbortSignal, type Duplex, type Readable } from 'node:stream';
import type { Clock } from '../../clock';
import { type Address, formatAddress } from '../address';
import { codeOf, EngineError } from '../error';
import { withTimeout } from '../timeouts';
import { type Connector, ConnectorAgent } from './connector';
import { createConnector } from './createConnector';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Request {
  readonly method: Method;
  /** Without a query. */
  readonly path: string;
  readonly query?: Query | undefined;
  /** Sent as JSON. */
  readonly body?: object | undefined;
  /** A tar, sent as the body of a PUT. */
  readonly content?: Readable | undefined;
  /** Milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

type SignalRequest = Request & { readonly signal: AbortSignal };

/** A complete response of any status. */
export interface HttpResponse {
  /** `GET /version` */
  readonly request: string;
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** 2,000 containers are 1.2 MB (Podman 5.8.6); bounds an endless response. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * HTTP to one engine. Each call has a timeout and rejects only with an `EngineError`. The timeout starts when the
 * transport is open: an ssh login has its own.
 */
export class Transport {
  private readonly closing = new AbortController();
  private readonly connector: Connector;
  private readonly agents: readonly [own: ConnectorAgent, cached: ConnectorAgent];
  private modems: ReturnType<Transport['loadModems']> | undefined;

  constructor(
    readonly address: Address,
    private readonly clock: Clock,
  ) {
    this.connector = createConnector(address, clock);
    this.agents = [new ConnectorAgent(this.connector, false), new ConnectorAgent(this.connector, true)];
    // Every pending call listens to it.
    setMaxListeners(0, this.closing.signal);
  }

  get endpoint(): string {
    return formatAddress(this.address);
  }

  get controlPath(): string | undefined {
    return this.connector.controlPath;
  }

  /** @param onChunk receives the body of a response with status 200, whose `body` is then empty */
  request(request: Request, onChunk?: (chunk: Buffer) => void): Promise<HttpResponse> {
    return this.withTimeout(request, async (signal) =>
      readAll(await this.send({ ...request, signal }), request, signal, onChunk),
    );
  }

  /** Opens an endless response: the timeout is for its headers. The signal ends it at any time. */
  async openStream(request: Request, signal: AbortSignal): Promise<http.IncomingMessage> {
    const stream = AbortSignal.any([signal, this.closing.signal]);
    const response = await this.withTimeout({ ...request, signal }, async (callSignal) => {
      const pending = this.sendOnNewConnection({ ...request, signal: stream });
      // After a timeout, close the late response.
      callSignal.addEventListener('abort', () => void pending.then((late) => late.destroy()).catch(() => undefined));
      return pending;
    });
    return addAbortSignal(stream, response);
  }

  /** Requests an upgrade to a raw connection; resolves with the response if the engine refuses. */
  upgrade(request: Request): Promise<Duplex | HttpResponse> {
    return this.withTimeout(request, async (signal) => {
      const { newConnectionModem, send } = await this.getModems();
      const response = await send(newConnectionModem, { ...request, path: pathOf(request), signal }, true);
      if (!(response instanceof http.IncomingMessage)) {
        this.closing.signal.addEventListener('abort', () => response.destroy(), { once: true });
        return response;
      }
      return readAll(response, request, signal);
    });
  }

  /** Reads the body of an opened response, for its error. */
  readBody(response: http.IncomingMessage, request: Request): Promise<HttpResponse> {
    return this.withTimeout(request, (signal) => readAll(response, request, signal));
  }

  /** Pending and later calls reject with `aborted`. */
  close(): void {
    this.closing.abort();
    for (const agent of this.agents) agent.destroy();
    this.connector.close();
  }

  /** Only GET uses a cached connection, which may be stale after an engine restart. */
  private async send(request: SignalRequest): Promise<http.IncomingMessage> {
    if (request.method !== 'GET') return this.sendOnNewConnection(request);
    const { cachedModem, send } = await this.getModems();
    try {
      return (await send(cachedModem, { ...request, path: pathOf(request) }, false)) as http.IncomingMessage;
    } catch (thrown) {
      if (request.signal.aborted || !isConnectionReset(thrown)) throw thrown;
      return this.sendOnNewConnection(request);
    }
  }

  private async sendOnNewConnection(request: SignalRequest): Promise<http.IncomingMessage> {
    const { newConnectionModem, send } = await this.getModems();
    return (await send(newConnectionModem, { ...request, path: pathOf(request) }, false)) as http.IncomingMessage;
  }

  private getModems() {
    return (this.modems ??= this.loadModems());
  }

  /** dockerode is a lazily loaded bundle: it is an eighth of the code and not needed at activation. */
  private async loadModems() {
    const { createModem, send } = await import('./http');
    const [own, cached] = this.agents;
    return {
      send,
      newConnectionModem: createModem(this.address, own),
      /** Reuses connections, so that thousands of inspects do not open thousands. */
      cachedModem: createModem(this.address, cached),
    };
  }

  /** A failure here means that the request was not sent. */
  private async openConnector(signals: readonly (AbortSignal | undefined)[]): Promise<void> {
    try {
      await this.connector.open?.(AbortSignal.any(signals.filter((signal) => signal !== undefined)));
    } catch (thrown) {
      throw EngineError.from(thrown).unsent();
    }
  }

  private async withTimeout<T>(request: Request, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const label = `${request.method} ${request.path}`;
    const signals = [request.signal, this.closing.signal];
    await this.openConnector(signals);
    return withTimeout(this.clock, { timeoutMs: request.timeoutMs, signals, label }, async (signal) => {
      try {
        return await work(signal);
      } catch (thrown) {
        throw await this.connector.toEngineError(thrown);
      }
    });
  }
}

/** Whether the connection ended before a response. */
function isConnectionReset(thrown: unknown): boolean {
  const code = codeOf(thrown);
  return code === 'ECONNRESET' || code === 'EPIPE';
}

function pathOf(request: Request): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size > 0 ? `${request.path}?${query.toString()}` : request.path;
}

async function readAll(
  response: http.IncomingMessage,
  { method, path }: Request,
  signal: AbortSignal,
  onChunk?: (chunk: Buffer) => void,
): Promise<HttpResponse> {
  const request = `${method} ${path}`;
  const chunks: Buffer[] = [];
  const handle = response.statusCode === 200 && onChunk ? onChunk : (chunk: Buffer) => void chunks.push(chunk);
  let bytes = 0;
  // A cut connection throws here; docker-modem itself would never call back.
  for await (const chunk of addAbortSignal(signal, response) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new EngineError('malformed', `${request}: a response of more than ${MAX_BYTES} bytes`);
    handle(chunk);
  }
  const body = Buffer.concat(chunks).toString('utf8');
  return { request, status: response.statusCode ?? 0, headers: response.headers, body };
}
