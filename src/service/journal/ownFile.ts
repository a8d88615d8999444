import type { Clock } from '../../clock';
import type { Log } from '../log';
import type { JournalFiles } from './journalFiles';

/** Milliseconds between two heartbeats of a window over its journals. */
export const heartbeat = 2_000;

/**
 * A journal that this window writes. Lines reach the file in order, all that wait in one write. What could not be written (a
 * full disk) is written with the next line or heartbeat, and a file that is gone is written anew as a whole.
 */
export class OwnFile {
  private waiting: string[] = [];
  private mustSync = false;
  /** The last write failed, perhaps in the middle of a line: the next one begins on a line of its own. */
  private isTorn: boolean;
  private isClosed = false;
  private lastBeat = -Infinity;
  private lastFailure: string | undefined;
  private queue: Promise<void> = Promise.resolve();
  private nextWrite: Promise<void> | undefined;

  /** @param written the lines in the file, each with its end */
  constructor(
    readonly name: string,
    private readonly written: string[],
    private readonly deps: { readonly files: JournalFiles; readonly clock: Clock; readonly log: Log },
  ) {
    this.isTorn = !endsWithLine(written);
  }

  /** Resolves when the line is written (with `sync`: is on disk), or could not be. Never rejects. */
  append(line: string, sync: boolean): Promise<void> {
    if (this.isClosed) return Promise.resolve();
    this.waiting.push(line);
    this.mustSync ||= sync;
    this.nextWrite ??= this.enqueue(() => this.writeWaiting());
    return this.nextWrite;
  }

  /** Changes the modification time, each time to a later one even where the clock was set back. */
  beat(): Promise<void> {
    this.lastBeat = Math.max(this.deps.clock.wallTime(), this.lastBeat + heartbeat);
    const at = this.lastBeat;
    return this.enqueue(async () => {
      await this.deps.files.touch(this.name, at);
      if (this.waiting.length > 0) await this.writeWaiting();
    });
  }

  /** Gives the file up, and does something with it last. Never rejects. */
  end(last: (name: string) => Promise<unknown>): Promise<void> {
    const done = this.enqueue(() => last(this.name));
    this.isClosed = true;
    return done;
  }

  private enqueue(work: () => Promise<unknown>): Promise<void> {
    if (this.isClosed) return Promise.resolve();
    this.queue = this.queue
      .then(work)
      .then(() => (this.lastFailure = undefined))
      .catch((thrown: unknown) => (isMissing(thrown) ? this.writeAnew() : this.noteFailure(thrown)))
      .then(() => undefined);
    return this.queue;
  }

  private async writeWaiting(): Promise<void> {
    this.nextWrite = undefined;
    const lines = [...this.waiting];
    const { mustSync, isTorn } = this;
    this.mustSync = false;
    // Until it is known to be written whole.
    this.isTorn = true;
    try {
      await this.deps.files.append(this.name, `${isTorn ? '\n' : ''}${lines.join('')}`, mustSync);
    } catch (thrown) {
      this.mustSync ||= mustSync;
      throw thrown;
    }
    this.isTorn = false;
    this.keep(lines.length);
  }

  /** Another window took the file over while this one stalled, or somebody deleted it: the run goes on, and must be known. */
  private async writeAnew(): Promise<void> {
    if (this.isClosed) return;
    const { files, log } = this.deps;
    log.warn(`journal ${this.name} is gone: another window took it over or it was deleted; it is written again`);
    const lines = [...this.waiting];
    try {
      const end = endsWithLine(this.written) ? [] : ['\n'];
      await files.create(this.name, [...this.written, ...end, ...lines].join(''));
      this.written.push(...end);
      this.isTorn = false;
      this.keep(lines.length);
    } catch (thrown) {
      this.noteFailure(thrown);
      await files.remove(this.name).catch(() => undefined);
    }
  }

  private keep(count: number) {
    this.written.push(...this.waiting.splice(0, count));
  }

  private noteFailure(thrown: unknown) {
    const failure = String(thrown);
    if (failure !== this.lastFailure) this.deps.log.warn(`journal ${this.name}: ${failure}`);
    this.lastFailure = failure;
  }
}

function endsWithLine(lines: readonly string[]): boolean {
  return lines.at(-1)?.endsWith('\n') ?? true;
}

export function isMissing(thrown: unknown): boolean {
  return (thrown as NodeJS.ErrnoException).code === 'ENOENT';
}
