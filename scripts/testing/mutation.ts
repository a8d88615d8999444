import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Stryker } from '@stryker-mutator/core';
import { projectRoot } from '../lab';

/** Folders whose code is mutated: planning and execution. */
const MUTATED = ['src/graph', 'src/service/runs', 'src/service/concurrency', 'src/service/journal'];
/** Results of all mutants so far; Stryker tests a mutant again when its code or its tests have changed. */
const INCREMENTAL_FILE = path.join('out', 'mutation', 'incremental.json');
/** Cases and schedules per property and mutant: enough for most faults, few enough for thousands of mutants. */
const CASES = { PODGRAPH_CASES: '40', PODGRAPH_CHAIN: '1000', PODGRAPH_RUNS: '12', PODGRAPH_SHRINK: 'no' };

/** Line and column, both from 1. */
interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Mutant extends Target {
  readonly start: Position;
  readonly end: Position;
  /** The source line of the start, trimmed. */
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
        readonly location: { readonly start: Position; readonly end: Position };
      }[];
    }
  >;
}

/** What Stryker is told to mutate. */
interface Target {
  /** Relative to the project. */
  readonly file: string;
  /** Within the file, as Stryker reads it: lines from 1, columns from 0. */
  readonly range: string;
}

/** A function or a class member of a mutated file, by its lines from 1. */
export interface Section extends Target {
  readonly first: number;
  readonly last: number;
  readonly text: string;
}

/** The sections of all mutated files, in a pseudorandom order that is the same in every run. */
export function mutableSections(): Section[] {
  const files = MUTATED.flatMap((folder) =>
    readdirSync(path.join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name.replaceAll(path.sep, '/')}`),
  );
  // By their text: an edit moves only the sections that it changes.
  const hash = ({ file, text }: Section) => createHash('sha256').update(`${file}\n${text}`).digest('hex');
  return files
    .flatMap(sectionsOf)
    .map((section) => ({ section, hash: hash(section) }))
    .sort((a, b) => (a.hash < b.hash ? -1 : 1))
    .map(({ section }) => section);
}

/** Splits a formatted file after each closing brace of a top-level declaration or of a class member. */
function sectionsOf(file: string): Section[] {
  const lines = readFileSync(path.join(projectRoot, file), 'utf8').split('\n');
  const sections: Section[] = [];
  let [first, isClass] = [1, false];
  lines.forEach((line, index) => {
    if (/^(export )?(abstract )?class /.test(line)) isClass = true;
    if (!/^[}\])]/.test(line) && !(isClass && /^ {2}[}\])]/.test(line)) && index < lines.length - 1) return;
    if (line.startsWith('}')) isClass = false;
    const last = index + 1;
    sections.push({ file, range: `${first}-${last}`, first, last, text: lines.slice(first - 1, last).join('\n') });
    first = index + 2;
  });
  return sections;
}

/** The nearest tests, which take seconds, or all that could notice a fault, for the survivors of the nearest. */
type Tests = 'near' | 'all';

/** Tests the mutants of the targets; results of unchanged mutants are kept. */
export async function testTargets(targets: readonly Target[], tests: Tests): Promise<void> {
  mkdirSync(path.join(projectRoot, path.dirname(INCREMENTAL_FILE)), { recursive: true });
  const isOfGraph = ({ file }: Target) => file.startsWith('src/graph/');
  if (tests === 'all') return mutate(targets, 'test/{graph,service,view}/**/*.test.ts');
  await mutate(targets.filter(isOfGraph), 'test/graph/**/*.test.ts');
  await mutate(
    targets.filter((target) => !isOfGraph(target)),
    // Without the properties, which run the whole service on many schedules.
    'test/service/!(*.property).test.ts',
  );
}

/** @param tests a glob, which vitest.mutation.config.mts reads */
async function mutate(targets: readonly Target[], tests: string): Promise<void> {
  if (targets.length === 0) return;
  Object.assign(process.env, { ...CASES, PODGRAPH_MUTATION_TESTS: tests });
  await new Stryker({
    mutate: targets.map(({ file, range }) => `${file}:${range}`),
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
    return mutants.map(({ status, replacement, location: { start, end } }) => ({
      file,
      range: `${start.line}:${start.column - 1}-${end.line}:${end.column - 1}`,
      start,
      end,
      line: (lines[start.line - 1] ?? '').trim(),
      replacement: replacement ?? '',
      status,
    }));
  });
}
