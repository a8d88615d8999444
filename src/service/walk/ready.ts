import type { Unit, UnitId } from '../../graph/plan';

/** How many units at most wait for a unit one after another: the longest way to the end that begins with it. */
export function waysBehind(units: readonly Unit[]): ReadonlyMap<UnitId, number> {
  const behind = new Map<UnitId, number>();
  for (const unit of [...units].sort((a, b) => b.wave - a.wave)) {
    const own = behind.get(unit.id) ?? 0;
    for (const before of [...unit.waitsFor, ...unit.follows]) {
      behind.set(before, Math.max(behind.get(before) ?? 0, own + 1));
    }
  }
  return behind;
}

/**
 * What is ready and waits for a place: first that on which most others wait one after another, or a long chain would begin when
 * all else is done; else in the order in which it came.
 */
export class Ready {
  /** Units by the length of the way behind them, the longest first. */
  private levels: [number, Map<UnitId, Unit>][] = [];

  constructor(private readonly behind: ReadonlyMap<UnitId, number>) {}

  get size(): number {
    return this.levels.reduce((sum, [, units]) => sum + units.size, 0);
  }

  has(id: UnitId): boolean {
    return this.level(id)?.has(id) ?? false;
  }

  add(unit: Unit) {
    let level = this.level(unit.id);
    if (!level) {
      level = new Map();
      this.levels.push([this.behind.get(unit.id) ?? 0, level]);
      this.levels.sort(([a], [b]) => b - a);
    }
    level.set(unit.id, unit);
  }

  delete(id: UnitId) {
    this.level(id)?.delete(id);
  }

  *values(): Iterable<Unit> {
    for (const [, units] of this.levels) yield* units.values();
  }

  private level(id: UnitId): Map<UnitId, Unit> | undefined {
    const length = this.behind.get(id) ?? 0;
    return this.levels.find(([own]) => own === length)?.[1];
  }
}
