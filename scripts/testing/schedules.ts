import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { PropertyStats } from '../../test/service/schedules';
import { runVitest, type VitestRun } from './vitest';

interface PropertyRun extends VitestRun {
  /** Number of schedules that each property was checked on. */
  readonly tried: readonly PropertyStats[];
}

interface PropertyChoice {
  /** Schedules per property; a property with its own minimum uses that if it is higher. */
  readonly runs: number;
  /** Seed of the schedules; there is a default. */
  readonly seed?: number;
  /** Whether to shrink counterexamples. */
  readonly shrink: boolean;
}

/** Runs the properties of a removal (the files `*.property.test.ts`). */
export async function runProperties({ runs, shrink, seed }: PropertyChoice): Promise<PropertyRun> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'podgraph-schedules-'));
  const file = path.join(folder, 'tried.ndjson');
  const env = { PODGRAPH_RUNS: String(runs), PODGRAPH_SCHEDULES: file, PODGRAPH_SHRINK: shrink ? 'yes' : 'no' };
  const seedEnv = seed === undefined ? {} : { PODGRAPH_SEED: String(seed) };
  try {
    const run = await runVitest('unit', { ...env, ...seedEnv }, { files: ['.property.test'] });
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
    return { ...run, tried: lines.map((line) => JSON.parse(line) as PropertyStats) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
