import type { EngineId } from '../../graph/model';
import { deadlines } from '../deadlines';
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
  try {
    await api.stream('/events', { query, deadline: deadlines.command }, signal, {
      onOpen: () => listener.onOpen(),
      onChunk: (chunk) => {
        for (const value of lines.push(chunk)) {
          const event = readEvent(value, engine);
          if (event) listener.onEvent(event);
        }
      },
    });
  } catch (thrown) {
    throw systemError(thrown);
  }
  if (!signal.aborted) throw new EngineError('unreachable', 'the engine ended its stream of events');
}
