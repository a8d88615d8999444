/** Milliseconds without a heartbeat after which a journal is stale. */
export const staleAfterMs = 8_000;
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
export class StaleDetector {
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
