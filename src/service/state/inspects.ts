import { type Clock, sleep } from '../../clock';
import { EngineError, isConnectionError } from '../../engine/error';
import type { NodeKey } from '../../graph/model/model';
import type { Log } from '../log';
import type { EngineStateStore } from './stateStore';

const atOnce = 8;
/** Milliseconds after which an inspect makes room for others; this many may be so slow at once. */
const slowAfter = 1_000;
const mostSlow = 8;
/** How long inspects may keep a plan waiting while none of them is answered. */
const patience = 3_000;
/** The same for those that failed before. */
const retryPatience = 500;
/** Until a container whose inspect failed is asked about again; doubled each time. */
const firstBackoff = 2_000;
const longestBackoff = 60_000;
/** After so many failures in a row that sound like a lost engine it is asked whether it is. */
const suspicious = 8;

export interface InspectsDeps {
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
  readonly observations: EngineStateStore;
  /** Inspects one container and applies the answer. */
  readonly refresh: (key: NodeKey) => Promise<unknown>;
  /** Rejects when the engine is out of reach. */
  readonly reach: () => Promise<void>;
  /** A container turned out to have no details. */
  readonly onFailed: () => void;
}

interface Waiting {
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The inspects of one engine, few at once and none twice. One that hangs or fails leaves its container without details, and
 * nothing else: it is asked again later and later, while others go on.
 */
export class Inspects {
  private readonly queue = new Map<NodeKey, Waiting>();
  private readonly underWay = new Map<NodeKey, Waiting>();
  /** Inspects that take up room: those under way that are not slow. */
  private active = 0;
  private slow = 0;
  private readonly failures = new Map<NodeKey, { readonly until: number; readonly backoff: number }>();
  private failedInARow = 0;
  private reaching: Promise<void> | undefined;
  /** Grows with each answer. */
  private settled = 0;

  constructor(private readonly deps: InspectsDeps) {}

  /**
   * Inspects what has not been inspected and is not known to fail. What keeps it waiting too long counts as failed for now.
   * Rejects when the engine is out of reach.
   */
  async all(): Promise<void> {
    for (let missing = this.missing(); missing.length > 0; missing = this.missing()) {
      const areRetries = missing.every((key) => this.failures.has(key));
      const work = Promise.all(missing.map((key) => this.ask(key)));
      if (!(await this.inPatience(work, areRetries ? retryPatience : patience))) return this.markSlow();
    }
  }

  /** Inspects each of these by a request sent after this call; rejects when the engine is out of reach. */
  async each(keys: readonly NodeKey[]): Promise<void> {
    await Promise.all(keys.map((key) => this.underWay.get(key)?.done.then(() => this.ask(key)) ?? this.ask(key)));
  }

  /** The engine is there again: what failed before may be asked at once. */
  forgive() {
    this.failures.clear();
    this.failedInARow = 0;
  }

  /** Milliseconds until something that failed is to be asked again; infinite where nothing failed. */
  get dueIn(): number {
    if (this.failures.size === 0) return Infinity;
    const now = this.deps.clock.now();
    const waiting = this.deps.observations.uninspected().filter((key) => !this.isAsked(key));
    const times = waiting.map((key) => (this.failures.get(key)?.until ?? Infinity) - now);
    return Math.max(
      0,
      times.reduce((least, time) => Math.min(least, time), Infinity),
    );
  }

  private missing(): NodeKey[] {
    const { observations, clock } = this.deps;
    const now = clock.now();
    const missing = observations.uninspected();
    if (this.failures.size > missing.length) this.forgetOthers(missing);
    return missing.filter((key) => {
      const failure = this.failures.get(key);
      // What is being retried keeps nobody waiting.
      return failure === undefined || (failure.until <= now && !this.isAsked(key));
    });
  }

  private isAsked(key: NodeKey): boolean {
    return this.underWay.has(key) || this.queue.has(key);
  }

