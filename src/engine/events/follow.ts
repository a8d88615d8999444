import type { EngineId } from '../../graph/model';
import { deadlines } from '../deadlines';
import { fields, firstWords, text } from '../answers/json';
import type { EventListener } from '../engine';
import { EngineError } from '../error';
import type { Api } from '../transport/api';
import type { Query } from '../transport/transport';
import { systemError } from '../transport/systemError';
import { readEvent } from './engineEvent';
import { JsonLines } from './lines';

/**
 * Follows an engine's events until the signal is aborted (resolves or rejects, as it comes) or the stream ends. All engines send the head of their answer at once, before any
 * event, so that its coming is the sign that the request was taken.
 */
export async function followEvents(
  api: Api,
  engine: EngineId,
  query: Query,
  listener: EventListener,
  signal: AbortSignal,
): Promise<void> {
  const lines = new JsonLines();
  const take = (value: unknown) => {
    const event = readEvent(value, engine);
    if (event) listener.onEvent(event);
    else if (isError(value))
      throw new EngineError(
        'noEvents',
        firstWords(text(fields(value)['message']) || text(fields(value)['cause']), 500),
      );
  };
  try {
    await api.stream('/events', { query, deadline: deadlines.command }, signal, {
      onOpen: () => listener.onOpen(),
      onChunk: (chunk) => {
        for (const value of lines.push(chunk)) take(value);
      },
    });
    for (const value of lines.end()) take(value);
  } catch (thrown) {
    throw systemError(thrown);
  }
  if (!signal.aborted) throw new EngineError('unreachable', 'the engine ended its stream of events');
}

/** With the backend `none` Podman answers 200, and its error as the only line (4.3.1 to 6.1.1). */
function isError(value: unknown): boolean {
  const { Type, Action, status, message, cause } = fields(value);
  return Type === undefined && Action === undefined && status === undefined && Boolean(message ?? cause);
}
