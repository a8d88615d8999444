import type { Clock } from '../../clock';
import type { NodeKey } from '../../graph/model';
import type { Plan } from '../../graph/plan';
import type { Outcome } from '../../graph/report';
import type { Log } from '../log';
import type { JournalFiles } from './files';
import { journalFiles } from './files';
import type { Interrupted, JournalLine } from './record';
import { JournalError, planLine, readJournal, written } from './record';

/** Milliseconds between two heartbeats of a window over its journals. */
const heartbeat = 2_000;
/** Milliseconds. A journal whose window has not been heard of for so long belongs to nobody. */
export const silentAfter = 8_000;
/** Older journals are set aside: what they plan is long past. */
const tooOld = 7 * 24 * 3600 * 1000;

const suffix = '.removal';

/** What stands in the journal folder when a window looks into it. */
export interface Found {
  /** Removals that were interrupted, now this window's own. */
  readonly interrupted: readonly (Interrupted & { readonly entry: JournalEntry })[];
  /** Removals that another window is running at this moment. */
  readonly elsewhere: readonly Interrupted[];
  /** Files that could not be read, and where they were put. */
  readonly setAside: readonly { readonly file: string; readonly why: string }[];
}

/** The journal of one removal that this window writes. */
export interface JournalEntry {
  /** Resolves when it is written, or could not be: only then may a deletion be sent. */
  begun(keys: readonly NodeKey[]): Promise<void>;
  ended(key: NodeKey, outcome: Outcome): void;
  /** The removal has been settled: nothing of it need be remembered. */
  close(): Promise<void>;
}

/**
 * Removals on disk while they run: a file each, named after the window that owns it. Its modification time is the
 * window's heartbeat; a silent file is taken over by renaming it, which only one window can do.
 */
export class Journal {
  /** The files of this window, each with what is still to be written to it. */
  private readonly own = new Map<string, Promise<void>>();
  /** Names that this window gives or gave: what is on its way to disk, or from it, is nobody else's. */
  private readonly given = new Set<string>();
  private beating: (() => void) | undefined;

  /** @param window unique among the windows that share the folder; letters and digits */
  constructor(
    folder: string,
    private readonly window: string,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly files: JournalFiles = journalFiles(folder),
  ) {}

  /** Resolves when the plan is on disk: only then may anything be sent. Rejects when it cannot be written. */
  async begin(plan: Plan): Promise<JournalEntry> {
    const name = this.nameFor(plan.id);
    await this.files.create(name, written(planLine(plan, this.clock.wallTime())));
    return this.adopt(name);
  }

  /** Looks at what is there, takes over what nobody owns any more, and sets aside what cannot be read. */
  async find(): Promise<Found> {
    const found = { interrupted: [] as Found['interrupted'][number][], elsewhere: [] as Interrupted[] };
    const setAside: Found['setAside'][number][] = [];
    for (const name of await this.files.names()) {
      if (!name.endsWith(suffix) || this.given.has(name)) continue;
      try {
        const { text, touched } = await this.files.read(name);
        const age = this.clock.wallTime() - touched;
        const content = understood(text);
        if (age <= silentAfter) {
          // One that cannot be understood may be half written: it is looked at again when it is silent.
          if (!(content instanceof Error)) found.elsewhere.push(content);
        } else if (content instanceof Error || age > tooOld) {
          const why = content instanceof Error ? content.message : 'it is too old';
          setAside.push({ file: await this.putAside(name), why });
        } else found.interrupted.push({ ...content, entry: await this.takeOver(name, content.plan.id) });
      } catch (thrown) {
        // Another window was quicker, or the removal has just been settled there.
        if (!isMissing(thrown)) this.log.warn(`journal ${name}: ${String(thrown)}`);
      }
    }
    return { ...found, setAside };
  }

  /** Calls back when another window may have begun, ended or gone on with a removal. Resolves with what ends that. */
  watch(listener: () => void): Promise<() => void> {
    return this.files.watch(listener).catch((thrown: unknown) => {
      this.log.warn(`journals cannot be watched: ${String(thrown)}`);
      return () => undefined;
    });
  }

  /** Lets go of all files, so that another window may take them over at once. */
  async dispose(): Promise<void> {
    this.beating?.();
    await Promise.allSettled(this.own.values());
    const past = this.clock.wallTime() - 2 * silentAfter;
    await Promise.allSettled([...this.own.keys()].map((name) => this.files.touch(name, past)));
  }

  private nameFor(removal: string): string {
    const name = `${removal}.${this.window}${suffix}`;
    this.given.add(name);
    return name;
  }

  private async takeOver(name: string, removal: string): Promise<JournalEntry> {
    const mine = this.nameFor(removal);
    // Before it is renamed: under its new name nobody must find it silent.
    await this.files.touch(name, this.clock.wallTime());
    await this.files.rename(name, mine);
    return this.adopt(mine);
  }

  private async putAside(name: string): Promise<string> {
    try {
      return await this.files.setAside(name);
    } catch (thrown) {
      if (isMissing(thrown)) throw thrown;
      this.log.warn(`journal ${name} could not be set aside: ${String(thrown)}`);
      return name;
    }
  }

  private adopt(name: string): JournalEntry {
    this.own.set(name, Promise.resolve());
    this.beat();
    const append = (line: JournalLine) => this.enqueue(name, () => this.files.append(name, written(line)));
    return {
      begun: (keys) => append({ type: 'begun', keys }),
      ended: (key, outcome) => void append({ type: 'ended', key, outcome }),
      close: async () => {
        const last = this.enqueue(name, () => this.files.remove(name));
        this.own.delete(name);
        await last;
      },
    };
  }

  /** Lines reach the file in the order in which they were told. Never rejects. */
  private enqueue(name: string, work: () => Promise<void>): Promise<void> {
    const before = this.own.get(name);
    if (!before) return Promise.resolve();
    const done = before.then(work).catch((thrown: unknown) => {
      this.log.warn(`journal ${name}: ${String(thrown)}`);
      // This window was silent for too long, and another has taken it over.
      if (isMissing(thrown)) this.own.delete(name);
    });
    this.own.set(name, done);
    return done;
  }

  private beat() {
    this.beating ??= this.clock.after(heartbeat, () => {
      this.beating = undefined;
      for (const name of this.own.keys()) void this.enqueue(name, () => this.files.touch(name, this.clock.wallTime()));
      if (this.own.size > 0) this.beat();
    });
  }
}

function understood(text: string): Interrupted | JournalError {
  try {
    return readJournal(text);
  } catch (thrown) {
    return thrown instanceof JournalError ? thrown : new JournalError(String(thrown));
  }
}

function isMissing(thrown: unknown): boolean {
  return (thrown as NodeJS.ErrnoException).code === 'ENOENT';
}
