import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Stryker } from '@stryker-mutator/core';
import { projectRoot } from '../lab';

/** Folders whose code is mutated: planning and execution. */
const MUTATED = ['src/graph', 'src/service/runs', 'src/service/concurrency', 'src/service/journal'];
/** Folders whose tests must kill the mutants. */
const TESTS = ['test/graph', 'test/service'];
const RESULTS = path.join(projectRoot, 'out', 'mutation');
/** Schedules per property and mutant: enough for most faults, few enough for thousands of mutants. */
const SCHEDULES = '40';

export interface Survivor {
  /** `line:column`. */
  readonly at: string;
  /** The source line, trimmed. */
  readonly line: string;
  readonly replacement: string;
}

export interface FileResult {
  readonly detected: number;
  readonly survivors: readonly Survivor[];
}

function filesIn(folder: string): string[] {
  return readdirSync(path.join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name.replaceAll(path.sep, '/')}`)
    .sort();
}

/** Paths of all mutated files, relative to the project. */
export function mutableFiles(): string[] {
  return MUTATED.flatMap(filesIn);
}

let tests: string | undefined;

/** Path of a file's cached result; it contains hashes of the file and the tests. */
function resultFile(file: string): string {
  const digest = (names: readonly string[]) => {
    const hash = createHash('sha256');
    for (const name of names) hash.update(readFileSync(path.join(projectRoot, name)));
    return hash.digest('hex').slice(0, 16);
  };
  tests ??= digest(TESTS.flatMap(filesIn));
  return path.join(RESULTS, `${file.replaceAll('/', '.')}.${digest([file])}.${tests}.json`);
}

/** A file's cached result; undefined if there is none for the current file and tests. */
export function readResult(file: string): FileResult | undefined {
  const cached = resultFile(file);
  return existsSync(cached) ? (JSON.parse(readFileSync(cached, 'utf8')) as FileResult) : undefined;
}

/** Mutates the files and caches the result of each. */
export async function testBatch(files: readonly string[]): Promise<void> {
  mkdirSync(RESULTS, { recursive: true });
  Object.assign(process.env, { PODGRAPH_RUNS: SCHEDULES, PODGRAPH_SHRINK: 'no' });
  const mutants = await new Stryker({ mutate: [...files], reporters: ['progress-append-only'] }).runMutationTest();
  for (const file of files) {
    const lines = readFileSync(path.join(projectRoot, file), 'utf8').split('\n');
    const own = mutants.filter(({ fileName }) => path.relative(projectRoot, fileName) === path.normalize(file));
    const survivors = own
      .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
      .map(({ location: { start }, replacement }) => ({
        at: `${start.line}:${start.column}`,
        line: (lines[start.line - 1] ?? '').trim(),
        replacement: replacement ?? '',
      }));
    const detected = own.filter(({ status }) => status === 'Killed' || status === 'Timeout').length;
    writeFileSync(resultFile(file), JSON.stringify({ detected, survivors } satisfies FileResult, undefined, 1));
  }
}
