import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** A response of an engine; `json` is undefined if the body is not JSON. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: unknown;
}

/** Sends one request to an engine's socket or pipe. Rejects if the connection is idle for `timeout` milliseconds. */
export function request(
  socket: string,
  method: string,
  url: string,
  body?: unknown,
  timeout = 60_000,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const sent = http.request({ socketPath: socket, method, path: url, headers, timeout }, (message) => {
      const chunks: Buffer[] = [];
      message.on('data', (chunk: Buffer) => chunks.push(chunk));
      message.on('error', reject);
      message.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        let json: unknown;
        try {
          json = JSON.parse(text);
        } catch {
          json = undefined; // 204 has no body, some errors are plain text
        }
        resolve({ status: message.statusCode ?? 0, text, json });
      });
    });
    sent.on('timeout', () => sent.destroy(new Error(`${method} ${url}: no response within ${timeout} ms`)));
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Waits until the engine answers a ping. Resolves with an error: it exited (`exit`), or `timeout` milliseconds passed. */
export async function responds(socket: string, timeout: number, exit: Promise<string>): Promise<string | undefined> {
  let ended: string | undefined;
  void exit.then((reason) => (ended = reason));
  const until = Date.now() + timeout;
  while (Date.now() < until) {
    if (ended !== undefined) return ended;
    const ping = await request(socket, 'GET', '/_ping', undefined, 5000).catch(() => undefined);
    if (ping?.status === 200) return undefined;
    await pause(30);
  }
  return `no response within ${timeout / 1000} s`;
}
