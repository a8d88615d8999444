import { asObject, asString, excerpt, type JsonObject } from '../../graph/model/untrusted';
import { EngineError } from '../error';
import type { HttpResponse } from '../transport/transport';

/** Parses the body of a response. Throws `malformed` with its beginning for HTML, truncated JSON and the like. */
export function parseJson(response: HttpResponse): unknown {
  try {
    return JSON.parse(response.body);
  } catch {
    const kind = response.headers['content-type'] ?? 'something';
    throw new EngineError('malformed', `${response.request}: ${kind} that is not JSON: ${excerpt(response.body)}`, {
      status: response.status,
    });
  }
}

/**
 * The entries of a list response that have an id or a name. Go serializes an empty list as `null`; anything else than a
 * list is `malformed`.
 */
export function parseList(value: unknown, what: string, idField: 'Id' | 'Name' = 'Id'): readonly JsonObject[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw new EngineError('malformed', `${what}: a ${typeof value} where a list was due`);
  return value.map(asObject).filter((entry) => asString(entry[idField]) !== '');
}

/** Shares equal strings and lists: JSON has a copy of an image's id and the networks' names for each container. */
export class SharedStrings {
  private readonly known = new Map<string, string>();
  private readonly lists = new Map<string, readonly string[]>();

  share(text: string): string {
    const known = this.known.get(text);
    if (known === undefined) this.known.set(text, text);
    return known ?? text;
  }

  shareAll(texts: readonly string[]): readonly string[] {
    const text = texts.join('\0');
    const known = this.lists.get(text);
    if (known === undefined) this.lists.set(text, texts);
    return known ?? texts;
  }
}

/**
 * A timestamp in milliseconds since the epoch, from seconds (Docker lists, `StartedAt` in Podman's) or RFC 3339 with
 * nanoseconds (inspects, `Created` in Podman's lists). Go's zero time (year 1; -62135596800 s) is undefined.
 */
export function parseTimestamp(value: unknown): number | undefined {
  const ms = typeof value === 'number' ? value * 1000 : typeof value === 'string' ? parseDate(value) : NaN;
  return Number.isFinite(ms) && ms > 0 ? Math.trunc(ms) : undefined;
}

/** Go's own format, which `Date` cannot parse: `2026-11-23 07:26:17.852326962 +0000 UTC`. */
const goTimestamp = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?) ([+-]\d\d)(\d\d)\b.*$/;

function parseDate(value: string): number {
  return Date.parse(value[10] === ' ' ? value.replace(goTimestamp, '$1T$2$3:$4') : value);
}
