import { rm } from 'node:fs/promises';
import http from 'node:http';
import type { Socket } from 'node:net';

/** What the proxy does to the traffic between the adapter and its engine. */
export const faults = [
  'none',
  'cut before',
  'cut after',
  'stall',
  'half body',
  'status 500',
  'html',
  'events dropped',
  'events doubled',
  'engine killed',
] as const;
export type Fault = (typeof faults)[number];

/** Milliseconds for which a stalled answer is held back before its connection is cut. */
const stall = 1500;
const busy = JSON.stringify({ cause: 'database is locked', message: 'database is locked', response: 500 });

/**
 * Stands between the adapter and a real engine, on a socket of its own. While a fault is on, it hits each request with the
 * given chance; `honest` lets everything through.
 */
export class FaultProxy {
  private readonly server: http.Server;
  private readonly sockets = new Set<Socket>();
  private fault: Fault = 'none';

  private constructor(
    readonly socket: string,
    private readonly target: string,
    private readonly random: () => number,
    private readonly chance: number,
  ) {
    this.server = http.createServer((request, response) => this.pass(request, response));
    this.server.on('connection', (connection: Socket) => {
      this.sockets.add(connection);
      connection.on('close', () => this.sockets.delete(connection));
    });
  }

  static async start(options: {
    readonly socket: string;
    readonly target: string;
    readonly random: () => number;
    readonly chance: number;
  }): Promise<FaultProxy> {
    const { socket, target, random, chance } = options;
    const proxy = new FaultProxy(socket, target, random, chance);
    await new Promise<void>((resolve, reject) => proxy.server.once('error', reject).listen(socket, resolve));
    return proxy;
  }

  /** Connections that a client holds open. */
  get open(): number {
    return this.sockets.size;
  }

  inject(fault: Fault) {
    this.fault = fault;
  }

  honest() {
    this.fault = 'none';
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
    await rm(this.socket, { force: true });
  }

  private pass(request: http.IncomingMessage, response: http.ServerResponse) {
    const isEvents = request.url?.includes('/events') ?? false;
    const hit = !isEvents && this.random() < this.chance ? this.fault : 'none';
    if (hit === 'cut before') return void request.socket.destroy();
    if (hit === 'status 500') return void response.writeHead(500, { 'content-type': 'application/json' }).end(busy);
    if (hit === 'html') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>busy</html>');
    const { method, url, headers } = request;
    const onward = http.request({ socketPath: this.target, method, path: url, headers }, (answer) => {
      if (isEvents) return this.passEvents(answer, response);
      if (hit === 'none') return void answer.pipe(response.writeHead(answer.statusCode ?? 500, answer.headers));
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => this.damage(hit, Buffer.concat(chunks), answer, request, response));
    });
    onward.on('error', () => request.socket.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  }

  /** The engine has done what it was asked; only the answer is harmed. */
  private damage(
    fault: Fault,
    body: Buffer,
    answer: http.IncomingMessage,
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ) {
    const status = answer.statusCode ?? 500;
    const cut = () => request.socket.destroy();
    if (fault === 'cut after') cut();
    else if (fault === 'stall') setTimeout(cut, stall);
    else if (fault === 'half body') {
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
      response.write(body.subarray(0, body.length / 2), cut);
    } else response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  }

  private passEvents(answer: http.IncomingMessage, response: http.ServerResponse) {
    response.writeHead(answer.statusCode ?? 500, { 'content-type': 'application/json' });
    response.flushHeaders();
    let rest = '';
    answer.setEncoding('utf8');
    answer.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const copies = this.fault === 'events dropped' ? 0 : this.fault === 'events doubled' ? 2 : 1;
        for (let copy = 0; copy < copies; copy++) response.write(`${line}\n`);
      }
    });
    answer.on('end', () => response.end());
    answer.on('error', () => response.destroy());
    answer.on('close', () => response.destroy());
  }
}
