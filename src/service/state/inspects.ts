import { Semaphore } from 'async-mutex';
import type { Clock } from '../../clock';
import { EngineError, isConnectionError } from '../../engine/error';
import type { NodeKey } from '../../graph/model/model';
import type { Log } from '../service';
import type { EngineStateStore } from './stateStore';

const maxConcurrent = 8;
/** Milliseconds after which an inspect no longer counts against `maxConcurrent`; up to `maxSlow` may do so. */
const slowAfter = 1_000;
const maxSlow = 8;
/** Milliseconds without any response after which callers stop waiting. */
const stallTimeout = 3_000;
/** The same if all pending inspects failed before. */
const retryStallTimeout = 500;
/** Milliseconds until the first retry of a failed inspect; doubled each time. */
const minBackoff = 2_000;
const maxBackoff = 60_000;
/** Consecutive connection errors after which the engine is pinged. */
const pingAfterFailures = 8;

interface InspectsDeps {
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
  readonly observations: EngineStateStore;
  /** Inspects one container and applies the response. */
  readonly refresh: (key: NodeKey) => Promise<unknown>;
  /** Rejects when the engine is unreachable. */
  readonly ping: () => Promise<void>;
  readonly onFailed: () => void;
}

interface PendingInspect {
  isSent: boolean;
  done: Promise<void>;
}

/**
 * The inspects of one engine: deduplicated, with limited concurrency. One that hangs or fails only leaves its container
 * without details, and is retried with backoff.
 */
export class Inspects {
  private readonly pending = new Map<NodeKey, PendingInspect>();
  /** Held by inspects in flight that are not slow. */
  private readonly permits = new Semaphore(maxConcurrent);
  /** Why the last ping failed, for inspects that waited for a permit. */
  private pingError: EngineError | undefined;
  private slow = 0;
  private readonly failures = new Map<NodeKey, { readonly until: number; readonly backoff: number }>();
  private consecutiveFailures = 0;
  private pinging: Promise<void> | undefined;
  /** Number of inspects that succeeded or failed. */
  private settled = 0;

  constructor(private readonly deps: InspectsDeps) {}

  /** Inspects all new containers; those that stall count as failed for now. Rejects when the engine is unreachable. */
  async all(): Promise<void> {
    for (let missing = this.findMissing(); missing.length > 0; missing = this.findMissing()) {
      const areRetries = missing.every((key) => this.failures.has(key));
      const work = Promise.all(missing.map((key) => this.enqueue(key)));
      if (!(await this.waitUnlessStalled(work, areRetries ? retryStallTimeout : stallTimeout))) return this.markSlow();
    }
  }

  /** Inspects each by a request sent after this call; rejects when the engine is unreachable. */
  async each(keys: readonly NodeKey[]): Promise<void> {
    await Promise.all(
      keys.map((key) => {
        const pending = this.pending.get(key);
        return pending?.isSent ? pending.done.then(() => this.enqueue(key)) : this.enqueue(key);
      }),
    );
  }

  /** After a reconnect, failed inspects are retried without backoff. */
  clearFailures() {
    this.failures.clear();
    this.consecutiveFailures = 0;
  }

  /** Milliseconds until the next retry; infinite if none is due. */
  get dueIn(): number {
    if (this.failures.size === 0) return Infinity;
    const now = this.deps.clock.now();
    const waiting = this.deps.observations.uninspected().filter((key) => !this.isPending(key));
    const times = waiting.map((key) => (this.failures.get(key)?.until ?? Infinity) - now);
    return Math.max(
      0,
      times.reduce((least, time) => Math.min(least, time), Infinity),
    );
  }

  private findMissing(): NodeKey[] {
    const { observations, clock } = this.deps;
    const now = clock.now();
    const missing = observations.uninspected();
    if (this.failures.size > missing.length) this.pruneFailures(missing);
    return missing.filter((key) => {
      const failure = this.failures.get(key);
      // Callers do not wait for retries in progress.
      return failure === undefined || (failure.until <= now && !this.isPending(key));
    });
  }

