import type { Clock } from '../../clock';
import type { EngineId, NodeKey } from '../../graph/model/model';
import type { Plan } from '../../graph/plan/plan';
import type { Outcome } from '../../graph/plan/report';
import type { Log } from '../log';
import type { SetAside } from '../service';
import { thisHost } from './host';
import { type JournalFiles, journalFiles, OddFile } from './journalFiles';
import {
  type InterruptedRun,
  JournalError,
  type JournalLine,
  readJournal,
  serializeHeader,
  serializePlan,
} from './journalFormat';
import { heartbeat, isMissing, OwnFile } from './ownFile';
import { Standstill } from './standstill';

const day = 24 * 3600 * 1000;
/** Milliseconds. Older journals are set aside: what they plan is long past. */
const tooOld = 7 * day;
/** Milliseconds. What was set aside is kept so long, and journals of other hosts lie there so long. */
const kept = 30 * day;

const suffix = '.removal';
/** In place of a window in a file's name: its window has closed in order, and left it to the next one. */
const released = 'released';

/** What the journal folder holds when a window looks into it. */
export interface JournalScan {
  /** Runs that were interrupted, now this window's own. */
  readonly interrupted: readonly (InterruptedRun & { readonly entry: JournalEntry })[];
  /** Runs of other windows of this host that were not seen to stand still. */
  readonly otherWindows: readonly InterruptedRun[];
  /** Files that could not be read, and where they were put. */
  readonly setAside: readonly SetAside[];
  /** Whether a file must be looked at again: only watching it tells whether its window is there. */
  readonly isPending: boolean;
}

/** The journal of one run that this window writes. None of its methods rejects. */
export interface JournalEntry {
  /** Resolves when it is on disk, or could not be written: only then may anything be sent to these nodes. */
  markStarted(keys: readonly NodeKey[]): Promise<void>;
  markFinished(key: NodeKey, outcome: Outcome): void;
  /** Which engine is behind a connection, by its own account. */
  identified(engine: EngineId, identity: string): void;
  /** The run has been settled: nothing of it need be remembered. */
  close(): Promise<void>;
  /** What it holds cannot be used. Resolves with where it was put. */
  setAside(why: string): Promise<SetAside>;
}

/**
 * Runs on disk while they run: a file each, named after the window that owns it. Its modification time is the window's
 * heartbeat; a file that was seen to stand still is taken over by renaming it, which only one window can do.
 */
export class Journal {
  private readonly openEntries = new Map<string, OwnFile>();
  /** Names that this window gives or gave: what is on its way to disk, or from it, is this window's own. */
  private readonly adopted = new Set<string>();
  private readonly standstill = new Standstill();
  private readonly told = new Set<string>();
  private stopBeating: (() => void) | undefined;
  private isCleared = false;

  /** @param window unique among the windows that share the folder; letters and digits */
  constructor(
    dir: string,
    private readonly window: string,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly files: JournalFiles = journalFiles(dir),
    private readonly host: string = thisHost(),
  ) {}

  /** Resolves when the plan is on disk: only then may anything be sent. Rejects when it cannot be written. */
  async open(plan: Plan): Promise<JournalEntry> {
    const name = this.nameFor(plan.id);
    const line = serializePlan(serializeHeader(plan, this.clock.wallTime(), this.host));
    await this.files.create(name, line);
    return this.adopt(name, [line]);
  }

  /**
   * Looks at what is there, takes over what was seen to stand still, and sets aside what cannot be read. Never rejects. A
   * journal stands still only after several calls: `isPending` asks for the next one.
   */
  async find(): Promise<JournalScan> {
    const found: Collected = { interrupted: [], otherWindows: [], setAside: [], isPending: false };
    await this.clearOnce();
    const names = (await this.files.names().catch(() => [])).filter(
      (name) => name.endsWith(suffix) && !this.adopted.has(name),
    );
    this.standstill.keepTo(new Set(names));
    for (const name of names) {
      try {
        await this.refresh(name, found);
      } catch (thrown) {
        // Another window was quicker, or the run has just been settled there.
        if (!isMissing(thrown)) this.warnOnce(`journal ${name}: ${String(thrown)}`);
      }
    }
    return found;
  }

  /** Calls back when another window may have begun, ended or gone on with a run. Resolves with what ends that. */
  watch(listener: () => void): Promise<() => void> {
    return this.files.watch(listener).catch((thrown: unknown) => {
      this.log.warn(`journals cannot be watched: ${String(thrown)}`);
      return () => undefined;
    });
  }

