import { UnreadableFile } from './destination';

/** An object of a parsed file, by name; empty for everything that is none. */
export function table(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** A text with something in it. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** A JSON object. The parser's own words would quote the file. */
export function parseJsonFile(content: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    // Editors on Windows put a byte order mark in front.
    value = JSON.parse(content.replace(/^\uFEFF/, ''));
  } catch {
    throw new UnreadableFile('it is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UnreadableFile('it does not hold a JSON object');
  }
  return table(value);
}
