import { constants, watch, readFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { hostname } from 'node:os';
import type { Clock } from '../../clock';
import type { Log } from '../service';

interface JournalContent {
  readonly text: string;
  /** Modification time in milliseconds since the epoch. */
  readonly modifiedAt: number;
}

/** Access to the journal files of all windows. */
export interface JournalFiles {
  /** Names of the directory entries; empty if the directory cannot be read. */
  names(): Promise<readonly string[]>;
  /** Resolves when synced to disk. Rejects if the name exists or the write fails. */
  create(name: string, text: string): Promise<void>;
  /** Rejects with `ENOENT` if the file does not exist. With `sync`, resolves when synced to disk. */
  append(name: string, text: string, sync: boolean): Promise<void>;
  /** Rejects with `ENOENT`, or with an `InvalidFileError` if no window can have written it. */
  read(name: string): Promise<JournalContent>;
  touch(name: string, at: number): Promise<void>;
  /** Of several concurrent renames of one file, all but one reject with `ENOENT`. */
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Moves a file into quarantine and sets its modification time. Resolves with its new path. */
  quarantine(name: string, at: number): Promise<string>;
  /** Deletes quarantined files older than a time, in milliseconds since the epoch. */
  pruneQuarantine(before: number): Promise<void>;
  /** Calls back on any change in the directory until the returned function is called. */
  watch(listener: () => void): Promise<() => void>;
}

/** The directory entry is not a journal: a directory, a pipe, or too large. */
export class InvalidFileError extends Error {
  override readonly name = 'InvalidFileError';
}

const quarantineDir = 'quarantined';
/** Without `O_CREAT`. */
const appendOnly = constants.O_APPEND | constants.O_WRONLY;
/** A plan of ten thousand nodes takes 10 MB. */
const maxBytes = 256 * 1024 * 1024;

/** Journals in one directory, created on the first write. */
export function journalFiles(dir: string): JournalFiles {
  const at = (name: string) => path.join(dir, name);
  const quarantined = (name: string) => path.join(dir, quarantineDir, name);
  return {
    names: () => fs.readdir(dir).catch(() => []),
    create: async (name, text) => {
      await fs.mkdir(dir, { recursive: true });
      await write(at(name), 'wx', text, true);
      await syncFolder(dir);
    },
    append: (name, text, sync) => write(at(name), appendOnly, text, sync),
    read: async (name) => {
      const found = await fs.lstat(at(name));
      if (!found.isFile()) throw new InvalidFileError('it is not a file');
      if (found.size > maxBytes) throw new InvalidFileError('it is too large');
      return { text: await fs.readFile(at(name), 'utf8'), modifiedAt: found.mtimeMs };
    },
    touch: (name, when) => fs.utimes(at(name), new Date(when), new Date(when)),
    rename: (from, to) => fs.rename(at(from), at(to)),
    remove: (name) => fs.rm(at(name), { force: true }),
    quarantine: async (name, when) => {
      await fs.mkdir(path.dirname(quarantined(name)), { recursive: true });
      await fs.rename(at(name), quarantined(name));
      await fs.lutimes(quarantined(name), new Date(when), new Date(when)).catch(() => undefined);
      return quarantined(name);
    },
    pruneQuarantine: async (before) => {
      for (const name of await fs.readdir(path.join(dir, quarantineDir)).catch(() => [])) {
        const { mtimeMs } = await fs.lstat(quarantined(name));
        if (mtimeMs < before) await fs.rm(quarantined(name), { recursive: true, force: true });
      }
    },
    watch: async (listener) => {
      await fs.mkdir(dir, { recursive: true });
      const watcher = watch(dir, { persistent: false }, listener);
      // The directory was removed.
      watcher.on('error', () => watcher.close());
      return () => watcher.close();
    },
  };
}

async function write(file: string, flags: string | number, text: string, sync: boolean): Promise<void> {
  const handle = await fs.open(file, flags, 0o600);
  try {
    await handle.writeFile(text);
    if (sync) await handle.datasync();
  } finally {
    await handle.close();
  }
}

/** A new file name is durable only after its directory is synced. Windows cannot open directories. */
export async function syncFolder(dir: string): Promise<void> {
  const handle = await fs.open(dir, 'r').catch(() => undefined);
  try {
    await handle?.sync().catch(() => undefined);
  } finally {
    await handle?.close();
  }
}

/**
 * Identifies the machine that a journal belongs to: home directories and volumes may be shared between hosts and containers.
 * Only for Linux: shared homes are rare elsewhere, and host names change with the network.
 */
export function thisHost(): string {
  return process.platform === 'linux' ? `${hostname()} ${machineId()}`.trim() : process.platform;
}

function machineId(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim();
  } catch {
    return '';
  }
}

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

/** The id of a plan as a part of a file name. It may come from a file, so it is sanitized to prevent path traversal. */
export function fileNameOf(id: string): string {
  return id.replace(/[^\w-]/g, '_').slice(0, 100);
}
