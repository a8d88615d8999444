import type { LogEntry } from '../../engine/engine';

type Stream = LogEntry['stream'];

/** The time of a stream's newest entry, and the number of its entries with that time. */
interface Position {
  readonly time: string;
  count: number;
}

/**
 * The read position in a log, to resume without missing or duplicate entries. Entries may share a timestamp: Podman 4.3
 * reports whole seconds, Podman 5 the time of a read.
 */
export class LogCursor {
  private readonly positions = new Map<Stream, Position>();
  /** Number of entries with a stream's newest time that remain to be skipped. */
  private readonly toSkip = new Map<Stream, number>();
  private readonly skipped = new Map<Stream, boolean>();

  /** Where to resume, in seconds since the epoch; undefined before the first entry. */
  get since(): number | undefined {
    const seconds = [...this.positions.values()].map(({ time }) => Number(time.slice(0, secondsDigits)));
    return seconds.length > 0 ? Math.min(...seconds) : undefined;
  }

  /** Call before a request that resumes from `since`. */
  rewind() {
    this.toSkip.clear();
    this.skipped.clear();
    for (const [stream, { count }] of this.positions) this.toSkip.set(stream, count);
  }

  /** Whether an entry was not read before. */
  isNew({ stream, time: timestamp }: LogEntry): boolean {
    // Later parts of a line may have no timestamp: treat them like the first part.
    if (timestamp === '') return this.skipped.get(stream) !== true;
    const time = sortableTime(timestamp);
    const known = this.wasRead(stream, time);
    this.skipped.set(stream, known);
    if (!known) this.record(stream, time);
    return !known;
  }

  private wasRead(stream: Stream, time: string): boolean {
    const position = this.positions.get(stream);
    const remaining = this.toSkip.get(stream);
    if (!position || remaining === undefined) return false;
    if (time < position.time) return true;
    if (time > position.time || remaining === 0) {
      this.toSkip.delete(stream);
      return false;
    }
    this.toSkip.set(stream, remaining - 1);
    return true;
  }

  private record(stream: Stream, time: string) {
    const position = this.positions.get(stream);
    if (position?.time === time) position.count++;
    else this.positions.set(stream, { time, count: 1 });
  }
}

const secondsDigits = 12;
const nanoDigits = 9;

/** Converts to a string that sorts by time: engines omit trailing zeros of a fraction. */
function sortableTime(timestamp: string): string {
  const [, whole = '', fraction = '', zone = 'Z'] =
    /^(\d+-\d\d-\d\dT[\d:]*)(?:\.(\d+))?([Z+-][\d:]*)?$/.exec(timestamp) ?? [];
  const seconds = Math.floor(Date.parse(`${whole}${zone}`) / 1000) || 0;
  return String(seconds).padStart(secondsDigits, '0') + fraction.padEnd(nanoDigits, '0').slice(0, nanoDigits);
}
