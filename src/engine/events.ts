import { type EngineId, nodeKey } from '../graph/model/model';
import { isResourceKind } from '../graph/model/resources';
import type { EngineEvent, EventAction, EventListener } from './engine';
import { EngineError, fromSystemError } from './error';
import { asNumber, asObject, asString, excerpt } from '../graph/model/untrusted';
import { parseHealth } from './responses/health';
import { timeouts } from './timeouts';
import type { EngineHttpClient } from './transport/engineHttpClient';
import type { Query } from './transport/transport';

/** Actions of Podman and Docker. All others (`init`, `cleanup`, `exec_start: …`) become `other`. */
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
 * A container or pod event, undefined for other kinds. Podman and Docker use `{Type, Action, Actor, time, timeNano}`;
 * Docker up to API 1.51 also `status` and `id`, its first versions only those.
 */
export function parseEvent(value: unknown, engine: EngineId): EngineEvent | undefined {
  const event = asObject(value);
  const type = asString(event['Type']);
  const actor = asObject(event['Actor']);
  const id = asString(actor['ID']) || asString(event['id']);
  if (!id || (type !== '' && type !== 'container' && type !== 'pod')) return undefined;
  const attributes = asObject(actor['Attributes']);
  const [word = '', detail] = (asString(event['Action']) || asString(event['status'])).split(': ');
  const action = word === 'health_status' ? 'health' : (detail === undefined && actions.get(word)) || 'other';
  return {
    key: nodeKey(engine, type === 'pod' ? 'pod' : 'container', id),
    action,
    name: asString(attributes['name']) || undefined,
    // Podman sets an exit code in every event; it is valid only for this action.
    exitCode: action === 'exit' ? exitCode(attributes['containerExitCode'] ?? attributes['exitCode']) : undefined,
    ...(action === 'health'
      ? { health: parseHealth(detail ?? event['HealthStatus'] ?? attributes['health_status']) }
      : {}),
    at: timestamp(event['timeNano'], event['time']),
  };
}

function exitCode(value: unknown): number | undefined {
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : asNumber(value);
}

function timestamp(nanoseconds: unknown, seconds: unknown): number {
  return Math.trunc((asNumber(nanoseconds) ?? (asNumber(seconds) ?? 0) * 1e9) / 1e6);
}

/** Bytes; an event has a few hundred, more with many labels. */
const MAX_LINE_LENGTH = 4 * 1024 * 1024;

/**
 * Parses NDJSON from chunks that may split lines and characters. `push` returns the values of all completed lines, and
 * throws `malformed` for a line that is not JSON.
 */
export class NdjsonParser {
  private readonly decoder = new TextDecoder();
  private remainder = '';

  push(chunk: Uint8Array): unknown[] {
    const lines = (this.remainder + this.decoder.decode(chunk, { stream: true })).split('\n');
    this.remainder = lines.pop() ?? '';
    if (this.remainder.length > MAX_LINE_LENGTH) throw new EngineError('malformed', 'events: a line that is too long');
    return lines.flatMap(parseLine);
  }

  /** The last line if it has no newline. A truncated event is dropped; other text is `malformed`. */
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
 * Streams an engine's events until the signal is aborted (then it may resolve or reject) or the stream ends (rejects).
 * Engines send the response headers at once, so their arrival confirms the subscription.
 */
export async function streamEvents(
  api: EngineHttpClient,
  engine: EngineId,
  query: Query,
  listener: EventListener,
  signal: AbortSignal,
): Promise<void> {
  const lines = new NdjsonParser();
  const handle = (value: unknown) => {
    const event = parseEvent(value, engine);
    const kind = asString(asObject(value)['Type']);
    if (event) listener.onEvent(event);
    else if (isResourceKind(kind)) listener.onResourceEvent?.(kind);
    else if (isError(value))
      throw new EngineError(
        'noEvents',
        excerpt(asString(asObject(value)['message']) || asString(asObject(value)['cause']), 500),
      );
  };
  try {
    await api.stream('/events', { query, timeoutMs: timeouts.command }, signal, {
      onOpen: () => listener.onOpen(),
      onChunk: (chunk) => {
        for (const value of lines.push(chunk)) handle(value);
      },
    });
    for (const value of lines.end()) handle(value);
  } catch (thrown) {
    throw fromSystemError(thrown);
  }
  if (!signal.aborted) throw new EngineError('unreachable', 'the engine ended the event stream');
}

/** Without an event log (`none`), Podman responds with 200 and an error as the only line (4.3.1 to 6.1.1). */
function isError(value: unknown): boolean {
  const { Type, Action, status, message, cause } = asObject(value);
  return Type === undefined && Action === undefined && status === undefined && Boolean(message ?? cause);
}
