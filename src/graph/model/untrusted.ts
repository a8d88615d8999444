// Readers of data from outside: responses of engines, files, settings, messages of webviews. Each reads one value, and an
// invalid one costs only itself.

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

export function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

export function asString(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The text without surrounding white space; undefined if nothing is left. */
export function asTrimmed(value: unknown): string | undefined {
  return asString(value).trim() || undefined;
}

export function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function asStrings(value: unknown): readonly string[] {
  const strings = asArray(value).filter((item): item is string => typeof item === 'string' && item !== '');
  return strings.length > 0 ? strings : noStrings;
}

/** Shared: thousands of containers have no networks, volumes or ports. */
export const noStrings: readonly string[] = Object.freeze([]);

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

/** The value of a JSON text; undefined if it is not JSON. */
export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
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
