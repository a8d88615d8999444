import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { Address } from '../../src/engine/address';

export interface RecordedRequest {
  readonly method: string;
  /** Path and query as they arrived. */
  readonly target: string;
}

/** A server of a few lines on a socket of its own; it and its folder go when the test ends. */
export interface TestServer {
  readonly address: Extract<Address, { kind: 'unix' }>;
  readonly asked: RecordedRequest[];
  /** Resolves when a request has come in. */
  nextRequest(): Promise<void>;
  /** Resolves when no connection is open any more. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

/** A folder that goes when the test ends. Short: a socket's whole path must stay under 108 bytes. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'pg-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function serve(handler: Handler): Promise<TestServer> {
  const socket = path.join(temporaryFolder(), 's');
  return { ...(await listen(handler, socket)), address: { kind: 'unix', path: socket } };
}

/** The same on a port of the loopback interface. */
export async function serveTcp(
  handler: Handler,
): Promise<{ readonly port: number; readonly asked: RecordedRequest[] }> {
  const { server, asked } = await listen(handler, { port: 0, host: '127.0.0.1' });
  return { port: (server.address() as AddressInfo).port, asked };
}

async function listen(handler: Handler, where: string | { port: number; host: string }) {
  const asked: RecordedRequest[] = [];
  const open = new Set<Socket>();
  const server = http.createServer((request, response) => {
    asked.push({ method: request.method ?? '', target: request.url ?? '' });
    server.emit('asked');
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
    asked,
    close,
    nextRequest: async () => void (await once(server, 'asked')),
    quiet: async () => {
      if (open.size > 0) await once(server, 'quiet');
    },
  };
}

/** Answers with JSON. */
export function answer(response: http.ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
