import type { Clock } from '../../clock';
import type { EngineId, NodeKey } from '../../graph/model/model';
import type { Plan } from '../../graph/plan/plan';
import type { Backup, Outcome } from '../../graph/plan/report';
import type { Log, QuarantinedJournal } from '../service';
import {
  thisHost,
  type JournalFiles,
  journalFiles,
  InvalidFileError,
  heartbeat,
  isMissing,
  OwnFile,
  fileNameOf,
} from './journalFiles';
import {
  type InterruptedRun,
  JournalError,
  type JournalLine,
  parseJournal,
  serializeJournalLine,
  toPlanLine,
} from './journalFormat';

const day = 24 * 3600 * 1000;
/** Milliseconds. Older journals are quarantined: their plans are outdated. */
const maxAge = 7 * day;
/** Milliseconds for which quarantined journals and those of other hosts are kept. */
const retention = 30 * day;

const suffix = '.removal';
/** Replaces the window id in the file name: the window closed normally, so another may claim the journal at once. */
const released = 'released';

/** The result of a scan of the journal folder. */
export interface JournalScan {
  /** Interrupted runs that this window claimed. */
  readonly interrupted: readonly (InterruptedRun & { readonly entry: JournalEntry })[];
  /** Unfinished runs of other windows on this host that are not known to be stale. */
  readonly otherWindows: readonly InterruptedRun[];
  /** Unusable files that were quarantined. */
  readonly quarantined: readonly QuarantinedJournal[];
  /** Whether another scan is needed to decide if a journal is stale. */
  readonly isPending: boolean;
}

/** The journal of one run that this window writes. None of its methods rejects. */
export interface JournalEntry {
  /** Resolves when written to disk, or failed to; await it before sending requests about these nodes. */
  markStarted(keys: readonly NodeKey[]): Promise<void>;
  markFinished(key: NodeKey, outcome: Outcome): void;
  /** Records the identity that the engine reports. */
  recordIdentity(engine: EngineId, identity: string): void;
  /** Resolves when written to disk, or failed to. */
  markSaved(backup: Backup): Promise<void>;
  /** Keeps the file of a reconciled run until the user resumes or discards it. */
  markReconciled(): Promise<void>;
  /** Deletes the file. */
  close(): Promise<void>;
  /** Quarantines an unusable journal. */
  quarantine(why: string): Promise<QuarantinedJournal>;
}

/**
 * Persists each run in a file named after the owning window. The modification time is the window's heartbeat; a stale file
 * is claimed by renaming it, which succeeds for only one window.
 */
export class Journal {
  private readonly openEntries = new Map<string, OwnFile>();
  /** File names that this window uses or used, including those being created or removed. */
  private readonly ownNames = new Set<string>();
  private readonly staleness = new StaleDetector();
  private readonly warned = new Set<string>();
  private cancelHeartbeat: (() => void) | undefined;
  private isPruned = false;

  /** @param window unique among the windows that share the folder; letters and digits */
  constructor(
    dir: string,
    private readonly window: string,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly files: JournalFiles = journalFiles(dir),
    private readonly host: string = thisHost(),
  ) {}

  /** Resolves when the plan is on disk; await it before sending requests. Rejects when it cannot be written. */
  async open(plan: Plan): Promise<JournalEntry> {
    const name = this.nameFor(plan.id);
    const line = serializeJournalLine(toPlanLine(plan, this.clock.wallTime(), this.host));
    await this.files.create(name, line);
    return this.openEntry(name, [line]);
  }

  /** Claims stale journals and quarantines unusable ones. Repeat while `isPending`. Never rejects. */
  async scan(): Promise<JournalScan> {
    const found: Collected = { interrupted: [], otherWindows: [], quarantined: [], isPending: false };
    await this.pruneOnce();
    const names = (await this.files.names().catch(() => [])).filter(
      (name) => name.endsWith(suffix) && !this.ownNames.has(name),
    );
    this.staleness.retainOnly(new Set(names));
    for (const name of names) {
      try {
        await this.inspect(name, found);
      } catch (thrown) {
        // ENOENT: another window claimed it first or has just closed it.
        if (!isMissing(thrown)) this.warnOnce(`journal ${name}: ${String(thrown)}`);
      }
    }
    return found;
  }

  /** Calls back when another window may have changed a journal. Resolves with a function that stops watching. */
  watch(listener: () => void): Promise<() => void> {
    return this.files.watch(listener).catch((thrown: unknown) => {
      this.log.warn(`cannot watch the journals: ${String(thrown)}`);
      return () => undefined;
    });
  }

  /** Releases all files, so that another window can claim them at once. */
  async dispose(): Promise<void> {
    this.cancelHeartbeat?.();
    const release = (name: string) => this.files.rename(name, `${name.slice(0, -suffix.length)}.${released}${suffix}`);
    await Promise.all([...this.openEntries.values()].map((file) => file.end(release)));
    this.openEntries.clear();
  }

