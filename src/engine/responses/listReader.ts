import { isAscii } from 'node:buffer';
import { parseJson } from './json';
import type { HttpResponse } from '../transport/transport';

/** Converts the entries of a list. */
export interface ListParser<T> {
  /** Takes a part of the list; throws `malformed` for anything but a list. */
  add(part: unknown): void;
  readonly result: T;
}

const bracket = { open: 91, close: 93 } as const;

/** The first entry of a compact list of objects, up to its first name. */
const firstName = /^\[(\{"\w+":)/;

/**
 * Parses a list of objects while it arrives. V8 allocates the objects of a long JSON text outside of the young generation
 * (Node 20), where collecting them takes several times as long.
 */
export class ListReader<T> {
  private readonly chunks: Buffer[] = [];
  private parser: ListParser<T> | undefined;
  /** Between two entries: Go writes the fields of a type in one order. */
  private separator: string | undefined;
  /** The bytes that are not parsed yet, from the bracket or comma before their first entry. */
  private rest: Buffer = Buffer.alloc(0);

  constructor(private readonly createParser: () => ListParser<T>) {}

  push(chunk: Buffer) {
    this.chunks.push(chunk);
    if (this.chunks.length === 1) {
      const [, name] = firstName.exec(chunk.toString('latin1', 0, 80)) ?? [];
      if (name) [this.separator, this.parser] = [`,${name}`, this.createParser()];
    }
    if (this.separator === undefined) return;
    const bytes = Buffer.concat([this.rest, chunk]);
    const end = bytes.lastIndexOf(this.separator);
    if (end > 0) this.parse(bytes, end);
    this.rest = end > 0 ? bytes.subarray(end) : bytes;
  }

  /** Throws `malformed` for a body that is not a list. */
  end(response: HttpResponse): T {
    if (this.separator !== undefined) this.parse(this.rest);
    if (this.separator !== undefined && this.parser) return this.parser.result;
    const parser = this.createParser();
    parser.add(parseJson({ ...response, body: Buffer.concat(this.chunks).toString() }));
    return parser.result;
  }

  /**
   * Parses the entries up to the comma at `end`, or to the end of the list. Text that separates no entries, as in a nested
   * list, leaves parts that are not JSON: then the whole body is parsed.
   */
  private parse(bytes: Buffer, end?: number) {
    bytes[0] = bracket.open;
    if (end !== undefined) bytes[end] = bracket.close;
    const text = bytes.subarray(0, end && end + 1);
    let part: unknown;
    try {
      part = JSON.parse(text.toString(isAscii(text) ? 'latin1' : 'utf8'));
    } catch {
      this.separator = undefined;
      return;
    }
    this.parser?.add(part);
  }
}
