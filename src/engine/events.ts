import { type EngineId, nodeKey } from '../graph/model/model';
import type { EngineEvent, EventAction, EventListener } from './engine';
import { EngineError, fromSystemError } from './error';
import { excerpt, JsonObject, number, text } from './responses/json';
import { timeouts } from './timeouts';
import type { EngineHttpClient } from './transport/engineHttpClient';
import type { Query } from './transport/transport';

/** Podman's and Docker's words for the same. Others (`init`, `cleanup`, `exec_start: …`) are told as `other`. */
const actions: ReadonlyMap<string, EventAction> = new Map([
  ['create', 'create'],
  ['start', 'start'],
  ['died', 'exit'],
  ['die', 'exit'],
  ['stop', 'stop'],
  ['pause', 'pause'],
  ['unpause', 'unpause'],
  ['rename', 'rename'],
  ['update', 'update'],
  ['remove', 'remove'],
  ['destroy', 'remove'],
]);

/**
 * An event of a container or a pod, undefined for all others. Podman and Docker agree on `{Type, Action, Actor, time,
 * timeNano}`; Docker also sent `status` and `id` up to API 1.51, and only those in its first versions.
 */
export function parseEvent(value: unknown, engine: EngineId): EngineEvent | undefined {
  const event = JsonObject(value);
  const type = text(event['Type']);
  const actor = JsonObject(event['Actor']);
  const id = text(actor['ID']) || text(event['id']);
  if (!id || (type !== '' && type !== 'container' && type !== 'pod')) return undefined;
  const attributes = JsonObject(actor['Attributes']);
  const action = actions.get(text(event['Action']) || text(event['status'])) ?? 'other';
  const pod = text(attributes['podId']);
  return {
    key: nodeKey(engine, type === 'pod' ? 'pod' : 'container', id),
    action,
    name: text(attributes['name']) || undefined,
    pod: pod ? nodeKey(engine, 'pod', pod) : undefined,
    // Podman puts an exit code into every event; only of a death does it mean anything.
    exitCode: action === 'exit' ? exitCode(attributes['containerExitCode'] ?? attributes['exitCode']) : undefined,
    at: at(event['timeNano'], event['time']),
  };
}

function exitCode(value: unknown): number | undefined {
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : number(value);
}

function at(nanoseconds: unknown, seconds: unknown): number {
  return Math.trunc((number(nanoseconds) ?? (number(seconds) ?? 0) * 1e9) / 1e6);
}

/** An event is some hundred bytes; its attributes carry labels. */
const LONGEST_LINE = 4 * 1024 * 1024;

/**
 * NDJSON put together again: chunks break lines, and even characters, anywhere. `push` gives the values of the lines that
 * a chunk completes. Throws `malformed` for a line that is no JSON: what sends that is no engine, or lost bytes.
 */
export class NdjsonParser {
  private readonly decoder = new TextDecoder();
  private remainder = '';

  push(chunk: Uint8Array): unknown[] {
    const lines = (this.remainder + this.decoder.decode(chunk, { stream: true })).split('\n');
    this.remainder = lines.pop() ?? '';
    if (this.remainder.length > LONGEST_LINE) throw new EngineError('malformed', 'events: a line without an end');
    return lines.flatMap(parseLine);
  }

  /** The last line, where the stream ended without a newline. Half an event is none; anything else is `malformed`. */
  end(): unknown[] {
    try {
      return parseLine(this.remainder);
    } catch (thrown) {
      if (this.remainder.trimStart().startsWith('{')) return [];
      throw thrown;
    }
  }
}

function parseLine(line: string): unknown[] {
  if (line.trim() === '') return [];
  try {
    return [JSON.parse(line)];
  } catch {
    throw new EngineError('malformed', `events: a line that is not JSON: ${line.slice(0, 80)}`);
  }
}

/**
 * Follows an engine's events until the signal is aborted (resolves or rejects, as it comes) or the stream ends. All engines send the head of their answer at once, before any
 * event, so that its coming is the sign that the request was taken.
 */
export async function streamEvents(
  api: EngineHttpClient,
  engine: EngineId,
  query: Query,
  listener: EventListener,
  signal: AbortSignal,
): Promise<void> {
  const lines = new NdjsonParser();
  const take = (value: unknown) => {
    const event = parseEvent(value, engine);
    if (event) listener.onEvent(event);
    else if (isError(value))
      throw new EngineError(
        'noEvents',
        excerpt(text(JsonObject(value)['message']) || text(JsonObject(value)['cause']), 500),
      );
  };
  try {
    await api.stream('/events', { query, deadline: timeouts.command }, signal, {
      onOpen: () => listener.onOpen(),
      onChunk: (chunk) => {
        for (const value of lines.push(chunk)) take(value);
      },
    });
    for (const value of lines.end()) take(value);
  } catch (thrown) {
    throw fromSystemError(thrown);
  }
  if (!signal.aborted) throw new EngineError('unreachable', 'the engine ended its stream of events');
}

/** With the backend `none` Podman answers 200, and its error as the only line (4.3.1 to 6.1.1). */
function isError(value: unknown): boolean {
  const { Type, Action, status, message, cause } = JsonObject(value);
  return Type === undefined && Action === undefined && status === undefined && Boolean(message ?? cause);
}