  /** Releases all files, so that another window may take them over at once. */
  async dispose(): Promise<void> {
    this.stopBeating?.();
    const release = (name: string) => this.files.rename(name, `${name.slice(0, -suffix.length)}.${released}${suffix}`);
    await Promise.all([...this.openEntries.values()].map((file) => file.end(release)));
    this.openEntries.clear();
  }

  private async refresh(name: string, found: Collected): Promise<void> {
    const { sign, touched, content } = await this.read(name);
    const age = this.clock.wallTime() - touched;
    if (!(content instanceof Error) && content.host !== this.host) {
      // Its engines are that host's, whatever their addresses: nothing here tells what became of it.
      if (age > kept) await this.putAside(name);
      return;
    }
    const isLeft = name.endsWith(`.${released}${suffix}`) && !(content instanceof Error);
    if (!isLeft && !this.standstill.isStill(name, sign, this.clock.now())) {
      found.isPending = true;
      // What cannot be read may be half written.
      if (!(content instanceof Error)) found.otherWindows.push(content);
      return;
    }
    if (content instanceof Error || age > tooOld) {
      const why = content instanceof Error ? content.message : 'it is too old';
      found.setAside.push({ file: await this.putAside(name), why });
      return;
    }
    // It may have come to life again while this window stalled between the look and now.
    if ((await this.read(name)).sign !== sign) {
      found.isPending = true;
      return;
    }
    const mine = this.nameFor(content.plan.id);
    await this.files.rename(name, mine);
    found.interrupted.push({ ...content, entry: this.adopt(mine, [content.text]) });
  }

  /** Whatever is wrong with a file is told in its place. Rejects only where it cannot be looked at. */
  private async read(name: string): Promise<{ sign: string; touched: number; content: Readable | Error }> {
    try {
      const { text, touched } = await this.files.read(name);
      return { sign: `${touched} ${text.length}`, touched, content: tryParse(text) };
    } catch (thrown) {
      if (thrown instanceof OddFile) return { sign: 'odd', touched: this.clock.wallTime(), content: thrown };
      throw thrown;
    }
  }

  private nameFor(run: string): string {
    const name = `${fileName(run)}.${this.window}${suffix}`;
    this.adopted.add(name);
    return name;
  }

  private async putAside(name: string): Promise<string> {
    try {
      return await this.files.quarantine(name, this.clock.wallTime());
    } catch (thrown) {
      if (isMissing(thrown)) throw thrown;
      // It stays where it is, and is told of once.
      this.adopted.add(name);
      this.log.warn(`journal ${name} could not be set aside: ${String(thrown)}`);
      return name;
    }
  }

  private adopt(name: string, lines: string[]): JournalEntry {
    const file = new OwnFile(name, lines, { files: this.files, clock: this.clock, log: this.log });
    this.openEntries.set(name, file);
    this.heartbeat();
    const append = (line: JournalLine, sync = false) => file.append(serializePlan(line), sync);
    const end = async (last: (name: string) => Promise<unknown>) => {
      await file.end(last);
      this.openEntries.delete(name);
    };
    return {
      markStarted: (keys) => append({ type: 'begun', keys }, true),
      markFinished: (key, outcome) => void append({ type: 'ended', key, outcome }),
      identified: (engine, identity) => void append({ type: 'engine', engine, identity }),
      close: () => end((own) => this.files.remove(own)),
      setAside: async (why) => {
        let put = name;
        await end(async (own) => (put = await this.putAside(own)));
        return { file: put, why };
      },
    };
  }

  private heartbeat() {
    this.stopBeating ??= this.clock.after(heartbeat, () => {
      this.stopBeating = undefined;
      for (const file of this.openEntries.values()) void file.beat();
      if (this.openEntries.size > 0) this.heartbeat();
    });
  }

  private async clearOnce(): Promise<void> {
    if (this.isCleared) return;
    this.isCleared = true;
    await this.files.clearAside(this.clock.wallTime() - kept).catch((thrown: unknown) => {
      this.log.warn(`old journals could not be cleared: ${String(thrown)}`);
    });
  }

  private warnOnce(message: string) {
    if (!this.told.has(message)) this.log.warn(message);
    this.told.add(message);
  }
}

type Collected = {
  -readonly [Part in keyof JournalScan]: JournalScan[Part] extends readonly (infer T)[] ? T[] : JournalScan[Part];
};
type Readable = InterruptedRun & { readonly text: string };

function tryParse(text: string): Readable | Error {
  try {
    return { ...readJournal(text), text };
  } catch (thrown) {
    return thrown instanceof JournalError ? thrown : new JournalError(String(thrown));
  }
}

/** The id of a plan comes from a file, and must not lead out of the folder. */
function fileName(run: string): string {
  return run.replace(/[^\w-]/g, '_').slice(0, 100);
}
