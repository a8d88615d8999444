import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import type { Clock } from '../../engine/clock';
import type { NodeKey } from '../../graph/model';
import type { RemovalPlan } from '../../graph/plan';
import type { Outcome } from '../../graph/report';
import type { Log } from '../log';
import type { Interrupted, JournalLine } from './record';
import { planLine, readJournal, written } from './record';

/** Milliseconds between two heartbeats of a window over its journals. */
const heartbeat = 2_000;
/** A journal whose window has not been heard of for so long belongs to nobody. */
const silentAfter = 8_000;
/** Older journals are set aside: what they plan is long past. */
const tooOld = 7 * 24 * 3600 * 1000;

const suffix = '.removal';
const asideFolder = 'set-aside';

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
  begun(keys: readonly NodeKey[]): void;
  ended(key: NodeKey, outcome: Outcome): void;
  /** The removal has been settled: nothing of it need be remembered. */
  close(): Promise<void>;
}

/**
 * Removals on disk while they run: a file each, named after the window that owns it. Its modification time is the
 * window's heartbeat; a silent file is taken over by renaming it, which only one window can do.
 */
export class Journal {
  private readonly own = new Map<string, Promise<void>>();
  private beating: (() => void) | undefined;

  /** @param window unique among the windows that share the folder; letters and digits */
  constructor(
    private readonly folder: string,
    private readonly window: string,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Resolves when the plan is on disk: only then may anything be sent. Rejects when it cannot be written. */
  async begin(plan: RemovalPlan): Promise<JournalEntry> {
    await fs.mkdir(this.folder, { recursive: true });
    const file = path.join(this.folder, `${plan.id}.${this.window}${suffix}`);
    const handle = await fs.open(file, 'wx', 0o600);
    try {
      await handle.writeFile(written(planLine(plan, this.clock.now())));
      await handle.sync();
    } finally {
      await handle.close();
    }
    return this.adopt(file);
  }

  /** Looks at what is there, takes over what nobody owns any more, and sets aside what cannot be read. */
  async find(): Promise<Found> {
    const found = { interrupted: [] as Found['interrupted'][number][], elsewhere: [] as Interrupted[] };
    const setAside: { file: string; why: string }[] = [];
    for (const name of await this.names()) {
      const file = path.join(this.folder, name);
      if (this.own.has(file)) continue;
      try {
        const { mtimeMs } = await fs.stat(file);
        const age = this.clock.now() - mtimeMs;
        const content = readJournal(await fs.readFile(file, 'utf8'));
        if (age <= silentAfter) found.elsewhere.push(content);
        else if (age > tooOld) throw new Error('it is too old');
        else found.interrupted.push({ ...content, entry: await this.takeOver(file) });
      } catch (thrown) {
        // Another window was quicker, or the removal has just been settled there.
        if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') continue;
        setAside.push({ file: await this.putAside(file), why: (thrown as Error).message });
      }
    }
    return { ...found, setAside };
  }

  /** Lets go of all files, so that another window may take them over at once. */
  async dispose(): Promise<void> {
    this.beating?.();
    await Promise.allSettled(this.own.values());
    const past = new Date(this.clock.now() - 2 * silentAfter);
    await Promise.allSettled([...this.own.keys()].map((file) => fs.utimes(file, past, past)));
  }

  private async names(): Promise<string[]> {
    try {
      return (await fs.readdir(this.folder)).filter((name) => name.endsWith(suffix));
    } catch {
      return [];
    }
  }

  private async takeOver(file: string): Promise<JournalEntry> {
    const [id] = path.basename(file).split('.');
    const mine = path.join(this.folder, `${id}.${this.window}${suffix}`);
    await fs.rename(file, mine);
    const now = new Date(this.clock.now());
    await fs.utimes(mine, now, now);
    return this.adopt(mine);
  }

  private async putAside(file: string): Promise<string> {
    const aside = path.join(this.folder, asideFolder, path.basename(file));
    try {
      await fs.mkdir(path.dirname(aside), { recursive: true });
      await fs.rename(file, aside);
    } catch (thrown) {
      this.log.warn(`journal ${file} could not be set aside: ${String(thrown)}`);
      return file;
    }
    return aside;
  }

  private adopt(file: string): JournalEntry {
    this.own.set(file, Promise.resolve());
    this.beat();
    const append = (line: JournalLine) => this.enqueue(file, () => fs.appendFile(file, written(line)));
    return {
      begun: (keys) => append({ type: 'begun', keys }),
      ended: (key, outcome) => append({ type: 'ended', key, outcome }),
      close: async () => {
        this.enqueue(file, () => fs.rm(file, { force: true }));
        const last = this.own.get(file);
        this.own.delete(file);
        await last;
      },
    };
  }

  /** Lines reach the file in the order in which they were told. */
  private enqueue(file: string, work: () => Promise<void>) {
    const before = this.own.get(file);
    if (!before) return;
    this.own.set(
      file,
      before.then(work).catch((thrown: unknown) => this.log.warn(`journal ${file}: ${String(thrown)}`)),
    );
  }

  private beat() {
    this.beating ??= this.clock.after(heartbeat, () => {
      this.beating = undefined;
      const now = new Date(this.clock.now());
      for (const file of this.own.keys()) this.enqueue(file, () => fs.utimes(file, now, now));
      if (this.own.size > 0) this.beat();
    });
  }
}
