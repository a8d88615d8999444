import { createHash } from 'node:crypto';
import type { HttpResponse } from '../../src/engine/transport/transport';
import { readRecording, recordedEngines } from '../demo/recordings';

/** Id that a recorded name stands for: recordings hold names in place of ids. */
export function idOf(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

/** A recorded text with ids and times put back in, so that it reads as the engine wrote it. */
function restore(text: string): string {
  return text
    .replace(/<time>/g, '2026-11-23T07:26:17.852326962Z')
    .replace(/<short ([^<>"]+)>/g, (_, name: string) => idOf(name).slice(0, 12))
    .replace(/<([a-z][^<>"]*)>/g, (_, name: string) => idOf(name));
}

/** Answers of real engines to the requests of one situation, as the transport would hand them over. */
export async function recordedAnswers(engine: string, situation: string): Promise<readonly HttpResponse[]> {
  const exchanges = await readRecording(engine, situation);
  return exchanges.map(({ request, status, contentType, body }) => ({
    request: restore(request),
    status,
    headers: { 'content-type': contentType },
    body: restore(typeof body === 'string' ? body : JSON.stringify(body)),
  }));
}

export { recordedEngines };
