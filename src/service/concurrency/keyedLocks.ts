import { Mutex } from 'async-mutex';
import type { Clock } from '../../clock';

/** The only way to write a value: handed to whoever holds the key's lock, dead as soon as that holder is done. */
export interface Entry<V> {
  readonly value: V | undefined;
  set(value: V): void;
  delete(): void;
}

export interface LockOptions {
  /** Who stops waiting never enters. Once inside, the signal means nothing to the lock. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds to wait for the lock at most. */
  readonly deadline?: number | undefined;
}

/** A lock was waited for in vain. Nothing was run. */
export class LockError extends Error {
  override readonly name = 'LockError';
  constructor(readonly reason: 'aborted' | 'deadline') {
    super(`lock not taken: ${reason}`);
  }
}

/**
 * A map whose values can only be written under their key's lock. `get` and `snapshot` never wait. A lock exists only while
 * it is held or awaited, so that ten thousand idle keys cost none.
 *
 * async-mutex cannot take back a waiter: one that gives up lets go at once when its turn comes.
 */
export class KeyedLockMap<K extends string, V> {
  private readonly values = new Map<K, V>();
  private readonly locks = new Map<K, Lock>();

  constructor(
    private readonly clock: Clock,
    private readonly onWrite: (key: K) => void = () => undefined,
  ) {}

  get(key: K): V | undefined {
    return this.values.get(key);
  }

  snapshot(): ReadonlyMap<K, V> {
    return new Map(this.values);
  }

  /** How many locks are held or awaited. */
  get lockCount(): number {
    return this.locks.size;
  }

  isLocked(key: K): boolean {
    return this.locks.get(key)?.mutex.isLocked() ?? false;
  }

  /** Runs `fn` alone among all holders of the key. Rejects with a `LockError`, or as `fn` does. */
  async withLock<T>(key: K, fn: (entry: Entry<V>) => T | Promise<T>, options?: LockOptions): Promise<T> {
    const waiting = this.queueUp(key, options);
    // Nearly every lock is free, and nobody is in a hurry: that costs little more than a bare mutex.
    const letGo = await (options ? this.acquireWithSignal(waiting, options) : waiting.acquired);
    const entry = this.entry(key);
    try {
      return await fn(entry);
    } finally {
      entry.close();
      letGo();
      this.releaseKey(waiting);
    }
  }

  /** Takes several locks in one fixed order, whatever the order given, so that no two callers can block each other. */
  async withLocks<T>(
    keys: Iterable<K>,
    fn: (entries: ReadonlyMap<K, Entry<V>>) => T | Promise<T>,
    options: LockOptions = {},
  ): Promise<T> {
    const releases: (() => void)[] = [];
    const entries = new Map<K, LockedEntry<K, V>>();
    try {
      for (const key of [...new Set(keys)].sort()) {
        const waiting = this.queueUp(key, options);
        const letGo = await this.acquireWithSignal(waiting, options);
        releases.push(() => (letGo(), this.releaseKey(waiting)));
        entries.set(key, this.entry(key));
      }
      return await fn(entries);
    } finally {
      for (const entry of entries.values()) entry.close();
      for (const release of releases.reverse()) release();
    }
  }

  private entry(key: K): LockedEntry<K, V> {
    return new LockedEntry(key, this.values, this.onWrite);
  }

  private queueUp(key: K, options?: LockOptions): Waiting<K> {
    if (options?.signal?.aborted) throw new LockError('aborted');
    let lock = this.locks.get(key);
    if (!lock) this.locks.set(key, (lock = { mutex: new Mutex(), users: 0 }));
    const { mutex } = lock;
    lock.users++;
    const acquired = mutex.acquire();
    return { key, lock, acquired };
  }

  private releaseKey({ key, lock }: Waiting<K>) {
    if (--lock.users === 0 && this.locks.get(key) === lock) this.locks.delete(key);
  }

  /** Waits for the turn as long as the options allow. */
  private acquireWithSignal(waiting: Waiting<K>, { signal, deadline }: LockOptions): Promise<() => void> {
    const { acquired } = waiting;
    if (!signal && deadline === undefined) return acquired;
    return new Promise((resolve, reject) => {
      let waits = true;
      const giveUp = (reason: LockError['reason']) => {
        waits = false;
        stopWaiting();
        this.releaseKey(waiting);
        reject(new LockError(reason));
      };
      const onAbort = () => giveUp('aborted');
      const cancel = deadline === undefined ? undefined : this.clock.after(deadline, () => giveUp('deadline'));
      const stopWaiting = () => {
        cancel?.();
        signal?.removeEventListener('abort', onAbort);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      void acquired.then((letGo) => {
        if (!waits) return letGo();
        stopWaiting();
        resolve(letGo);
      });
    });
  }
}

interface Lock {
  readonly mutex: Mutex;
  users: number;
}

/** Somebody who has queued up for a lock, and will have it when the turn comes. */
interface Waiting<K> {
  readonly key: K;
  readonly lock: Lock;
  readonly acquired: Promise<() => void>;
}

class LockedEntry<K, V> implements Entry<V> {
  private open = true;

  constructor(
    private readonly key: K,
    private readonly values: Map<K, V>,
    private readonly onWrite: (key: K) => void,
  ) {}

  get value(): V | undefined {
    return this.values.get(this.key);
  }

  set(value: V) {
    this.check();
    this.values.set(this.key, value);
    this.onWrite(this.key);
  }

  delete() {
    this.check();
    this.values.delete(this.key);
    this.onWrite(this.key);
  }

  close() {
    this.open = false;
  }

  private check() {
    if (!this.open) throw new Error(`written without its lock: ${String(this.key)}`);
  }
}
