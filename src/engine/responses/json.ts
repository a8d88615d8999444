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

/** Shortens a message to one line without control characters. */
export function excerpt(text: string, maxLength = 80): string {
  const line = text
    .slice(0, 4 * maxLength)
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\s]+/g, ' ')
    .trim();
  return line.length > maxLength ? `${line.slice(0, maxLength - 1)}…` : line;
}

// Responses are read field by field, since formats differ between engines and versions: an invalid field costs only
// itself.

export type JsonObject = Readonly<Record<string, unknown>>;

export function asObject(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

export function asString(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function asStrings(value: unknown): readonly string[] {
  return asArray(value).filter((item): item is string => typeof item === 'string' && item !== '');
}

const noLabels: Readonly<Record<string, string>> = Object.freeze(Object.create(null) as Record<string, string>);

/** Has no prototype, since a label may be named `constructor`. */
export function asLabels(value: unknown): Readonly<Record<string, string>> {
  const labels = asObject(value);
  const names = Object.keys(labels);
  if (names.length === 0) return noLabels;
  // Reuse the parsed object: with 10,000 containers of 20 labels each, copies without a prototype take four times the
  // memory.
  const isString = ([, label]: [string, unknown]) => typeof label === 'string';
  const entries = Object.entries(labels);
  const valid =
    entries.every(isString) && Object.isExtensible(labels) ? labels : Object.fromEntries(entries.filter(isString));
  return Object.setPrototypeOf(valid, null) as Readonly<Record<string, string>>;
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
  return Date.parse(value.replace(goTimestamp, '$1T$2$3:$4'));
}
