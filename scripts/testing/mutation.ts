import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Stryker } from '@stryker-mutator/core';
import { projectRoot } from '../lab';

/** Folders whose code is mutated: planning and execution. */
const MUTATED = ['src/graph', 'src/service/runs', 'src/service/concurrency', 'src/service/journal'];
/** Results of all mutants so far; Stryker tests a mutant again when its code or its tests have changed. */
const INCREMENTAL_FILE = path.join('out', 'mutation', 'incremental.json');
/** Schedules per property and mutant: enough for most faults, few enough for thousands of mutants. */
const SCHEDULES = '40';

export interface Mutant {
  /** Path of the source file, relative to the project. */
  readonly file: string;
  /** `line:column`. */
  readonly at: string;
  /** The source line, trimmed. */
  readonly line: string;
  readonly replacement: string;
  readonly status: string;
}

/** The part of Stryker's report (mutation testing report schema 2) that is read. */
interface Report {
  readonly files: Record<
    string,
    {
      readonly source: string;
      readonly mutants: readonly {
        readonly status: string;
        readonly replacement?: string;
        readonly location: { readonly start: { readonly line: number; readonly column: number } };
      }[];
    }
  >;
}

/** Paths of all mutated files, relative to the project. */
export function mutableFiles(): string[] {
  return MUTATED.flatMap((folder) =>
    readdirSync(path.join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name.replaceAll(path.sep, '/')}`)
      .sort(),
  );
}

/** Mutates the files; results of unchanged mutants are kept. */
export async function testFiles(files: readonly string[]): Promise<void> {
  mkdirSync(path.join(projectRoot, path.dirname(INCREMENTAL_FILE)), { recursive: true });
  Object.assign(process.env, { PODGRAPH_RUNS: SCHEDULES, PODGRAPH_SHRINK: 'no' });
  await new Stryker({
    mutate: [...files],
    incremental: true,
    incrementalFile: INCREMENTAL_FILE,
    reporters: ['progress-append-only'],
  }).runMutationTest();
}

/** All known results whose source file is unchanged; empty before the first run. */
export function readResults(): Mutant[] {
  const report = path.join(projectRoot, INCREMENTAL_FILE);
  if (!existsSync(report)) return [];
  const { files } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  return Object.entries(files).flatMap(([file, { source, mutants }]) => {
    const current = path.join(projectRoot, file);
    if (!existsSync(current) || readFileSync(current, 'utf8') !== source) return [];
    const lines = source.split('\n');
    return mutants.map(({ status, replacement, location: { start } }) => ({
      file,
      at: `${start.line}:${start.column}`,
      line: (lines[start.line - 1] ?? '').trim(),
      replacement: replacement ?? '',
      status,
    }));
  });
}
