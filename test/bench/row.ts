/** One row of the bench: ours against a peer doing the same, where there is one. */
export interface BenchRow {
  readonly name: string;
  /** How many times it was measured. */
  readonly n: number;
  /** Median in `unit`. */
  readonly ours: number;
  readonly peer: number | null;
  readonly peerName: string | null;
  /** ours / peer. */
  readonly ratio: number | null;
  /** What our run left behind, where something is removed. */
  readonly left: number | null;
  readonly unit: 'ms' | 's' | 'KB';
  /** Smallest and largest measurement. */
  readonly spread: readonly [number, number];
}

/** A bench makes one row or several. */
export interface Bench {
  readonly name: string;
  run(): Promise<readonly BenchRow[]>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) throw new Error('The median of nothing.');
  return (low + high) / 2;
}

/** A row without a peer, from its measurements. */
export function soleRow(name: string, unit: BenchRow['unit'], values: readonly number[]): BenchRow {
  const spread = [Math.min(...values), Math.max(...values)] as const;
  return {
    name,
    n: values.length,
    ours: median(values),
    peer: null,
    peerName: null,
    ratio: null,
    left: null,
    unit,
    spread,
  };
}
