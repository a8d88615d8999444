import { EngineError } from '../error';
import type { Answer } from '../transport/transport';

/** The answer's body parsed. Throws `malformed` for HTML, half JSON and the like, with its first words. */
export function parseJson(answer: Answer): unknown {
  try {
    return JSON.parse(answer.body);
  } catch {
    const kind = answer.headers['content-type'] ?? 'something';
    throw new EngineError('malformed', `${answer.request}: ${kind} that is not JSON: ${excerpt(answer.body)}`, {
      status: answer.status,
    });
  }
}

/** One line for people of whatever an engine said: no control characters, no more than 500 characters. */
export function excerpt(text: string, most = 80): string {
  const line = text
    .slice(0, 4 * most)
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\s]+/g, ' ')
    .trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}

// What engines send is taken field by field, each read for what it should be: engines differ, lie and change, and an odd
// field must cost no more than itself.

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

/** Without a prototype: a label may be called `constructor`. */
export function asLabels(value: unknown): Readonly<Record<string, string>> {
  const given = asObject(value);
  const names = Object.keys(given);
  if (names.length === 0) return noLabels;
  // As they are, unless one is no text: there may be ten thousand containers with twenty labels each, and a copy without a
  // prototype would take four times the memory.
  const isText = ([, one]: [string, unknown]) => typeof one === 'string';
  const own = Object.entries(given);
  const found = own.every(isText) && Object.isExtensible(given) ? given : Object.fromEntries(own.filter(isText));
  return Object.setPrototypeOf(found, null) as Readonly<Record<string, string>>;
}

/**
 * The entries of a list answer, those that say what they are called. Go writes a list without entries as `null`; anything
 * else than that or a list is `malformed`.
 */
export function parseList(value: unknown, what: string, called: 'Id' | 'Name' = 'Id'): readonly JsonObject[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw new EngineError('malformed', `${what}: a ${typeof value} where a list was due`);
  return value.map(asObject).filter((entry) => asString(entry[called]) !== '');
}

/**
 * A moment as engines write it, in milliseconds since the epoch: seconds (Docker lists, `StartedAt` in Podman's), or
 * RFC 3339 with nanoseconds (inspects, `Created` in Podman's lists). Go's zero time (year 1; -62135596800 s) means never.
 */
export function parseTimestamp(value: unknown): number | undefined {
  const ms = typeof value === 'number' ? value * 1000 : typeof value === 'string' ? parse(value) : NaN;
  return Number.isFinite(ms) && ms > 0 ? Math.trunc(ms) : undefined;
}

/** Go's own format is not a date to JavaScript: `2026-11-23 07:26:17.852326962 +0000 UTC`. */
const go = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?) ([+-]\d\d)(\d\d)\b.*$/;

function parse(value: string): number {
  return Date.parse(value.replace(go, '$1T$2$3:$4'));
}
