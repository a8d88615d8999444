import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Profile } from './profile';
import type { Answer } from './routes/route';

/** Writes an answer with the headers that the engine of this profile sends. */
export function sendAnswer(response: ServerResponse, answer: Answer, profile: Profile): void {
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
export function sendHalf(response: ServerResponse, answer: Answer, profile: Profile, drop: boolean): void {
  const body = bodyOf(answer) ?? Buffer.from('{"cut":');
  const half = body.subarray(0, Math.ceil(body.length / 2));
  const headers = headersOf(answer, profile, drop ? body : half);
  response.writeHead(answer.status === 204 ? 200 : answer.status, headers);
  if (drop) response.write(half, () => response.destroy());
  else response.end(half);
}

function bodyOf(answer: Answer): Buffer | undefined {
  if (answer.text !== undefined) return Buffer.from(answer.text);
  return answer.json === undefined ? undefined : Buffer.from(`${JSON.stringify(answer.json)}\n`);
}

function headersOf(answer: Answer, profile: Profile, body: Buffer | undefined): OutgoingHttpHeaders {
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
