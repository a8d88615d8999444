import { Mutex } from 'async-mutex';
import type { Clock } from '../../engine/clock';

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
export class LockedMap<K extends string, V> {
  private readonly values = new Map<K, V>();
  private readonly locks = new Map<K, { readonly mutex: Mutex; users: number }>();

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
  async withLock<T>(key: K, fn: (entry: Entry<V>) => T | Promise<T>, options: LockOptions = {}): Promise<T> {
    const release = await this.acquire(key, options);
    const { entry, close } = this.entry(key);
    try {
      return await fn(entry);
    } finally {
      close();
      release();
    }
  }

  /** Takes several locks in one fixed order, whatever the order given, so that no two callers can block each other. */
  async withLocks<T>(
    keys: Iterable<K>,
    fn: (entries: ReadonlyMap<K, Entry<V>>) => T | Promise<T>,
    options: LockOptions = {},
  ): Promise<T> {
    const releases: (() => void)[] = [];
    const closes: (() => void)[] = [];
    const entries = new Map<K, Entry<V>>();
    try {
      for (const key of [...new Set(keys)].sort()) {
        releases.push(await this.acquire(key, options));
        const { entry, close } = this.entry(key);
        entries.set(key, entry);
        closes.push(close);
      }
      return await fn(entries);
    } finally {
      for (const close of closes) close();
      for (const release of releases.reverse()) release();
    }
  }

  private entry(key: K): { entry: Entry<V>; close: () => void } {
    let open = true;
    const write = (change: () => void) => {
      if (!open) throw new Error(`written without its lock: ${key}`);
      change();
      this.onWrite(key);
    };
    const { values } = this;
    const entry: Entry<V> = {
      get value() {
        return values.get(key);
      },
      set: (value) => write(() => values.set(key, value)),
      delete: () => write(() => values.delete(key)),
    };
    return { entry, close: () => (open = false) };
  }

  private async acquire(key: K, { signal, deadline }: LockOptions): Promise<() => void> {
    if (signal?.aborted) throw new LockError('aborted');
    let lock = this.locks.get(key);
    if (!lock) this.locks.set(key, (lock = { mutex: new Mutex(), users: 0 }));
    const { mutex } = lock;
    lock.users++;
    const turn = mutex.acquire();
    const leave = () => {
      if (--lock.users === 0 && this.locks.get(key) === lock) this.locks.delete(key);
    };
    const release = (letGo: () => void) => {
      letGo();
      leave();
    };
    if (!signal && deadline === undefined) {
      const letGo = await turn;
      return () => release(letGo);
    }
    return new Promise((resolve, reject) => {
      let waiting = true;
      const giveUp = (reason: LockError['reason']) => {
        waiting = false;
        stopWaiting();
        leave();
        reject(new LockError(reason));
      };
      const onAbort = () => giveUp('aborted');
      const takeBack = deadline === undefined ? undefined : this.clock.after(deadline, () => giveUp('deadline'));
      const stopWaiting = () => {
        takeBack?.();
        signal?.removeEventListener('abort', onAbort);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      void turn.then((letGo) => {
        if (!waiting) return letGo();
        stopWaiting();
        resolve(() => release(letGo));
      });
    });
  }
}
