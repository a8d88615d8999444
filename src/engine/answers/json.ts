import { EngineError } from '../error';
import type { Answer } from '../transport/transport';

/** The answer's body parsed. Throws `malformed` for HTML, half JSON and the like, with its first words. */
export function parseJson(answer: Answer): unknown {
  try {
    return JSON.parse(answer.body);
  } catch {
    const kind = answer.headers['content-type'] ?? 'something';
    throw new EngineError('malformed', `${answer.asked}: ${kind} that is not JSON: ${firstWords(answer.body)}`, {
      status: answer.status,
    });
  }
}

/** One line for people of whatever an engine said: no control characters, no more than 500 characters. */
export function firstWords(text: string, most = 80): string {
  const line = text
    .slice(0, 4 * most)
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\s]+/g, ' ')
    .trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}

// What engines send is taken field by field, each read for what it should be: engines differ, lie and change, and an odd
// field must cost no more than itself.

export type Fields = Readonly<Record<string, unknown>>;

export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function texts(value: unknown): readonly string[] {
  return list(value).filter((item): item is string => typeof item === 'string' && item !== '');
}

const noLabels: Readonly<Record<string, string>> = Object.freeze(Object.create(null) as Record<string, string>);

/** Without a prototype: a label may be called `constructor`. */
export function labels(value: unknown): Readonly<Record<string, string>> {
  const given = fields(value);
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
export function entries(value: unknown, what: string, called: 'Id' | 'Name' = 'Id'): readonly Fields[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw new EngineError('malformed', `${what}: a ${typeof value} where a list was due`);
  return value.map(fields).filter((entry) => text(entry[called]) !== '');
}
