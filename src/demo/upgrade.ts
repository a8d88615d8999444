import type http from 'node:http';
import type { Duplex } from 'node:stream';
import type { Profile } from './profile';
import type { Answer } from './routes/route';

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
export function answerUpgrade(socket: Duplex, answer: Answer, rest: Buffer, profile: Profile): void {
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
