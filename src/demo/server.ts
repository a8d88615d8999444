import { rm } from 'node:fs/promises';
import http from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FakePodman } from './fakePodman';
import { ApiError } from './errors';
import type { FaultAction, FaultScript } from './faults';
import { handleUpgrade, type LoggedRequest, readBody, type RequestLog, sendResponse, sendTruncated } from './http';
import { containerRoutes } from './routes/containers';
import { imageRoutes } from './routes/images';
import { networkRoutes } from './routes/networks';
import { podRoutes } from './routes/pods';
import type { Route, RouteResponse } from './routes/route';
import { archiveRoutes } from './routes/archive';
import { execRoutes } from './routes/streams';
import { systemRoutes } from './routes/system';
import { volumeRoutes } from './routes/volumes';

const routes: Route[] = [
  ...systemRoutes,
  ...containerRoutes,
  ...podRoutes,
  ...execRoutes,
  ...volumeRoutes,
  ...archiveRoutes,
  ...imageRoutes,
  ...networkRoutes,
];

/** Handles the control endpoints (`/demo/…`); undefined for other paths. */
export type ControlHandler = (method: string, path: string, body: unknown) => Promise<RouteResponse | undefined>;

/** Serves one engine over HTTP on a unix socket or a Windows named pipe. */
export class SocketServer {
  private server: http.Server | undefined;
  private readonly sockets = new Set<Socket>();
  private address = '';
  private listening = createDeferred();

  constructor(
    private readonly core: FakePodman,
    private readonly faults: FaultScript,
    private readonly log: RequestLog,
    private readonly control: ControlHandler,
  ) {}

