import { EngineError } from '../error';

/** An event is some hundred bytes; its attributes carry labels. */
const LONGEST_LINE = 4 * 1024 * 1024;

/**
 * NDJSON put together again: chunks break lines, and even characters, anywhere. `push` gives the values of the lines that
 * a chunk completes. Throws `malformed` for a line that is no JSON: what sends that is no engine, or lost bytes.
 */
export class JsonLines {
  private readonly decoder = new TextDecoder();
  private rest = '';

  push(chunk: Uint8Array): unknown[] {
    const lines = (this.rest + this.decoder.decode(chunk, { stream: true })).split('\n');
    this.rest = lines.pop() ?? '';
    if (this.rest.length > LONGEST_LINE) throw new EngineError('malformed', 'events: a line without an end');
    return lines.flatMap(parseLine);
  }

  /** The last line, where the stream ended without a newline. Half an event is none; anything else is `malformed`. */
  end(): unknown[] {
    try {
      return parseLine(this.rest);
    } catch (thrown) {
      if (this.rest.trimStart().startsWith('{')) return [];
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
