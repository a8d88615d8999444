import { constants, watch } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';

/** The journals of all windows, by name. */
export interface JournalFiles {
  /** Names of what is there; none where the folder cannot be read. */
  names(): Promise<readonly string[]>;
  /** On disk when resolved. Rejects where the name is taken, or nothing can be written. */
  create(name: string, text: string): Promise<void>;
  /** Rejects with `ENOENT` where the file is there no more: it is never made anew. */
  append(name: string, text: string): Promise<void>;
  /** `touched` is in milliseconds since the epoch. Rejects with `ENOENT` where there is none. */
  read(name: string): Promise<{ readonly text: string; readonly touched: number }>;
  touch(name: string, at: number): Promise<void>;
  /** Of several who rename one file, all but one are rejected with `ENOENT`. */
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** @returns where the file is now */
  setAside(name: string): Promise<string>;
  /** Calls back when anything in the folder was made, changed or touched, by whomever, until the returned function is called. */
  watch(listener: () => void): Promise<() => void>;
}

const asideFolder = 'set-aside';
/** Appends to what is there, and makes nothing. */
const existing = constants.O_APPEND | constants.O_WRONLY;

/** Journals as files of one folder, which is made when first written to. */
export function journalFiles(folder: string): JournalFiles {
  const at = (name: string) => path.join(folder, name);
  return {
    names: () => fs.readdir(folder).catch(() => []),
    create: async (name, text) => {
      await fs.mkdir(folder, { recursive: true });
      const handle = await fs.open(at(name), 'wx', 0o600);
      try {
        await handle.writeFile(text);
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
    append: (name, text) => fs.appendFile(at(name), text, { flag: existing }),
    read: async (name) => {
      const { mtimeMs } = await fs.stat(at(name));
      return { text: await fs.readFile(at(name), 'utf8'), touched: mtimeMs };
    },
    touch: (name, when) => fs.utimes(at(name), new Date(when), new Date(when)),
    rename: (from, to) => fs.rename(at(from), at(to)),
    remove: (name) => fs.rm(at(name), { force: true }),
    setAside: async (name) => {
      const aside = path.join(folder, asideFolder, name);
      await fs.mkdir(path.dirname(aside), { recursive: true });
      await fs.rename(at(name), aside);
      return aside;
    },
    watch: async (listener) => {
      await fs.mkdir(folder, { recursive: true });
      const watcher = watch(folder, { persistent: false }, listener);
      // The folder itself was taken away: there is nothing left to be told of.
      watcher.on('error', () => watcher.close());
      return () => watcher.close();
    },
  };
}
