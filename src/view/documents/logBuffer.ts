/** The part of an output channel used here. */
interface LogSink {
  append(text: string): void;
  replace(text: string): void;
}

interface LogBounds {
  readonly lines: number;
  readonly characters: number;
}

export const defaultBounds: LogBounds = { lines: 5_000, characters: 1_000_000 };

/**
 * The newest lines of a log within bounds. The sink shows at most twice as much; then it is rewritten, with the number of
 * dropped lines at the top.
 */
export class LogBuffer {
  private lines: string[] = [];
  private characters = 0;
  private pending: string[] = [];
  private pendingCharacters = 0;
  private shown = 0;
  private shownCharacters = 0;
  private dropped = 0;
  /** Lines were dropped before they were shown: the next flush rewrites the sink. */
  private replace = false;

  constructor(
    private readonly sink: LogSink,
    private readonly droppedText: (count: number) => string,
    private readonly bounds = defaultBounds,
  ) {}

  /** Buffered characters. */
  get length(): number {
    return this.characters + this.pendingCharacters;
  }

  /** Whether reading must pause until the next flush. */
  get isFull(): boolean {
    return this.pendingCharacters >= this.bounds.characters || this.pending.length >= this.bounds.lines;
  }

  push(line: string) {
    this.lines.push(line);
    this.pending.push(line);
    this.characters += line.length + 1;
    this.pendingCharacters += line.length + 1;
    if (this.lines.length > 2 * this.bounds.lines || this.characters > 2 * this.bounds.characters) this.trim();
  }

  flush() {
    if (this.pending.length === 0) return;
    const tooLong =
      this.shown + this.pending.length > 2 * this.bounds.lines ||
      this.shownCharacters + this.pendingCharacters > 2 * this.bounds.characters;
    if (tooLong || this.replace) this.rewriteAll();
    else {
      this.sink.append(`${this.pending.join('\n')}\n`);
      this.shown += this.pending.length;
      this.shownCharacters += this.pendingCharacters;
    }
    this.pending = [];
    this.pendingCharacters = 0;
  }

  private rewriteAll() {
    this.trim();
    const head = this.dropped > 0 ? `${this.droppedText(this.dropped)}\n` : '';
    this.sink.replace(`${head}${this.lines.join('\n')}\n`);
    this.shown = this.lines.length;
    this.shownCharacters = this.characters;
    this.replace = false;
  }

  private trim() {
    let from = Math.max(0, this.lines.length - this.bounds.lines);
    let characters = this.lines.slice(from).reduce((sum, line) => sum + line.length + 1, 0);
    for (; characters > this.bounds.characters && from < this.lines.length - 1; from++) {
      characters -= (this.lines[from]?.length ?? 0) + 1;
    }
    if (from === 0) return;
    this.lines = this.lines.slice(from);
    this.characters = characters;
    this.dropped += from;
    // Pending lines may have been dropped too.
    if (this.pending.length > this.lines.length) {
      this.pending = [...this.lines];
      this.pendingCharacters = characters;
      this.replace = true;
    }
  }
}
