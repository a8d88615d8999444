import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { Address } from '../../src/engine/address';

interface RecordedRequest {
  readonly method: string;
  /** Path and query as received. */
  readonly target: string;
}

/** A server on its own socket; closed and deleted after the test. */
interface TestServer {
  readonly address: Extract<Address, { kind: 'unix' }>;
  readonly requests: RecordedRequest[];
  /** Resolves with the next request. */
  nextRequest(): Promise<void>;
  /** Resolves when all connections are closed. */
  noConnections(): Promise<void>;
  close(): Promise<void>;
}

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

/** A folder, deleted after the test. Its path is short: socket paths must be under 108 bytes. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'pg-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function serve(handler: Handler): Promise<TestServer> {
  const socket = path.join(temporaryFolder(), 's');
  return { ...(await listen(handler, socket)), address: { kind: 'unix', path: socket } };
}

/** The same on a loopback port. */
export async function serveTcp(
  handler: Handler,
): Promise<{ readonly port: number; readonly requests: RecordedRequest[] }> {
  const { server, requests } = await listen(handler, { port: 0, host: '127.0.0.1' });
  return { port: (server.address() as AddressInfo).port, requests };
}

async function listen(handler: Handler, where: string | { port: number; host: string }) {
  const requests: RecordedRequest[] = [];
  const open = new Set<Socket>();
  const server = http.createServer((request, response) => {
    requests.push({ method: request.method ?? '', target: request.url ?? '' });
    server.emit('request received');
    handler(request, response);
  });
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      if (open.size === 0) server.emit('quiet');
    });
  });
  server.listen(where);
  await once(server, 'listening');
  const close = async () => {
    for (const socket of open) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(close);
  return {
    server,
    requests,
    close,
    nextRequest: async () => void (await once(server, 'request received')),
    noConnections: async () => {
      if (open.size > 0) await once(server, 'quiet');
    },
  };
}

export function respond(response: http.ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
