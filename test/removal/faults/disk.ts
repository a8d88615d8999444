import type { JournalFiles } from '../../../src/service/journal/files';
import { journalFiles } from '../../../src/service/journal/files';

/** Journal files of one trial, in a real folder, on a disk that can be full or slow. */
export class Disk {
  /** Called before each write; a rejection fails it after half of its text. */
  onWrite: (() => Promise<void>) | undefined;

  constructor(readonly folder: string) {}

  /** @param lives whether the window's process still runs; calls of a dead one never come back */
  seenBy(lives: () => boolean): JournalFiles {
    const files = journalFiles(this.folder);
    const step =
      <A extends unknown[], T>(work: (...args: A) => Promise<T>) =>
      (...args: A): Promise<T> =>
        lives() ? work(...args) : new Promise<never>(() => undefined);
    const write = (put: (name: string, text: string) => Promise<void>) =>
      step(async (name: string, text: string) => {
        try {
          await this.onWrite?.();
        } catch (full) {
          await put(name, text.slice(0, text.length / 2));
          throw full;
        }
        await put(name, text);
      });
    return {
      ...files,
      names: step(files.names),
      create: write(files.create),
      append: write(files.append),
      read: step(files.read),
      touch: step(files.touch),
      rename: step(files.rename),
      remove: step(files.remove),
      setAside: step(files.setAside),
    };
  }
}
