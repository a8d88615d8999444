import type { EngineVersion } from '../../scripts/engines/lines';

/** What was measured several times over: one way of doing a thing. */
export interface Samples {
  /** In the row's unit; empty where nothing came to an end. */
  readonly values: readonly number[];
  /** Most that one of its runs left behind, where something is removed. */
  readonly left?: number | undefined;
  /** Mean share of all processors that was in use meanwhile, whoever used it: from 0 to 1. */
  readonly busy?: number | undefined;
  /** A run was given up at its bound, which then stands among the values. */
  readonly hung?: boolean | undefined;
}

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
  /** Share of all processors that was in use meanwhile, where that was looked at. */
  readonly busy: number | null;
  readonly unit: Unit;
  /** Smallest and largest measurement. */
  readonly spread: readonly [number, number];
  readonly peerN: number | null;
  readonly peerLeft: number | null;
  readonly peerBusy: number | null;
  readonly peerSpread: readonly [number, number] | null;
  /** The peer did not come to an end: `peer` is the bound at which it was given up. */
  readonly hung: boolean;
  /** The engine, as people say it: `podman 5.8.6`. */
  readonly engine: string | null;
  /** What the row has to show, and whether it does; counts for the full run. */
  readonly target: Target | null;
}

export type Unit = 'ms' | 's' | 'µs' | 'ns' | 'KB' | 'bytes' | 'requests' | '×';

export interface Target {
  /** In plain words: `at least 10 times faster`. */
  readonly what: string;
  readonly met: boolean;
}

/** What a bench is asked for. */
export interface BenchOptions {
  readonly engine: EngineVersion;
  /** Smaller fleets and shorter graces: shows that it works, not what it is worth. */
  readonly quick: boolean;
  /** Tells a person how far it is. */
  readonly say: (words: string) => void;
  /** What is to be taken down once all rows are measured, because several share it. */
  readonly atEnd: (work: () => Promise<void>) => void;
}

/**
 * What a file `<name>.bench.ts` in a room of test/bench exports as `bench`. The file's name is the row's: it makes that row,
 * one for each peer.
 */
export interface Bench {
  /** What is measured against what, and how; a paragraph, stands above the figures in BENCHMARKS.md. */
  readonly about: string;
  run(options: BenchOptions): Promise<readonly BenchRow[]>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) throw new Error('The median of nothing.');
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

/** A row of ours against a peer: the ratio is that of the medians. */
export function comparedRow(name: string, unit: Unit, ours: Samples, peerName: string, peer: Samples): BenchRow {
  const row = singleRow(name, unit, ours.values);
  const ended = peer.values.length > 0;
  const theirs = ended ? median(peer.values) : null;
  return {
    ...row,
    left: ours.left ?? null,
    busy: ours.busy ?? null,
    peer: theirs,
    peerName,
    ratio: theirs ? row.ours / theirs : null,
    peerN: peer.values.length,
    peerLeft: peer.left ?? null,
    peerBusy: peer.busy ?? null,
    peerSpread: ended ? spreadOf(peer.values) : null,
    hung: peer.hung ?? false,
  };
}

/** The row with what it has to show. */
export function withTarget(row: BenchRow, what: string, met: (row: BenchRow) => boolean): BenchRow {
  return { ...row, target: { what, met: met(row) } };
}