  private isPending(key: NodeKey): boolean {
    return this.pending.has(key);
  }

  private pruneFailures(keys: readonly NodeKey[]) {
    const current = new Set(keys);
    for (const key of [...this.failures.keys()]) if (!current.has(key)) this.failures.delete(key);
  }

  private enqueue(key: NodeKey): Promise<void> {
    const known = this.pending.get(key);
    if (known) return known.done;
    const pending: PendingInspect = { isSent: false, done: Promise.resolve() };
    this.pending.set(key, pending);
    pending.done = this.inspect(key, pending).finally(() => this.pending.delete(key));
    // Some callers do not await it.
    pending.done.catch(() => undefined);
    return pending.done;
  }

  private async inspect(key: NodeKey, pending: PendingInspect): Promise<void> {
    const release = await this.acquire();
    pending.isSent = true;
    const work = this.send(key);
    void this.waitUntilSlow(work).then(release);
    return work;
  }

  private async send(key: NodeKey): Promise<void> {
    try {
      await this.deps.refresh(key);
      this.failures.delete(key);
      this.consecutiveFailures = 0;
    } catch (thrown) {
      this.recordFailure(key, EngineError.from(thrown));
    }
    this.settled++;
    if (this.consecutiveFailures < pingAfterFailures) return;
    try {
      await this.ping();
    } catch (thrown) {
      this.pingError = EngineError.from(thrown);
      this.permits.cancel();
      throw this.pingError;
    }
  }

  private async acquire(): Promise<() => void> {
    try {
      const [, release] = await this.permits.acquire();
      return release;
    } catch (thrown) {
      throw this.pingError ?? thrown;
    }
  }

  private async ping(): Promise<void> {
    await (this.pinging ??= this.deps.ping().finally(() => (this.pinging = undefined)));
    this.consecutiveFailures = 0;
  }

  private recordFailure(key: NodeKey, error: EngineError) {
    const { clock, log, observations, onFailed } = this.deps;
    this.consecutiveFailures = isConnectionError(error.reason) ? this.consecutiveFailures + 1 : 0;
    const backoff = Math.min(2 * (this.failures.get(key)?.backoff ?? minBackoff / 2), maxBackoff);
    this.failures.set(key, { until: clock.now() + backoff, backoff });
    if (error.reason !== 'aborted') log.warn(`inspect ${key}: ${error.message}`);
    observations.markDetailsMissing(key, error.detail);
    onFailed();
  }

  /** Marks pending containers as having no details, which keeps them out of plans. */
  private markSlow() {
    const until = this.deps.clock.now();
    for (const key of this.pending.keys()) {
      if (!this.failures.has(key)) this.failures.set(key, { until, backoff: minBackoff / 2 });
      this.deps.observations.markDetailsMissing(key, '');
    }
    this.deps.onFailed();
  }

  /** Resolves when an inspect ends or counts as slow. */
  private async waitUntilSlow(work: Promise<void>): Promise<void> {
    const settled = work.catch(() => undefined);
    if ((await this.within(settled, slowAfter)) || this.slow >= maxSlow) return settled;
    this.slow++;
    void settled.then(() => this.slow--);
  }

  /** @returns false if no inspect ended for `ms` */
  private async waitUnlessStalled(work: Promise<unknown>, ms: number): Promise<boolean> {
    for (;;) {
      const before = this.settled;
      if (await this.within(work, ms)) return true;
      if (this.settled !== before) continue;
      // The next caller that awaits it gets the rejection.
      work.catch(() => undefined);
      return false;
    }
  }

  private within(work: Promise<unknown>, ms: number): Promise<boolean> {
    // Once per inspect; aborting a signal would take longer.
    return new Promise((resolve, reject) => {
      const cancel = this.deps.clock.after(ms, () => resolve(false));
      void work.then(() => resolve(true), reject).finally(cancel);
    });
  }
}
