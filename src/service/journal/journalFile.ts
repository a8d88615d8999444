import type { Clock } from '../../clock';
import type { Log } from '../service';
import type { JournalFiles } from './journalFiles';

/** Milliseconds between two heartbeats. */
export const heartbeat = 2_000;

/**
 * A journal that this window writes, in order and batched. Failed writes (full disk) are retried with the next line or
 * heartbeat; a missing file is rewritten completely.
 */
export class OwnFile {
  private queued: string[] = [];
  private mustSync = false;
  /** The last write failed, perhaps mid-line: begin the next one with a newline. */
  private isTorn: boolean;
  private isClosed = false;
  private lastBeat = -Infinity;
  private lastFailure: string | undefined;
  private queue: Promise<void> = Promise.resolve();
  private nextWrite: Promise<void> | undefined;

  /** @param written the lines in the file, each with its newline */
  constructor(
    readonly name: string,
    private readonly written: string[],
    private readonly deps: { readonly files: JournalFiles; readonly clock: Clock; readonly log: Log },
  ) {
    this.isTorn = !endsWithLine(written);
  }

  /** Resolves when the line is written (with `sync`: synced to disk) or the write failed. Never rejects. */
  append(line: string, sync: boolean): Promise<void> {
    if (this.isClosed) return Promise.resolve();
    this.queued.push(line);
    this.mustSync ||= sync;
    this.nextWrite ??= this.enqueue(() => this.writeQueued());
    return this.nextWrite;
  }

  /** Heartbeat: increases the modification time, even if the clock was set back. */
  touch(): Promise<void> {
    this.lastBeat = Math.max(this.deps.clock.wallTime(), this.lastBeat + heartbeat);
    const at = this.lastBeat;
    return this.enqueue(async () => {
      await this.deps.files.touch(this.name, at);
      if (this.queued.length > 0) await this.writeQueued();
    });
  }

  /** Stops writing after a last operation on the file. Never rejects. */
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
      .catch((thrown: unknown) => (isMissing(thrown) ? this.rewrite() : this.logFailure(thrown)))
      .then(() => undefined);
    return this.queue;
  }

  private async writeQueued(): Promise<void> {
    this.nextWrite = undefined;
    const lines = [...this.queued];
    const { mustSync, isTorn } = this;
    this.mustSync = false;
    this.isTorn = true;
    try {
      await this.deps.files.append(this.name, `${isTorn ? '\n' : ''}${lines.join('')}`, mustSync);
    } catch (thrown) {
      this.mustSync ||= mustSync;
      throw thrown;
    }
    this.isTorn = false;
    this.markWritten(lines.length);
  }

  /** The file was claimed by another window while this one stalled, or deleted; the run continues, so it needs a journal. */
  private async rewrite(): Promise<void> {
    if (this.isClosed) return;
    const { files, log } = this.deps;
    log.warn(`journal ${this.name} is missing (claimed by another window or deleted), rewriting it`);
    const lines = [...this.queued];
    try {
      const end = endsWithLine(this.written) ? [] : ['\n'];
      await files.create(this.name, [...this.written, ...end, ...lines].join(''));
      this.written.push(...end);
      this.isTorn = false;
      this.markWritten(lines.length);
    } catch (thrown) {
      this.logFailure(thrown);
      await files.remove(this.name).catch(() => undefined);
    }
  }

  private markWritten(count: number) {
    this.written.push(...this.queued.splice(0, count));
  }

  private logFailure(thrown: unknown) {
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
