import { createHash } from 'node:crypto';
import type { HttpResponse } from '../../src/engine/transport/transport';
import { readRecording, recordedEngines } from '../demo/recordings';

/** The id for a name: recordings contain names instead of ids. */
export function idOf(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

/** Restores ids and times in a recorded text. */
function restore(text: string): string {
  return text
    .replace(/<time>/g, '2026-11-23T07:26:17.852326962Z')
    .replace(/<short ([^<>"]+)>/g, (_, name: string) => idOf(name).slice(0, 12))
    .replace(/<([a-z][^<>"]*)>/g, (_, name: string) => idOf(name));
}

/** Recorded responses of real engines to the requests of a situation. */
export async function recordedResponses(engine: string, situation: string): Promise<readonly HttpResponse[]> {
  const exchanges = await readRecording(engine, situation);
  return exchanges.map(({ request, status, contentType, body }) => ({
    request: restore(request),
    status,
    headers: { 'content-type': contentType },
    body: restore(typeof body === 'string' ? body : JSON.stringify(body)),
  }));
}

export { recordedEngines };
