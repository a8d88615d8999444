/** Milliseconds for which a journal must be seen without a heartbeat before its window counts as gone. */
export const staleAfterMs = 8_000;
/** Milliseconds between two looks at journals of other windows. */
export const lookEvery = 2_000;
/**
 * The most that one look adds to the time for which a file was seen to stand still. After this window was suspended or stalled
 * itself, the other one must get its chance to beat before it is judged.
 */
const mostAtOnce = 1.5 * lookEvery;

interface Seen {
  sign: string;
  lookedAt: number;
  still: number;
}

/**
 * Whether files were seen to stand still. Only what this window watched counts, by its monotonic clock: times of files are
 * compared with each other and never with a clock, which may be another host's, or set to another time.
 */
export class Standstill {
  private readonly seen = new Map<string, Seen>();

  /** @param sign differs whenever the file was touched or written to */
  isStill(name: string, sign: string, now: number): boolean {
    const before = this.seen.get(name);
    if (before?.sign !== sign) {
      this.seen.set(name, { sign, lookedAt: now, still: 0 });
      return false;
    }
    before.still += Math.min(Math.max(0, now - before.lookedAt), mostAtOnce);
    before.lookedAt = now;
    return before.still >= staleAfterMs;
  }

  /** Forgets files that are gone. */
  keepTo(names: ReadonlySet<string>) {
    for (const name of this.seen.keys()) if (!names.has(name)) this.seen.delete(name);
  }
}
