import type { LogEntry } from '../insight';

const HEADER = 8;
const STDERR = 2;
/** What one frame may hold; engines cut at 16 KB (Docker) or at a read's end (Podman). */
const LONGEST = 16 * 1024 * 1024;

/**
 * Takes Docker's and Podman's multiplexed logs apart: `[stream, 0, 0, 0, length as 4 bytes, text]`, broken anywhere by chunks.
 * Each frame is an entry; holds no more than one that is incomplete.
 */
export class LogFrames {
  private rest: Buffer = Buffer.alloc(0);

  /** Throws where the bytes are no frames. */
  push(chunk: Uint8Array): LogEntry[] {
    let bytes = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : Buffer.from(chunk);
    const entries: LogEntry[] = [];
    while (bytes.length >= HEADER) {
      const length = bytes.readUInt32BE(4);
      if (length > LONGEST || bytes.readUIntBE(1, 3) !== 0) throw new Error('logs: bytes that are no frame');
      if (bytes.length < HEADER + length) break;
      const stream = bytes[0] === STDERR ? 'stderr' : 'stdout';
      entries.push(entryOf(stream, bytes.toString('utf8', HEADER, HEADER + length)));
      bytes = bytes.subarray(HEADER + length);
    }
    this.rest = bytes;
    return entries;
  }

  /** What is left at the end; half a frame is lost. */
  end(): LogEntry[] {
    return [];
  }
}

/** The logs of a container with a terminal, which Docker sends as they are: each line is an entry. */
export class LogLines {
  private readonly decoder = new TextDecoder();
  private rest = '';

  push(chunk: Uint8Array): LogEntry[] {
    const lines = (this.rest + this.decoder.decode(chunk, { stream: true })).split('\n');
    this.rest = lines.pop() ?? '';
    const entries = lines.map((line) => entryOf('stdout', `${line}\n`));
    // A line without an end must not be held for ever.
    if (this.rest.length > LONGEST) entries.push(...this.end());
    return entries;
  }

  end(): LogEntry[] {
    const { rest } = this;
    this.rest = '';
    return rest === '' ? [] : [entryOf('stdout', rest)];
  }
}

const stamp = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) /;

function entryOf(stream: LogEntry['stream'], text: string): LogEntry {
  const time = stamp.exec(text)?.[1] ?? '';
  return { stream, time, text: time === '' ? text : text.slice(time.length + 1) };
}
