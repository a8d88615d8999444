import type { LogEntry } from '../../engine/insight';

/** One line that a container has printed, without its end. */
export interface LogLine {
  readonly stream: LogEntry['stream'];
  /** As the engine told it; of the line's first part. */
  readonly time: string;
  readonly text: string;
}

/** A longer line is cut into several. */
const longest = 16 * 1024;

/** Puts the lines of each stream together again: engines hand over what was read at once, which may be half a line. */
export class LineJoiner {
  private readonly open = new Map<LogEntry['stream'], LogLine>();

  push(entry: LogEntry): LogLine[] {
    const begun = this.open.get(entry.stream);
    this.open.delete(entry.stream);
    const parts = entry.text.split('\n');
    const rest = parts.pop() ?? '';
    const lines: LogLine[] = [];
    let line: LogLine = begun ?? { stream: entry.stream, time: entry.time, text: '' };
    for (const part of parts) {
      lines.push(...cut({ ...line, text: (line.text + part).replace(/\r$/, '') }));
      line = { stream: entry.stream, time: entry.time, text: '' };
    }
    line = { ...line, text: line.text + rest };
    if (line.text.length > longest) lines.push(...cut(line));
    else if (line.text !== '') this.open.set(entry.stream, line);
    return lines;
  }

  /** What was not ended. */
  end(): LogLine[] {
    const lines = [...this.open.values()];
    this.open.clear();
    return lines;
  }
}

function cut(line: LogLine): LogLine[] {
  if (line.text.length <= longest) return [line];
  const pieces: LogLine[] = [];
  for (let at = 0; at < line.text.length; at += longest)
    pieces.push({ ...line, text: line.text.slice(at, at + longest) });
  return pieces;
}
