import type { Clock } from '../../src/clock';
import type { JournalFiles } from '../../src/service/journal/journalFiles';
import type { Interleave } from './fakeQueries';

interface File {
  text: string;
  touched: number;
}

const never = () => new Promise<never>(() => undefined);

function missing(name: string): Error {
  return Object.assign(new Error(`ENOENT: ${name}`), { code: 'ENOENT' });
}

/** An in-memory folder shared by windows; a write is truncated when its window is killed. */
export class InMemoryJournalFs {
  readonly files = new Map<string, File>();
  readonly quarantined = new Map<string, string>();
  /** Checked at each write: it is then truncated. */
  isFull: () => boolean = () => false;
  private readonly watchers = new Set<() => void>();

  constructor(
    private readonly clock: Clock,
    private readonly turn: Interleave,
  ) {}

  /** @param isAlive false once the window was killed: its calls never return */
  viewOf(isAlive: () => boolean): JournalFiles {
    const now = () => this.clock.wallTime();
    const step = async <T>(what: string, work: () => T): Promise<T> => {
      await this.turn(what);
      return isAlive() ? work() : never();
    };
    const file = (name: string) => {
      const found = this.files.get(name);
      if (!found) throw missing(name);
      return found;
    };
    const write = async (one: File, text: string) => {
      await this.turn('disk: write');
      this.notifyWatchers();
      if (this.isFull()) {
        one.text += text.slice(0, text.length / 2);
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      }
      one.text += isAlive() ? text : text.slice(0, text.length / 2);
      one.touched = now();
      if (!isAlive()) await never();
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
      pruneQuarantine: () => Promise.resolve(),
      read: async (name) => {
        const { touched } = await step('disk: stat', () => file(name));
        return step('disk: read', () => ({ text: file(name).text, modifiedAt: touched }));
      },
      touch: (name, at) =>
        step('disk: touch', () => {
          file(name).touched = at;
          this.notifyWatchers();
        }),
      rename: (from, to) =>
        step('disk: rename', () => {
          const one = file(from);
          this.files.delete(from);
          this.files.set(to, one);
          this.notifyWatchers();
        }),
      remove: (name) =>
        step('disk: remove', () => {
          this.files.delete(name);
          this.notifyWatchers();
        }),
      quarantine: (name) =>
        step('disk: set quarantined', () => {
          this.quarantined.set(name, file(name).text);
          this.files.delete(name);
          return `quarantined/${name}`;
        }),
      watch: (listener) =>
        step('disk: watch', () => {
          const watcher = () => {
            if (isAlive()) listener();
          };
          this.watchers.add(watcher);
          return () => this.watchers.delete(watcher);
        }),
    };
  }

  /** Delayed, and also to the window that made the change. */
  private notifyWatchers() {
    for (const watcher of this.watchers) void this.turn('disk: notified').then(watcher);
  }
}
