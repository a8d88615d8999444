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
  /** Not parsed yet, from the bracket or comma before the first entry. */
  private pending: Buffer[] = [];

  constructor(private readonly createParser: () => ListParser<T>) {}

  push(chunk: Buffer) {
    this.chunks.push(chunk);
    if (this.chunks.length === 1) {
      const [, name] = firstName.exec(chunk.toString('latin1', 0, 80)) ?? [];
      if (name) [this.separator, this.parser] = [`,${name}`, this.createParser()];
    }
    if (this.separator === undefined) return;
    const end = chunk.lastIndexOf(this.separator);
    if (end >= 0) {
      this.parse([...this.pending, chunk.subarray(0, end + 1)]);
      this.pending = [];
    }
    this.pending.push(chunk.subarray(Math.max(end, 0)));
  }

  /** Throws `malformed` for a body that is not a list. */
  end(response: HttpResponse): T {
    if (this.separator !== undefined) this.parse(this.pending, true);
    if (this.separator !== undefined && this.parser) return this.parser.result;
    const parser = this.createParser();
    parser.add(parseJson({ ...response, body: Buffer.concat(this.chunks).toString() }));
    return parser.result;
  }

  /**
   * Parses entries with the commas around them. Text that separates no entries, as in a nested list, leaves parts that are
   * not JSON: then the whole body is parsed.
   */
  private parse(entries: readonly Buffer[], isLast = false) {
    const bytes = Buffer.concat(entries);
    bytes[0] = bracket.open;
    if (!isLast) bytes[bytes.length - 1] = bracket.close;
    let part: unknown;
    try {
      part = JSON.parse(bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8'));
    } catch {
      this.separator = undefined;
      return;
    }
    this.parser?.add(part);
  }
}
