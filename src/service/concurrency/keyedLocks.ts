import { Mutex } from 'async-mutex';

/** Write access to a value, valid only while its key's lock is held. */
export interface Entry<V> {
  readonly value: V | undefined;
  set(value: V): void;
  delete(): void;
}

interface LockOptions {
  /** Stops waiting when aborted; ignored once the lock is held. */
  readonly signal?: AbortSignal | undefined;
}

/** Waiting for a lock was aborted; nothing ran. */
export class LockError extends Error {
  override readonly name = 'LockError';
}

/**
 * A map whose values can be written only under their key's lock; reads never wait. A lock exists only while it is held or
 * awaited. async-mutex cannot cancel a waiter: an aborted one releases the lock as soon as it acquires it.
 */
export class KeyedLockMap<K extends string, V> {
  private readonly values = new Map<K, V>();
  private readonly locks = new Map<K, Lock>();

  constructor(private readonly onWrite: (key: K) => void = () => undefined) {}

  get(key: K): V | undefined {
    return this.values.get(key);
  }

  /** Number of locks held or awaited. */
  get lockCount(): number {
    return this.locks.size;
  }

  isLocked(key: K): boolean {
    return this.locks.get(key)?.mutex.isLocked() ?? false;
  }

  /** Acquires the locks in sorted order, so that two callers cannot deadlock. Rejects with a `LockError`, or as `fn` does. */
  async withLocks<T>(
    keys: Iterable<K>,
    fn: (entries: ReadonlyMap<K, Entry<V>>) => T | Promise<T>,
    options: LockOptions = {},
  ): Promise<T> {
    const releases: (() => void)[] = [];
    const entries = new Map<K, LockedEntry<K, V>>();
    try {
      for (const key of [...new Set(keys)].sort()) {
        const waiter = this.enqueue(key, options);
        const release = await this.acquireWithSignal(waiter, options);
        releases.push(() => (release(), this.releaseKey(waiter)));
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

  private enqueue(key: K, options?: LockOptions): Waiter<K> {
    if (options?.signal?.aborted) throw new LockError('aborted');
    let lock = this.locks.get(key);
    if (!lock) this.locks.set(key, (lock = { mutex: new Mutex(), users: 0 }));
    lock.users++;
    return { key, lock, acquired: lock.mutex.acquire() };
  }

  private releaseKey({ key, lock }: Waiter<K>) {
    if (--lock.users === 0 && this.locks.get(key) === lock) this.locks.delete(key);
  }

  private acquireWithSignal(waiter: Waiter<K>, { signal }: LockOptions): Promise<() => void> {
    const { acquired } = waiter;
    if (!signal) return acquired;
    return new Promise((resolve, reject) => {
      let aborted = false;
      const onAbort = () => {
        aborted = true;
        this.releaseKey(waiter);
        reject(new LockError('aborted'));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      void acquired.then((release) => {
        if (aborted) return release();
        signal.removeEventListener('abort', onAbort);
        resolve(release);
      });
    });
  }
}

interface Lock {
  readonly mutex: Mutex;
  users: number;
}

interface Waiter<K> {
  readonly key: K;
  readonly lock: Lock;
  readonly acquired: Promise<() => void>;
}

class LockedEntry<K, V> implements Entry<V> {
  private isOpen = true;

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
    this.isOpen = false;
  }

  private check() {
    if (!this.isOpen) throw new Error(`written without its lock: ${String(this.key)}`);
  }
}
