import http from 'node:http';

/** `json` is undefined if the body is not JSON. */
export interface RawResponse {
  status: number;
  contentType: string;
  text: string;
  json: unknown;
}

/** Sends a request over a socket. Rejects if the connection breaks before the response is complete. */
export function request(socketPath: string, method: string, path: string, body?: unknown): Promise<RawResponse> {
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

/** A streamed response. */
export interface LineStream {
  lines: string[];
  /** Resolves with the first matching line, including past ones. */
  waitFor(matches: (line: string) => boolean): Promise<string>;
  /** Resolves when the engine ends the stream or the connection breaks. */
  ended: Promise<void>;
  close(): void;
}

/** Resolves when the response headers have arrived. */
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
        waitFor: (matches) =>
          new Promise((done) => {
            const existing = lines.find(matches);
            if (existing === undefined) waiting.push({ matches, resolve: done });
            else done(existing);
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
