import type http from 'node:http';
import { type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Profile } from './profile';
import type { RouteResponse } from './routes/route';

/** Writes a response with the headers of the profile. */
export function sendResponse(response: ServerResponse, result: RouteResponse, profile: Profile): void {
  const body = bodyOf(result);
  response.writeHead(result.status, headersOf(result, profile, body));
  if (result.stream) {
    response.flushHeaders();
    result.stream({
      write: (chunk) => void response.write(chunk),
      end: () => void response.end(),
      onClose: (action) => void response.once('close', action),
    });
    return;
  }
  response.end(body);
}

/** Writes half of the body, then drops the connection or ends the response as if complete. */
export function sendTruncated(response: ServerResponse, result: RouteResponse, profile: Profile, drop: boolean): void {
  const body = bodyOf(result) ?? Buffer.from('{"cut":');
  const half = body.subarray(0, Math.ceil(body.length / 2));
  const headers = headersOf(result, profile, drop ? body : half);
  response.writeHead(result.status === 204 ? 200 : result.status, headers);
  if (drop) response.write(half, () => response.destroy());
  else response.end(half);
}

function bodyOf(result: RouteResponse): Buffer | undefined {
  if (result.text !== undefined) return Buffer.from(result.text);
  return result.json === undefined ? undefined : Buffer.from(`${JSON.stringify(result.json)}\n`);
}

function headersOf(result: RouteResponse, profile: Profile, body: Buffer | undefined): OutgoingHttpHeaders {
  const type = result.contentType ?? (result.json === undefined ? undefined : 'application/json');
  return {
    // The router's own 404 has none of these.
    ...(result.status === 404 && result.text !== undefined
      ? {}
      : {
          'Api-Version': profile.apiVersion,
          'Libpod-Api-Version': profile.version,
          Server: `Libpod/${profile.version} (linux)`,
        }),
    ...result.headers,
    ...(type === undefined ? {} : { 'Content-Type': type }),
    ...(body === undefined ? {} : { 'Content-Length': body.length }),
  };
}

/** `status` is undefined until the response is sent. */
export interface LoggedRequest {
  method: string;
  /** Path and query as sent. */
  path: string;
  status: number | undefined;
}

const logSize = 20_000;

/** All requests, in order. */
export class RequestLog {
  private requests: LoggedRequest[] = [];
  private watchers: { matches: (request: LoggedRequest) => boolean; count: number; resolve: () => void }[] = [];

  add(method: string, path: string): LoggedRequest {
    const request: LoggedRequest = { method, path, status: undefined };
    this.requests.push(request);
    if (this.requests.length > 2 * logSize) this.requests.splice(0, logSize);
    this.notifyWatchers();
    return request;
  }

  setStatus(request: LoggedRequest, status: number): void {
    request.status = status;
    this.notifyWatchers();
  }

  all(): LoggedRequest[] {
    return this.requests.map((request) => ({ ...request }));
  }

  /** Resolves once at least `count` requests match, including past ones. */
  waitFor(matches: (request: LoggedRequest) => boolean, count = 1): Promise<void> {
    return new Promise((resolve) => {
      this.watchers.push({ matches, count, resolve });
      this.notifyWatchers();
    });
  }

  private notifyWatchers(): void {
    this.watchers = this.watchers.filter(({ matches, count, resolve }) => {
      if (this.requests.filter(matches).length < count) return true;
      resolve();
      return false;
    });
  }
}

/** Reads the body of an upgrade request; `rest` is the data after it. */
export async function readBody(
  request: http.IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<{ body: unknown; rest: Buffer }> {
  const length = Number(request.headers['content-length'] ?? 0);
  let bytes = head;
  while (bytes.length < length) {
    const chunk = socket.read() as Buffer | null;
    if (chunk) bytes = Buffer.concat([bytes, chunk]);
    else if (!(await isReadable(socket))) break;
  }
  const text = bytes.toString('utf8', 0, length);
  return { body: text.trim() === '' ? undefined : (JSON.parse(text) as unknown), rest: bytes.subarray(length) };
}

function isReadable(socket: Duplex): Promise<boolean> {
  return new Promise((resolve) => {
    socket.once('readable', () => resolve(true));
    socket.once('close', () => resolve(false));
  });
}

/** Upgrades the connection if the route does, else writes the response and ends it. */
export function handleUpgrade(socket: Duplex, result: RouteResponse, rest: Buffer, profile: Profile): void {
  socket.on('error', () => socket.destroy());
  if (!result.upgrade) {
    const body = result.json === undefined ? '' : `${JSON.stringify(result.json)}\n`;
    const lines = [
      `HTTP/1.1 ${result.status} ${result.status}`,
      `Server: Libpod/${profile.version} (linux)`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
    ];
    socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
    return;
  }
  const type = 'Content-Type: application/vnd.docker.raw-stream';
  socket.write(`HTTP/1.1 101 UPGRADED\r\n${type}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`);
  const onInput = result.upgrade({ write: (text) => void socket.write(text), end: () => socket.end() });
  if (rest.length > 0) onInput(rest.toString());
  socket.on('data', (chunk: Buffer) => onInput(chunk.toString()));
}
