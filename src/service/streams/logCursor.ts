import type { LogEntry } from '../../engine/inspector';

type Stream = LogEntry['stream'];

/** How far a stream was read: the time of its newest entry, and how many of its entries bear that time. */
interface Position {
  readonly time: string;
  count: number;
}

/**
 * Remembers how far a log was read, so that it can be read on from there after a break with no line missing and none doubled.
 * Many entries may bear the same time: Podman 4.3 tells whole seconds, Podman 5 the time of a read.
 */
export class LogCursor {
  private readonly marks = new Map<Stream, Position>();
  /** Entries with a stream's newest time that are still to be passed over, while it is read again. */
  private readonly left = new Map<Stream, number>();
  private readonly passed = new Map<Stream, boolean>();

  /** From where to ask again, in seconds since the epoch; undefined where nothing was read yet. */
  get since(): number | undefined {
    const seconds = [...this.marks.values()].map(({ time }) => Number(time.slice(0, secondsDigits)));
    return seconds.length > 0 ? Math.min(...seconds) : undefined;
  }

  /** The answer begins anew, from `since`. */
  rewind() {
    this.left.clear();
    this.passed.clear();
    for (const [stream, { count }] of this.marks) this.left.set(stream, count);
  }

  /** Whether an entry was not read before. */
  isNew({ stream, time: reported }: LogEntry): boolean {
    // A line's later parts may come without a time: they go with its beginning.
    if (reported === '') return this.passed.get(stream) !== true;
    const time = comparable(reported);
    const known = this.isRead(stream, time);
    this.passed.set(stream, known);
    if (!known) this.record(stream, time);
    return !known;
  }

  private isRead(stream: Stream, time: string): boolean {
    const mark = this.marks.get(stream);
    const remaining = this.left.get(stream);
    if (!mark || remaining === undefined) return false;
    if (time < mark.time) return true;
    if (time > mark.time || remaining === 0) {
      this.left.delete(stream);
      return false;
    }
    this.left.set(stream, remaining - 1);
    return true;
  }

  private record(stream: Stream, time: string) {
    const mark = this.marks.get(stream);
    if (mark?.time === time) mark.count++;
    else this.marks.set(stream, { time, count: 1 });
  }
}

const secondsDigits = 12;
const nanoDigits = 9;

/** A time as a text that sorts as the times do: engines leave out the zeros at the end of a fraction. */
function comparable(reported: string): string {
  const [, whole = '', fraction = '', zone = 'Z'] =
    /^(\d+-\d\d-\d\dT[\d:]*)(?:\.(\d+))?([Z+-][\d:]*)?$/.exec(reported) ?? [];
  const seconds = Math.floor(Date.parse(`${whole}${zone}`) / 1000) || 0;
  return String(seconds).padStart(secondsDigits, '0') + fraction.padEnd(nanoDigits, '0').slice(0, nanoDigits);
}
