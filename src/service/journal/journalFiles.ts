import { constants, watch } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';

/** What a journal holds at this moment. */
export interface JournalContent {
  readonly text: string;
  /** Modification time in milliseconds since the epoch. */
  readonly touched: number;
}

/** The journals of all windows, by name. */
export interface JournalFiles {
  /** Names of the entries of the folder; none where it cannot be read. */
  names(): Promise<readonly string[]>;
  /** Synced to disk when resolved. Rejects where the name is taken, or nothing can be written. */
  create(name: string, text: string): Promise<void>;
  /** Rejects with `ENOENT` where the file does not exist: it is never created. With `sync`, the text is on disk when resolved. */
  append(name: string, text: string, sync: boolean): Promise<void>;
  /** Rejects with `ENOENT` where there is none, and with an `OddFile` for what no window can have written. */
  read(name: string): Promise<JournalContent>;
  touch(name: string, at: number): Promise<void>;
  /** Of several callers that rename one file, all but one are rejected with `ENOENT`. */
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Moves a file away and gives it a modification time. Resolves with its new path. */
  quarantine(name: string, at: number): Promise<string>;
  /** Deletes what was set aside and is older than a time, in milliseconds since the epoch. */
  clearAside(before: number): Promise<void>;
  /** Calls back when anything in the folder was made, changed or touched, by whomever, until the returned function is called. */
  watch(listener: () => void): Promise<() => void>;
}

/** An entry of the folder that is no journal: a directory, a pipe, gigabytes. */
export class OddFile extends Error {
  override readonly name = 'OddFile';
}

const quarantineDir = 'set-aside';
/** Appends to what exists, and creates nothing. */
const existing = constants.O_APPEND | constants.O_WRONLY;
/** Bytes. A plan of ten thousand nodes takes ten million. */
const largest = 256 * 1024 * 1024;

/** Journals as files of one folder, which is made when first written to. */
export function journalFiles(dir: string): JournalFiles {
  const at = (name: string) => path.join(dir, name);
  const aside = (name: string) => path.join(dir, quarantineDir, name);
  return {
    names: () => fs.readdir(dir).catch(() => []),
    create: async (name, text) => {
      await fs.mkdir(dir, { recursive: true });
      await write(at(name), 'wx', text, true);
      await syncFolder(dir);
    },
    append: (name, text, sync) => write(at(name), existing, text, sync),
    read: async (name) => {
      const found = await fs.lstat(at(name));
      if (!found.isFile()) throw new OddFile('it is not a file');
      if (found.size > largest) throw new OddFile('it is too large');
      return { text: await fs.readFile(at(name), 'utf8'), touched: found.mtimeMs };
    },
    touch: (name, when) => fs.utimes(at(name), new Date(when), new Date(when)),
    rename: (from, to) => fs.rename(at(from), at(to)),
    remove: (name) => fs.rm(at(name), { force: true }),
    quarantine: async (name, when) => {
      await fs.mkdir(path.dirname(aside(name)), { recursive: true });
      await fs.rename(at(name), aside(name));
      await fs.lutimes(aside(name), new Date(when), new Date(when)).catch(() => undefined);
      return aside(name);
    },
    clearAside: async (before) => {
      for (const name of await fs.readdir(path.join(dir, quarantineDir)).catch(() => [])) {
        const { mtimeMs } = await fs.lstat(aside(name));
        if (mtimeMs < before) await fs.rm(aside(name), { recursive: true, force: true });
      }
    },
    watch: async (listener) => {
      await fs.mkdir(dir, { recursive: true });
      const watcher = watch(dir, { persistent: false }, listener);
      // The folder itself was removed: there is nothing left to watch.
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

/** The name of a new file is on disk only when its folder is. Windows cannot open folders, and does not need it. */
async function syncFolder(dir: string): Promise<void> {
  const handle = await fs.open(dir, 'r').catch(() => undefined);
  try {
    await handle?.sync().catch(() => undefined);
  } finally {
    await handle?.close();
  }
}
