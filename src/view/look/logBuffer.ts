/** Where a log is shown: an output channel, as far as it matters here. */
export interface LogSurface {
  append(text: string): void;
  replace(text: string): void;
}

export interface LogBounds {
  /** The newest lines that are kept, and how many characters they may have together. */
  readonly lines: number;
  readonly characters: number;
}

export const usualBounds: LogBounds = { lines: 5_000, characters: 1_000_000 };

/**
 * The newest lines of a log. Whatever a container prints, no more is held than the bounds say, and the surface shows no more
 * than twice that: then it is written anew, with a line that says how much was dropped.
 */
export class LogBuffer {
  private lines: string[] = [];
  private characters = 0;
  private pending: string[] = [];
  private pendingCharacters = 0;
  private shown = 0;
  private shownCharacters = 0;
  private dropped = 0;
  /** Lines that were dropped before the surface was last written anew are told of there. */
  private replace = false;

  constructor(
    private readonly surface: LogSurface,
    private readonly droppedWords: (count: number) => string,
    private readonly bounds = usualBounds,
  ) {}

  /** Characters that are held at this moment. */
  get held(): number {
    return this.characters + this.pendingCharacters;
  }

  /** Whether so much waits to be shown that no more should be read. */
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

  /** Brings the surface up to date. */
  flush() {
    if (this.pending.length === 0) return;
    const tooLong =
      this.shown + this.pending.length > 2 * this.bounds.lines ||
      this.shownCharacters + this.pendingCharacters > 2 * this.bounds.characters;
    if (tooLong || this.replace) this.writeAnew();
    else {
      this.surface.append(`${this.pending.join('\n')}\n`);
      this.shown += this.pending.length;
      this.shownCharacters += this.pendingCharacters;
    }
    this.pending = [];
    this.pendingCharacters = 0;
  }

  private writeAnew() {
    this.trim();
    const head = this.dropped > 0 ? `${this.droppedWords(this.dropped)}\n` : '';
    this.surface.replace(`${head}${this.lines.join('\n')}\n`);
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
    // What is still to be shown may have been dropped with it.
    if (this.pending.length > this.lines.length) {
      this.pending = [...this.lines];
      this.pendingCharacters = characters;
      this.replace = true;
    }
  }
}
