import { Semaphore } from 'async-mutex';
import { LockError } from './lockedMap';

/**
 * The places for deletions on one engine, shared by all removals: at most `width` are taken. Halved while the engine says
 * that it is busy, and one wider again with each success, up to what is wanted.
 */
export class Places {
  private readonly semaphore: Semaphore;
  private width: number;

  constructor(private wanted: number) {
    this.width = wanted;
    this.semaphore = new Semaphore(wanted);
  }

  get current(): number {
    return this.width;
  }

  /** The setting may change between two removals. */
  want(width: number) {
    if (width === this.wanted) return;
    this.wanted = width;
    this.setWidth(width);
  }

  narrow() {
    this.setWidth(Math.max(1, Math.floor(this.width / 2)));
  }

  widen() {
    if (this.width < this.wanted) this.setWidth(this.width + 1);
  }

  /** Runs `fn` in a place of its own; rejects with a `LockError` when the signal is aborted before one is free. */
  async in<T>(fn: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const release = await this.take(signal);
    try {
      return await fn();
    } finally {
      release();
    }
  }

  private take(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) return Promise.reject(new LockError('aborted'));
    const turn = this.semaphore.acquire();
    return new Promise((resolve, reject) => {
      let waiting = true;
      const onAbort = () => {
        waiting = false;
        reject(new LockError('aborted'));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      void turn.then(([, release]) => {
        signal.removeEventListener('abort', onAbort);
        if (waiting) resolve(release);
        else release();
      });
    });
  }

  private setWidth(width: number) {
    // The semaphore counts free places: those taken stay taken when it narrows, and it waits until they come back.
    this.semaphore.setValue(this.semaphore.getValue() + width - this.width);
    this.width = width;
  }
}
