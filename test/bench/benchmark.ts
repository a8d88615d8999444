import type { EngineVersion } from '../../scripts/engines/lines';

/** Repeated measurements of one contestant. */
export interface Samples {
  /** In the row's unit; empty if none completed. */
  readonly values: readonly number[];
  /** Of a removal: the most that a run left behind. */
  readonly left?: number | undefined;
  /** Mean share of all processors in use, by any process: from 0 to 1. */
  readonly busy?: number | undefined;
  /** A run timed out; the values include the timeout. */
  readonly hung?: boolean | undefined;
}

/** A row of the benchmarks: Podgraph, and a peer that does the same if there is one. */
export interface BenchRow {
  readonly name: string;
  /** Number of measurements. */
  readonly n: number;
  /** Median in `unit`. */
  readonly ours: number;
  readonly peer: number | null;
  readonly peerName: string | null;
  /** ours / peer. */
  readonly ratio: number | null;
  /** Of a removal: the most that a run of ours left behind. */
  readonly left: number | null;
  /** Mean share of all processors in use, if measured: from 0 to 1. */
  readonly busy: number | null;
  readonly unit: Unit;
  /** Smallest and largest measurement. */
  readonly spread: readonly [number, number];
  readonly peerN: number | null;
  readonly peerLeft: number | null;
  readonly peerBusy: number | null;
  readonly peerSpread: readonly [number, number] | null;
  /** The peer timed out: `peer` is the timeout. */
  readonly hung: boolean;
  /** Display name of the engine: `podman 5.8.6`. */
  readonly engine: string | null;
  /** The row's target, if it has one; applies to full runs only. */
  readonly target: Target | null;
}

export type Unit = 'ms' | 's' | 'µs' | 'ns' | 'KB' | 'bytes' | 'requests' | 'repaints' | 'wrong' | '×';

export interface Target {
  /** For people: `at least 10 times faster`. */
  readonly description: string;
  readonly met: boolean;
}

/** Options of a benchmark run. */
export interface BenchOptions {
  readonly engine: EngineVersion;
  /** Small fleets and short stop timeouts: a smoke test, not a measurement. */
  readonly quick: boolean;
  /** Prints progress. */
  readonly log: (text: string) => void;
  /** Registers cleanup of something that several benchmarks share. */
  readonly atEnd: (work: () => Promise<void>) => void;
}

/**
 * The export `bench` of a file `test/bench/<folder>/<name>.bench.ts`. It returns rows with that name, one per peer.
 */
export interface Bench {
  /** The benchmark's paragraph in docs/benchmarks.md: what is compared, and how. */
  readonly about: string;
  /** Why it is no faster: what was profiled or counted, and what was tried. */
  readonly limit?: string;
  run(options: BenchOptions): Promise<readonly BenchRow[]>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) throw new Error('median of an empty list');
  return (low + high) / 2;
}

const spreadOf = (values: readonly number[]) => [Math.min(...values), Math.max(...values)] as const;

/** A row without a peer, from its measurements. */
export function singleRow(name: string, unit: Unit, values: readonly number[]): BenchRow {
  return {
    name,
    n: values.length,
    ours: median(values),
    peer: null,
    peerName: null,
    ratio: null,
    left: null,
    busy: null,
    unit,
    spread: spreadOf(values),
    peerN: null,
    peerLeft: null,
    peerBusy: null,
    peerSpread: null,
    hung: false,
    engine: null,
    target: null,
  };
}

/** A row with a peer; the ratio is that of the medians. */
export function comparedRow(name: string, unit: Unit, ours: Samples, peerName: string, peer: Samples): BenchRow {
  const row = singleRow(name, unit, ours.values);
  const completed = peer.values.length > 0;
  const peerMedian = completed ? median(peer.values) : null;
  return {
    ...row,
    left: ours.left ?? null,
    busy: ours.busy ?? null,
    peer: peerMedian,
    peerName,
    ratio: peerMedian ? row.ours / peerMedian : null,
    peerN: peer.values.length,
    peerLeft: peer.left ?? null,
    peerBusy: peer.busy ?? null,
    peerSpread: completed ? spreadOf(peer.values) : null,
    hung: peer.hung ?? false,
  };
}

/** The row with a target. */
export function withTarget(row: BenchRow, description: string, met: (row: BenchRow) => boolean): BenchRow {
  return { ...row, target: { description, met: met(row) } };
}
