import { performance } from 'node:perf_hooks';
import type { GraphData } from '../../../src/graph/model/graph';
import { collectGarbage } from '../heap';
import { withTarget, type BenchRow, comparedRow, type Samples, singleRow } from '../benchmark';
import { syntheticGraph } from './shape';

const PEER = 'graphology';

/** Milliseconds of one run of each side on the same fleet. */
interface Run {
  readonly ours: number;
  readonly peer: number;
}

/** A fleet's size, its label in a row's name, and the number of measurements. */
const SIZES = [
  { name: '1k', count: 1_000, rounds: 40 },
  { name: '10k', count: 10_000, rounds: 15 },
  { name: '100k', count: 100_000, rounds: 5 },
] as const;
const QUICK_SIZES = [
  { name: '100', count: 100, rounds: 5 },
  { name: '1k', count: 1_000, rounds: 5 },
] as const;

/**
 * Measures both sides on fleets of each size, interleaved. Returns a row per size, and one with the growth from the second
 * largest to the largest.
 */
export function forEachSize(
  name: string,
  quick: boolean,
  run: (parts: GraphData, clock: typeof measure) => Run,
): readonly BenchRow[] {
  const medians: number[] = [];
  const rows: BenchRow[] = [];
  const sizes = quick ? QUICK_SIZES : SIZES;
  for (const size of sizes) {
    const parts = syntheticGraph(size.count);
    const [ours, peer]: [number[], number[]] = [[], []];
    const warmUp = Math.ceil(size.rounds / 2);
    for (let round = -warmUp; round < size.rounds; round++) {
      const took = run(parts, measure);
      if (round < 0) continue;
      ours.push(took.ours);
      peer.push(took.peer);
    }
    const row = comparedRow(`${name}, ${size.name}`, 'ms', of(ours), PEER, of(peer));
    medians.push(row.ours);
    rows.push(withTarget(row, 'no slower than graphology', ({ ratio }) => (ratio ?? Infinity) <= 1));
  }
  const [before = NaN, last = NaN] = medians.slice(-2);
  const growth = singleRow(`${name}, growth`, '×', [last / before]);
  const [small, large] = sizes.slice(-2);
  rows.push(withTarget(growth, `${large?.name} at most 12 times ${small?.name}`, ({ ours }) => ours <= 12));
  return rows;
}

const of = (values: readonly number[]): Samples => ({ values });

/** Runs `work` after a garbage collection. Returns its milliseconds and result. */
export function measure<T>(work: () => T): { readonly took: number; readonly result: T } {
  collectGarbage();
  const began = performance.now();
  const result = work();
  return { took: performance.now() - began, result };
}
