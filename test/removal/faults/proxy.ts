import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import http from 'node:http';
import type { Socket } from 'node:net';

/** `writes` change the engine, `reads` do not. */
export type Side = 'writes' | 'reads';

export interface CompleteResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A request through the proxy, other than for events. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly side: Side;
  /** Whether the client has given up. */
  readonly isClosed: boolean;
  /** Sends the request to the engine, once, and reads the complete response. Rejects if the connection breaks. */
  forward(): Promise<CompleteResponse>;
  /** Responds to the client. A length other than the body's makes the response incomplete. */
  reply(status: number, body: Buffer | string, options?: { readonly type?: string; readonly length?: number }): void;
  /** Breaks the client's connection. */
  cut(): void;
}

/** Handles an exchange by returning a promise; `undefined` forwards it. */
type RequestRule = (exchange: Exchange) => Promise<void> | undefined;

/** Replaces a line of the event stream. */
export type EventRule = (line: string, write: (line: string | Buffer) => void) => void;

const passEvent: EventRule = (line, write) => write(`${line}\n`);

/**
 * A proxy between service and engine on a separate socket. Rules change requests and events; without any, everything is
 * forwarded.
 */
export class FaultProxy {
  requestRule: RequestRule | undefined;
  eventRule: EventRule | undefined;
  /** The engine's socket for new connections. */
  target: string;
  /** Resolves with the first request that changes the engine. */
  readonly firstWrite: Promise<void>;
  private readonly server: http.Server;
  private readonly sockets = new Set<Socket>();
  private readonly eventStreams = new Set<http.ServerResponse>();
  private onFirstWrite: () => void = () => undefined;
  private isRefusing = false;
  private gate: Promise<void> = Promise.resolve();

  private constructor(
    readonly socket: string,
    target: string,
  ) {
    this.target = target;
    this.firstWrite = new Promise((resolve) => (this.onFirstWrite = resolve));
    this.server = http.createServer((request, response) => {
      this.pass(request, response).catch(() => request.socket.destroy());
    });
    this.server.requestTimeout = 0;
    this.server.keepAliveTimeout = 0;
    this.server.on('connection', (connection: Socket) => {
      if (this.isRefusing) return connection.destroy();
      this.sockets.add(connection);
      connection.on('error', () => undefined);
      return connection.on('close', () => this.sockets.delete(connection));
    });
  }

  static async start(socket: string, target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(socket, target);
    proxy.server.listen(socket);
    await once(proxy.server, 'listening');
    return proxy;
  }

  /** Removes all rules. */
  passThrough() {
    this.requestRule = undefined;
    this.eventRule = undefined;
    this.isRefusing = false;
  }

  /** Breaks all connections and isRefusing new ones, until the returned function is called. */
  disconnect(): { readonly cut: number; readonly reconnect: () => void } {
    this.isRefusing = true;
    const cut = this.cutAll();
    return { cut, reconnect: () => (this.isRefusing = false) };
  }

  /** @returns the number of connections */
  cutAll(): number {
    const { size } = this.sockets;
    for (const socket of this.sockets) socket.destroy();
    return size;
  }

  /** Breaks only the event streams. @returns their number */
  cutEvents(): number {
    const { size } = this.eventStreams;
    for (const response of this.eventStreams) response.destroy();
    return size;
  }

  /** Delays all traffic until the returned function is called. */
  hold(): () => void {
    let release: () => void = () => undefined;
    this.gate = new Promise((resolve) => (release = resolve));
    return release;
  }

  async stop(): Promise<void> {
    this.cutAll();
    await new Promise((resolve) => this.server.close(resolve));
    await rm(this.socket, { force: true });
  }

  private async pass(request: http.IncomingMessage, response: http.ServerResponse) {
    await this.gate;
    const { method = 'GET', url = '/' } = request;
    if (url.includes('/events')) return this.passEvents(request, response);
    const body = await readAll(request);
    const side: Side = method === 'GET' || method === 'HEAD' ? 'reads' : 'writes';
    if (side === 'writes') this.onFirstWrite();
    let sent: Promise<CompleteResponse> | undefined;
    const exchange: Exchange = {
      method,
      url,
      side,
      get isClosed() {
        return response.destroyed || request.socket.destroyed;
      },
      forward: () => (sent ??= this.forward(request, body)),
      reply: (status, text, { type = 'application/json', length } = {}) => {
        const bytes = Buffer.from(text);
        response.writeHead(status, { 'content-type': type, 'content-length': length ?? bytes.length });
        if (length === undefined || length <= bytes.length) response.end(bytes);
        else response.write(bytes, () => request.socket.destroy());
      },
      cut: () => request.socket.destroy(),
    };
    const handled = this.requestRule?.(exchange);
    if (handled) return handled;
    const { status, headers, body: answer } = await exchange.forward();
    await this.gate;
    const { 'transfer-encoding': _, connection: __, ...kept } = headers;
    response.writeHead(status, status === 204 || status === 304 ? kept : { ...kept, 'content-length': answer.length });
    response.end(answer);
  }

  private forward(request: http.IncomingMessage, body: Buffer): Promise<CompleteResponse> {
    const { method, url, headers } = request;
    return new Promise((resolve, reject) => {
      const { connection: _, ...kept } = headers;
      const forwarded = http.request({ socketPath: this.target, method, path: url, headers: kept, agent: false });
      forwarded.on('error', reject);
      forwarded.on('response', (answer) => {
        readAll(answer).then(
          (complete) => resolve({ status: answer.statusCode ?? 500, headers: answer.headers, body: complete }),
          reject,
        );
      });
      forwarded.end(body);
    });
  }

  private async passEvents(request: http.IncomingMessage, response: http.ServerResponse) {
    const { method, url, headers } = request;
    const forwarded = http.request({ socketPath: this.target, method, path: url, headers, agent: false });
    forwarded.end();
    response.on('close', () => forwarded.destroy());
    const [answer] = (await once(forwarded, 'response')) as [http.IncomingMessage];
    this.eventStreams.add(response);
    response.on('close', () => this.eventStreams.delete(response));
    forwarded.on('error', () => response.destroy());
    response.writeHead(answer.statusCode ?? 500, { 'content-type': 'application/json' });
    response.flushHeaders();
    let partial = '';
    answer.setEncoding('utf8');
    try {
      for await (const chunk of answer as AsyncIterable<string>) {
        const lines = (partial + chunk).split('\n');
        partial = lines.pop() ?? '';
        await this.gate;
        for (const line of lines) (this.eventRule ?? passEvent)(line, (text) => void response.write(text));
      }
      response.end();
    } catch {
      response.destroy();
    }
  }
}

async function readAll(message: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
