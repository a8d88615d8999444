import type { Clock } from '../../src/clock';
import type { JournalFiles } from '../../src/service/journal/journalFiles';
import type { Interleave } from './questions';

interface File {
  text: string;
  touched: number;
}

const never = () => new Promise<never>(() => undefined);

function missing(name: string): Error {
  return Object.assign(new Error(`ENOENT: ${name}`), { code: 'ENOENT' });
}

/** A folder in memory that several windows share; what one of them was writing when it was killed is torn. */
export class Disk {
  readonly files = new Map<string, File>();
  readonly aside = new Map<string, string>();
  /** Asked at each write: what is written to a full disk is torn. */
  isFull: () => boolean = () => false;
  private readonly watchers = new Set<() => void>();

  constructor(
    private readonly clock: Clock,
    private readonly turn: Interleave,
  ) {}

  /** @param lives whether the window still does; the calls of a dead one never come back */
  seenBy(lives: () => boolean): JournalFiles {
    const now = () => this.clock.wallTime();
    const step = async <T>(what: string, work: () => T): Promise<T> => {
      await this.turn(what);
      return lives() ? work() : never();
    };
    const file = (name: string) => {
      const found = this.files.get(name);
      if (!found) throw missing(name);
      return found;
    };
    const write = async (one: File, text: string) => {
      await this.turn('disk: write');
      this.tell();
      if (this.isFull()) {
        one.text += text.slice(0, text.length / 2);
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      }
      one.text += lives() ? text : text.slice(0, text.length / 2);
      one.touched = now();
      if (!lives()) await never();
    };
    return {
      names: () => step('disk: names', () => [...this.files.keys()]),
      create: async (name, text) => {
        const one = { text: '', touched: now() };
        await step('disk: create', () => this.files.set(name, one));
        await write(one, text);
      },
      append: async (name, text) => {
        const one = await step('disk: open', () => file(name));
        await write(one, text);
      },
      clearAside: () => Promise.resolve(),
      read: async (name) => {
        const { touched } = await step('disk: stat', () => file(name));
        return step('disk: read', () => ({ text: file(name).text, touched }));
      },
      touch: (name, at) =>
        step('disk: touch', () => {
          file(name).touched = at;
          this.tell();
        }),
      rename: (from, to) =>
        step('disk: rename', () => {
          const one = file(from);
          this.files.delete(from);
          this.files.set(to, one);
          this.tell();
        }),
      remove: (name) =>
        step('disk: remove', () => {
          this.files.delete(name);
          this.tell();
        }),
      quarantine: (name) =>
        step('disk: set aside', () => {
          this.aside.set(name, file(name).text);
          this.files.delete(name);
          return `set-aside/${name}`;
        }),
      watch: (listener) =>
        step('disk: watch', () => {
          const watcher = () => {
            if (lives()) listener();
          };
          this.watchers.add(watcher);
          return () => this.watchers.delete(watcher);
        }),
    };
  }

  /** As file systems do it: some time after the change, and to whoever changed it as well. */
  private tell() {
    for (const watcher of this.watchers) void this.turn('disk: told').then(watcher);
  }
}