  async listen(address: string): Promise<void> {
    this.address = address;
    // A stale socket file would cause EADDRINUSE.
    if (!address.startsWith('\\\\')) await rm(address, { force: true });
    const server = http.createServer((request, response) => {
      this.handle(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
    server.on('upgrade', (request: http.IncomingMessage, socket: Duplex, head: Buffer) => {
      this.upgrade(request, socket, head).catch(() => socket.destroy());
    });
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    server.requestTimeout = 0;
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(address, resolve);
    });
    this.listening.resolve();
  }

  whenListening(): Promise<void> {
    return this.listening.promise;
  }

  /** Closes all connections and removes the socket. Requests in progress continue. */
  async close(): Promise<void> {
    const server = this.server;
    if (!server) return;
    this.server = undefined;
    this.listening = createDeferred();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private async handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const method = request.method ?? 'GET';
    const path = request.url ?? '/';
    const body = await readRequestBody(request);
    const controlled = await this.control(method, path, body);
    if (controlled) {
      sendResponse(response, controlled, this.core.profile);
      return;
    }
    const logged = this.log.add(method, path);
    const work = (): Promise<RouteResponse> => this.respond(method, path, body);
    const fault = this.faults.forRequest(method, path);
    if (fault) await this.applyFault(fault, work, logged, response);
    else this.send(response, await work(), logged);
  }

  private async upgrade(request: http.IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const method = request.method ?? 'GET';
    const path = request.url ?? '/';
    const { body, rest } = await readBody(request, socket, head);
    const logged = this.log.add(method, path);
    const result = await this.respond(method, path, body);
    this.log.setStatus(logged, result.status);
    handleUpgrade(socket, result, rest, this.core.profile);
  }

  private async respond(method: string, path: string, body: unknown): Promise<RouteResponse> {
    try {
      return await dispatch(this.core, method, path, body);
    } catch (error) {
      const apiError = error instanceof ApiError ? error : new ApiError(500, String(error));
      return { status: apiError.status, json: apiError.body };
    }
  }

  private send(response: http.ServerResponse, result: RouteResponse, logged: LoggedRequest): void {
    this.log.setStatus(logged, result.status);
    sendResponse(response, result, this.core.profile);
  }

  private async applyFault(
    fault: FaultAction,
    work: () => Promise<RouteResponse>,
    logged: LoggedRequest,
    response: http.ServerResponse,
  ): Promise<void> {
    switch (fault.kind) {
      case 'respond':
        this.send(response, toRouteResponse(fault.status, fault.body, fault.contentType), logged);
        return;
      case 'html':
        this.send(response, toRouteResponse(fault.status ?? 200, '<!doctype html><h1>Proxy</h1>', 'text/html'), logged);
        return;
      case 'omit':
        this.send(response, omitMember(await work(), fault.member), logged);
        return;
      case 'falseSuccess':
        this.send(response, falseSuccess(this.core, logged.method, logged.path), logged);
        return;
      case 'delay':
        await this.core.timers.delay(fault.ms);
        this.send(response, await work(), logged);
        return;
      case 'silence':
        if (fault.perform ?? true) await work();
        return;
      case 'cut':
      case 'halfJson': {
        const result = (fault.perform ?? true) ? await work() : falseSuccess(this.core, logged.method, logged.path);
        this.log.setStatus(logged, result.status);
        sendTruncated(response, result, this.core.profile, fault.kind === 'cut');
        return;
      }
      case 'stopServer':
        if (fault.perform ?? false) await work();
        await this.close();
        if (fault.forMs !== undefined) {
          this.core.timers.after(fault.forMs, () => {
            this.listen(this.address).catch(() => undefined);
          });
        }
        return;
    }
  }
}

/** The success response of a request that is not executed. */
function falseSuccess(core: FakePodman, method: string, path: string): RouteResponse {
  const { store, profile } = core;
  const ref = /\/(?:containers|pods)\/([^/?]+)/.exec(path)?.[1] ?? '';
  if (method === 'DELETE' && path.includes('/pods/')) {
    const pod = store.findPod(ref);
    const members = Object.fromEntries([...(pod?.memberIds ?? [])].map((id) => [id, null]));
    const id = pod?.id ?? ref;
    return {
      status: 200,
      json: { ...(profile.reportsRemovedMembers ? { RemovedCtrs: members } : {}), Err: null, Id: id },
    };
  }
  if (method === 'DELETE' && path.includes('/libpod/containers/')) {
    const id = store.findContainer(ref)?.id ?? ref;
    return { status: 200, json: [profile.echoesRawInput ? { Id: id, RawInput: id } : { Id: id }] };
  }
  return { status: 204 };
}

function createDeferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

function omitMember(result: RouteResponse, member: string): RouteResponse {
  if (result.json === undefined) return result;
  const text = JSON.stringify(result.json, (name, value: unknown) => (name === member ? undefined : value));
  return { ...result, json: JSON.parse(text) as unknown };
}

function toRouteResponse(status: number, body: unknown, contentType: string | undefined): RouteResponse {
  if (typeof body === 'string') return { status, text: body, contentType: contentType ?? 'text/plain' };
  return { status, json: body, ...(contentType === undefined ? {} : { contentType }) };
}

/** A buffer of a tar, otherwise the parsed JSON. */
async function readRequestBody(request: http.IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  if (request.headers['content-type'] === 'application/tar') return Buffer.concat(chunks);
  const text = Buffer.concat(chunks).toString();
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const notFound: RouteResponse = { status: 404, text: 'Not Found\n', contentType: 'text/plain; charset=utf-8' };

/** Routes a request to its handler. Handlers throw an `ApiError`. */
async function dispatch(core: FakePodman, method: string, target: string, body: unknown): Promise<RouteResponse> {
  const url = new URL(target, 'http://demo');
  const version = /^\/v(\d+)(?:\.\d+)*(?=\/)/.exec(url.pathname);
  const path = version ? url.pathname.slice(version[0].length) : url.pathname;
  for (const candidate of routes) {
    if (candidate.method !== method || (!version && !candidate.unversioned)) continue;
    const match = candidate.path.exec(path);
    if (!match) continue;
    const params = Object.fromEntries(
      Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
    return candidate.handle({ core, params, query: url.searchParams, body, apiMajor: Number(version?.[1] ?? 0) });
  }
  return notFound;
}
