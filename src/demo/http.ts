import type http from 'node:http';
import { type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Profile } from './profile';
import type { RouteResponse } from './routes/route';

/** Writes an answer with the headers that the engine of this profile sends. */
export function sendResponse(response: ServerResponse, answer: RouteResponse, profile: Profile): void {
  const body = bodyOf(answer);
  response.writeHead(answer.status, headersOf(answer, profile, body));
  if (answer.stream) {
    response.flushHeaders();
    answer.stream({
      write: (chunk) => void response.write(chunk),
      end: () => void response.end(),
      onClose: (action) => void response.once('close', action),
    });
    return;
  }
  response.end(body);
}

/** Writes half of an answer's body: then drops the connection, or ends as if that were all. */
export function sendTruncated(response: ServerResponse, answer: RouteResponse, profile: Profile, drop: boolean): void {
  const body = bodyOf(answer) ?? Buffer.from('{"cut":');
  const half = body.subarray(0, Math.ceil(body.length / 2));
  const headers = headersOf(answer, profile, drop ? body : half);
  response.writeHead(answer.status === 204 ? 200 : answer.status, headers);
  if (drop) response.write(half, () => response.destroy());
  else response.end(half);
}

function bodyOf(answer: RouteResponse): Buffer | undefined {
  if (answer.text !== undefined) return Buffer.from(answer.text);
  return answer.json === undefined ? undefined : Buffer.from(`${JSON.stringify(answer.json)}\n`);
}

function headersOf(answer: RouteResponse, profile: Profile, body: Buffer | undefined): OutgoingHttpHeaders {
  const type = answer.contentType ?? (answer.json === undefined ? undefined : 'application/json');
  return {
    // Paths that no route takes are answered without them, by the engine's router.
    ...(answer.status === 404 && answer.text !== undefined
      ? {}
      : {
          'Api-Version': profile.apiVersion,
          'Libpod-Api-Version': profile.version,
          Server: `Libpod/${profile.version} (linux)`,
        }),
    ...answer.headers,
    ...(type === undefined ? {} : { 'Content-Type': type }),
    ...(body === undefined ? {} : { 'Content-Length': body.length }),
  };
}

/** One request as the engine saw it. `status` stays undefined while it is not answered. */
export interface LoggedRequest {
  method: string;
  /** Path and query as sent. */
  path: string;
  /** Milliseconds since the epoch, on the engine's clock. */
  at: number;
  status: number | undefined;
}

const retained = 20_000;

/** What was asked of the engine, in order. */
export class RequestLog {
  private requests: LoggedRequest[] = [];
  private watchers: { matches: (request: LoggedRequest) => boolean; count: number; resolve: () => void }[] = [];

  add(method: string, path: string, at: number): LoggedRequest {
    const request: LoggedRequest = { method, path, at, status: undefined };
    this.requests.push(request);
    if (this.requests.length > 2 * retained) this.requests.splice(0, retained);
    this.wake();
    return request;
  }

  /** To be called when a request's `status` is set. */
  answered(request: LoggedRequest, status: number): void {
    request.status = status;
    this.wake();
  }

  all(): LoggedRequest[] {
    return this.requests.map((request) => ({ ...request }));
  }

  /** Resolves once at least `count` requests match, those of the past included. */
  until(matches: (request: LoggedRequest) => boolean, count = 1): Promise<void> {
    return new Promise((resolve) => {
      this.watchers.push({ matches, count, resolve });
      this.wake();
    });
  }

  private wake(): void {
    this.watchers = this.watchers.filter(({ matches, count, resolve }) => {
      if (this.requests.filter(matches).length < count) return true;
      resolve();
      return false;
    });
  }
}

/** The body of a request that asked for its connection to be handed over, and what was sent behind it. */
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

/** Answers on the bare connection: hands it over where the answer says so, and ends it otherwise. */
export function handleUpgrade(socket: Duplex, answer: RouteResponse, rest: Buffer, profile: Profile): void {
  socket.on('error', () => socket.destroy());
  if (!answer.upgrade) {
    const body = answer.json === undefined ? '' : `${JSON.stringify(answer.json)}\n`;
    const lines = [
      `HTTP/1.1 ${answer.status} ${answer.status}`,
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
  const typed = answer.upgrade({ write: (text) => void socket.write(text), end: () => socket.end() });
  if (rest.length > 0) typed(rest.toString());
  socket.on('data', (chunk: Buffer) => typed(chunk.toString()));
}
