import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** An answer of an engine, its body parsed where it is JSON. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: unknown;
}

/** Sends one request to an engine's socket or pipe. Rejects if no whole answer comes within `deadline` milliseconds. */
export function request(
  socket: string,
  method: string,
  url: string,
  body?: unknown,
  deadline = 60_000,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const sent = http.request({ socketPath: socket, method, path: url, headers, timeout: deadline }, (message) => {
      const chunks: Buffer[] = [];
      message.on('data', (chunk: Buffer) => chunks.push(chunk));
      message.on('error', reject);
      message.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        let json: unknown;
        try {
          json = JSON.parse(text);
        } catch {
          json = undefined; // 204 has none, and some errors are plain words
        }
        resolve({ status: message.statusCode ?? 0, text, json });
      });
    });
    sent.on('timeout', () => sent.destroy(new Error(`${method} ${url}: no answer in ${deadline} ms`)));
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Waits until the engine answers its ping. Resolves with what went wrong: it ended (`exit`), or the deadline passed. */
export async function responds(socket: string, deadline: number, exit: Promise<string>): Promise<string | undefined> {
  let ended: string | undefined;
  void exit.then((how) => (ended = how));
  const until = Date.now() + deadline;
  while (Date.now() < until) {
    if (ended !== undefined) return ended;
    const ping = await request(socket, 'GET', '/_ping', undefined, 5000).catch(() => undefined);
    if (ping?.status === 200) return undefined;
    await pause(30);
  }
  return `no answer in ${deadline / 1000} s`;
}
