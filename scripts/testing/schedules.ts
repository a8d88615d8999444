import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { PropertyStats } from '../../test/service/schedules';
import { runVitest, type VitestRun } from './vitest';

export interface PropertyRun extends VitestRun {
  /** On how many schedules each property was really tried. */
  readonly tried: readonly PropertyStats[];
}

export interface PropertyChoice {
  /** Schedules for each property; the one that has a number of its own keeps it where this is less. */
  readonly runs: number;
  /** What the schedules are drawn from; the usual one without. */
  readonly seed?: number;
  /** Whether a counterexample is made as small as can be. */
  readonly shrink: boolean;
}

/** Runs the properties of a removal (the files `*.property.test.ts`). */
export async function runProperties({ runs, shrink, seed }: PropertyChoice): Promise<PropertyRun> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'podgraph-schedules-'));
  const file = path.join(folder, 'tried.ndjson');
  const env = { PODGRAPH_RUNS: String(runs), PODGRAPH_SCHEDULES: file, PODGRAPH_SHRINK: shrink ? 'yes' : 'no' };
  const drawn = seed === undefined ? {} : { PODGRAPH_SEED: String(seed) };
  try {
    const run = await runVitest('unit', { ...env, ...drawn }, { files: ['.property.test'] });
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
    return { ...run, tried: lines.map((line) => JSON.parse(line) as PropertyStats) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
