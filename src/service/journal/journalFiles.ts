import { constants, watch, readFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { hostname } from 'node:os';

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
async function syncFolder(dir: string): Promise<void> {
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