  private forgetOthers(keys: readonly NodeKey[]) {
    const kept = new Set(keys);
    for (const key of [...this.failures.keys()]) if (!kept.has(key)) this.failures.delete(key);
  }

  private ask(key: NodeKey): Promise<void> {
    const known = this.underWay.get(key) ?? this.queue.get(key);
    if (known) return known.done;
    const waiting = newWaiting();
    this.queue.set(key, waiting);
    this.pump();
    return waiting.done;
  }

  private pump() {
    for (const [key, waiting] of this.queue) {
      if (this.active >= atOnce) return;
      this.queue.delete(key);
      this.underWay.set(key, waiting);
      this.active++;
      void this.inspect(key, waiting);
      void this.untilSlow(waiting).then(() => {
        this.active--;
        this.pump();
      });
    }
  }

  private async inspect(key: NodeKey, { resolve, reject }: Waiting): Promise<void> {
    try {
      await this.deps.refresh(key);
      this.failures.delete(key);
      this.failedInARow = 0;
    } catch (thrown) {
      this.recordFailure(key, EngineError.from(thrown));
    }
    this.settled++;
    try {
      if (this.failedInARow >= suspicious) await this.reach();
      resolve();
    } catch (thrown) {
      reject(thrown);
      for (const waiting of this.queue.values()) waiting.reject(thrown);
      this.queue.clear();
    } finally {
      this.underWay.delete(key);
    }
  }

  private async reach(): Promise<void> {
    await (this.reaching ??= this.deps.reach().finally(() => (this.reaching = undefined)));
    this.failedInARow = 0;
  }

  private recordFailure(key: NodeKey, error: EngineError) {
    const { clock, log, observations, onFailed } = this.deps;
    this.failedInARow = isConnectionError(error.reason) ? this.failedInARow + 1 : 0;
    const backoff = Math.min(2 * (this.failures.get(key)?.backoff ?? firstBackoff / 2), longestBackoff);
    this.failures.set(key, { until: clock.now() + backoff, backoff });
    if (error.reason !== 'aborted') log.warn(`inspect ${key}: ${error.message}`);
    observations.noteWithoutDetails(key, error.detail);
    onFailed();
  }

  /** Nothing is known yet of what is still being asked about: no plan may hold it. */
  private markSlow() {
    const until = this.deps.clock.now();
    for (const key of [...this.underWay.keys(), ...this.queue.keys()]) {
      if (!this.failures.has(key)) this.failures.set(key, { until, backoff: firstBackoff / 2 });
      this.deps.observations.noteWithoutDetails(key, '');
    }
    this.deps.onFailed();
  }

  /** Resolves when an inspect is answered, or has taken so long that others get its room. */
  private async untilSlow({ done }: Waiting): Promise<void> {
    const settled = done.catch(() => undefined);
    if ((await this.within(settled, slowAfter)) || this.slow >= mostSlow) return settled;
    this.slow++;
    void settled.then(() => this.slow--);
  }

  /** @returns false when nothing was answered for too long */
  private async inPatience(work: Promise<unknown>, ms: number): Promise<boolean> {
    for (;;) {
      const before = this.settled;
      if (await this.within(work, ms)) return true;
      if (this.settled !== before) continue;
      // Whoever waits for it next hears of its failure.
      work.catch(() => undefined);
      return false;
    }
  }

  /** @returns whether it settled in time */
  private async within(work: Promise<unknown>, ms: number): Promise<boolean> {
    const waiting = new AbortController();
    const late = sleep(this.deps.clock, ms, waiting.signal).then(() => false);
    return Promise.race([work.then(() => true), late]).finally(() => waiting.abort());
  }
}

function newWaiting(): Waiting {
  let settle!: Pick<Waiting, 'resolve' | 'reject'>;
  const done = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));
  // Not everyone who asks waits for the answer.
  done.catch(() => undefined);
  return { done, ...settle };
}
