import type { Clock } from '../../src/engine/clock';
import type { JournalFiles } from '../../src/service/journal/files';
import type { Turn } from './world';

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

  constructor(
    private readonly clock: Clock,
    private readonly turn: Turn,
  ) {}

  /** @param lives whether the window still does; the calls of a dead one never come back */
  seenBy(lives: () => boolean): JournalFiles {
    const now = () => this.clock.now();
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
      read: async (name) => {
        const { touched } = await step('disk: stat', () => file(name));
        return step('disk: read', () => ({ text: file(name).text, touched }));
      },
      touch: (name, at) => step('disk: touch', () => void (file(name).touched = at)),
      rename: (from, to) =>
        step('disk: rename', () => {
          const one = file(from);
          this.files.delete(from);
          this.files.set(to, one);
        }),
      remove: (name) => step('disk: remove', () => void this.files.delete(name)),
      setAside: (name) =>
        step('disk: set aside', () => {
          this.aside.set(name, file(name).text);
          this.files.delete(name);
          return `set-aside/${name}`;
        }),
    };
  }
}
