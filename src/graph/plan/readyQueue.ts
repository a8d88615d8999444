import type { Unit, UnitId } from './plan';

/**
 * The critical path of each unit: the longest chain of units that wait for it; units that none waits for are missing.
 *
 * @param units in a valid sequential order
 */
export function criticalPathLengths(
  units: readonly Pick<Unit, 'id' | 'hardDependencies' | 'softDependencies'>[],
): ReadonlyMap<UnitId, number> {
  const lengths = new Map<UnitId, number>();
  for (const { id, hardDependencies, softDependencies } of [...units].reverse()) {
    const own = lengths.get(id) ?? 0;
    for (const before of [...hardDependencies, ...softDependencies]) {
      lengths.set(before, Math.max(lengths.get(before) ?? 0, own + 1));
    }
  }
  return lengths;
}

/** Units that wait for a permit: longest critical path first, then first in, first out. */
export class ReadyQueue implements Iterable<UnitId> {
  /** By critical path length, descending. */
  private buckets: [number, Set<UnitId>][] = [];

  constructor(private readonly criticalPath: ReadonlyMap<UnitId, number>) {}

  get isEmpty(): boolean {
    return this.buckets.every(([, units]) => units.size === 0);
  }

  has(id: UnitId): boolean {
    return this.bucketOf(id)?.has(id) ?? false;
  }

  add(id: UnitId) {
    let bucket = this.bucketOf(id);
    if (!bucket) {
      bucket = new Set();
      this.buckets.push([this.criticalPath.get(id) ?? 0, bucket]);
      this.buckets.sort(([a], [b]) => b - a);
    }
    bucket.add(id);
  }

  delete(id: UnitId) {
    this.bucketOf(id)?.delete(id);
  }

  *[Symbol.iterator](): Iterator<UnitId> {
    for (const [, units] of this.buckets) yield* units;
  }

  private bucketOf(id: UnitId): Set<UnitId> | undefined {
    const length = this.criticalPath.get(id) ?? 0;
    return this.buckets.find(([own]) => own === length)?.[1];
  }
}
