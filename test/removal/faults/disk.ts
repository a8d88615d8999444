import { type JournalFiles, journalFiles } from '../../../src/service/journal/journalFiles';

/** Journal files of one run, in a real folder, with a disk that can be full or slow. */
export class Disk {
  /** Called before each write; a rejection fails the write after half of its text. */
  onWrite: (() => Promise<void>) | undefined;

  constructor(readonly folder: string) {}

  /** @param isAlive whether the window's process still runs; calls of a dead one never return */
  filesFor(isAlive: () => boolean): JournalFiles {
    const files = journalFiles(this.folder);
    const step = <T>(work: () => Promise<T>): Promise<T> => (isAlive() ? work() : new Promise<never>(() => undefined));
    const write = async (text: string, put: (text: string) => Promise<void>) => {
      try {
        await this.onWrite?.();
      } catch (full) {
        await put(text.slice(0, text.length / 2));
        throw full;
      }
      await put(text);
    };
    return {
      ...files,
      names: () => step(() => files.names()),
      create: (name, text) => step(() => write(text, (part) => files.create(name, part))),
      append: (name, text, sync) => step(() => write(text, (part) => files.append(name, part, sync))),
      read: (name) => step(() => files.read(name)),
      touch: (name, at) => step(() => files.touch(name, at)),
      rename: (from, to) => step(() => files.rename(from, to)),
      remove: (name) => step(() => files.remove(name)),
      quarantine: (name, at) => step(() => files.quarantine(name, at)),
    };
  }
}
