import http from 'node:http';

/** An answer as it came, its body parsed if it was JSON. */
export interface RawAnswer {
  status: number;
  contentType: string;
  text: string;
  json: unknown;
}

/** Asks an engine over its socket. Rejects if the connection breaks before the answer is whole. */
export function request(socketPath: string, method: string, path: string, body?: unknown): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const request = http.request({ socketPath, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const contentType = response.headers['content-type'] ?? '';
        resolve({ status: response.statusCode ?? 0, contentType, text, json: parsed(text) });
      });
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** An answer that goes on: its lines as they come, until `close`. */
export interface LineStream {
  lines: string[];
  /** Resolves when a line that matches is there, those before included. */
  until(matches: (line: string) => boolean): Promise<string>;
  /** Resolves when the engine ends the stream or the connection breaks. */
  ended: Promise<void>;
  close(): void;
}

/** Opens a stream of lines. Resolves when the engine has begun to answer. */
export function openLines(socketPath: string, path: string): Promise<LineStream> {
  return new Promise((resolve, reject) => {
    const request = http.request({ socketPath, path, agent: false }, (response) => {
      const lines: string[] = [];
      const waiting: { matches: (line: string) => boolean; resolve: (line: string) => void }[] = [];
      let rest = '';
      response.on('data', (chunk: Buffer) => {
        const parts = (rest + chunk.toString()).split('\n');
        rest = parts.pop() ?? '';
        for (const line of parts) {
          lines.push(line);
          for (const each of waiting.filter((one) => one.matches(line))) each.resolve(line);
        }
      });
      response.on('error', () => undefined);
      const ended = new Promise<void>((end) => response.once('close', () => end()));
      resolve({
        lines,
        ended,
        until: (matches) =>
          new Promise((done) => {
            const there = lines.find(matches);
            if (there === undefined) waiting.push({ matches, resolve: done });
            else done(there);
          }),
        close: () => request.destroy(),
      });
    });
    request.on('error', reject);
    request.end();
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