  private async inspect(name: string, found: Collected): Promise<void> {
    const { signature, modifiedAt, content } = await this.read(name);
    const age = this.clock.wallTime() - modifiedAt;
    if (!(content instanceof Error) && content.host !== this.host) {
      // Addresses in it refer to engines of that host.
      if (age > retention) await this.quarantine(name);
      return;
    }
    const isReleased = name.endsWith(`.${released}${suffix}`) && !(content instanceof Error);
    if (!isReleased && !this.staleness.isStale(name, signature, this.clock.now())) {
      found.isPending = true;
      // An unreadable file may be partially written.
      if (!(content instanceof Error) && !content.isReconciled) found.otherWindows.push(content);
      return;
    }
    if (content instanceof Error || age > maxAge) {
      const why = content instanceof Error ? content.message : 'it is too old';
      found.quarantined.push({ file: await this.quarantine(name), why });
      return;
    }
    // Its window may have resumed while this one stalled.
    if ((await this.read(name)).signature !== signature) {
      found.isPending = true;
      return;
    }
    const ownName = this.nameFor(content.plan.id);
    await this.files.rename(name, ownName);
    found.interrupted.push({ ...content, entry: this.openEntry(ownName, [content.text]) });
  }

  /** Returns invalid content as an `Error`. Rejects only if the file cannot be accessed. */
  private async read(name: string): Promise<{ signature: string; modifiedAt: number; content: Readable | Error }> {
    try {
      const { text, modifiedAt } = await this.files.read(name);
      return { signature: `${modifiedAt} ${text.length}`, modifiedAt, content: tryParse(text) };
    } catch (thrown) {
      if (thrown instanceof InvalidFileError)
        return { signature: 'odd', modifiedAt: this.clock.wallTime(), content: thrown };
      throw thrown;
    }
  }

  private nameFor(run: string): string {
    const name = `${fileNameOf(run)}.${this.window}${suffix}`;
    this.ownNames.add(name);
    return name;
  }

  private async quarantine(name: string): Promise<string> {
    try {
      return await this.files.quarantine(name, this.clock.wallTime());
    } catch (thrown) {
      if (isMissing(thrown)) throw thrown;
      // The file remains; as an own name it is not scanned again.
      this.ownNames.add(name);
      this.log.warn(`journal ${name} could not be quarantined: ${String(thrown)}`);
      return name;
    }
  }

  private openEntry(name: string, lines: string[]): JournalEntry {
    const file = new OwnFile(name, lines, { files: this.files, clock: this.clock, log: this.log });
    this.openEntries.set(name, file);
    this.heartbeat();
    const append = (line: JournalLine, sync = false) => file.append(serializeJournalLine(line), sync);
    const end = async (last: (name: string) => Promise<unknown>) => {
      await file.end(last);
      this.openEntries.delete(name);
    };
    return {
      markStarted: (keys) => append({ type: 'started', keys }, true),
      markFinished: (key, outcome) => void append({ type: 'finished', key, outcome }),
      markSaved: (backup) => append({ type: 'saved', backup }, true),
      markReconciled: () => append({ type: 'reconciled' }, true),
      recordIdentity: (engine, identity) => void append({ type: 'engine', engine, identity }),
      close: () => end((own) => this.files.remove(own)),
      quarantine: async (why) => {
        let path = name;
        await end(async (own) => (path = await this.quarantine(own)));
        return { file: path, why };
      },
    };
  }

  private heartbeat() {
    this.cancelHeartbeat ??= this.clock.after(heartbeat, () => {
      this.cancelHeartbeat = undefined;
      for (const file of this.openEntries.values()) void file.touch();
      if (this.openEntries.size > 0) this.heartbeat();
    });
  }

  private async pruneOnce(): Promise<void> {
    if (this.isPruned) return;
    this.isPruned = true;
    await this.files.pruneQuarantine(this.clock.wallTime() - retention).catch((thrown: unknown) => {
      this.log.warn(`could not delete old journals: ${String(thrown)}`);
    });
  }

  private warnOnce(message: string) {
    if (!this.warned.has(message)) this.log.warn(message);
    this.warned.add(message);
  }
}

type Collected = {
  -readonly [Part in keyof JournalScan]: JournalScan[Part] extends readonly (infer T)[] ? T[] : JournalScan[Part];
};
type Readable = InterruptedRun & { readonly text: string };

function tryParse(text: string): Readable | Error {
  try {
    return { ...parseJournal(text), text };
  } catch (thrown) {
    return thrown instanceof JournalError ? thrown : new JournalError(String(thrown));
  }
}

/** Milliseconds without a heartbeat after which a journal is stale. */
const staleAfterMs = 8_000;
/** Milliseconds between two scans of other windows' journals. */
export const scanInterval = 2_000;
/** Upper bound that one scan adds: after this window was suspended, the other one needs time for a heartbeat. */
const maxIncrement = 1.5 * scanInterval;

interface Observation {
  signature: string;
  checkedAt: number;
  unchangedMs: number;
}

/** Detects journals without a heartbeat by this window's monotonic clock: file times may come from another host's clock. */
class StaleDetector {
  private readonly seen = new Map<string, Observation>();

  /** @param signature changes with each write or heartbeat */
  isStale(name: string, signature: string, now: number): boolean {
    const before = this.seen.get(name);
    if (before?.signature !== signature) {
      this.seen.set(name, { signature, checkedAt: now, unchangedMs: 0 });
      return false;
    }
    before.unchangedMs += Math.min(Math.max(0, now - before.checkedAt), maxIncrement);
    before.checkedAt = now;
    return before.unchangedMs >= staleAfterMs;
  }

  retainOnly(names: ReadonlySet<string>) {
    for (const name of this.seen.keys()) if (!names.has(name)) this.seen.delete(name);
  }
}
