// npm run test:mutation [-- WORD…] [--minutes N] [--near]: mutation testing over the pure graph and the service's run,
// concurrency and journal code. Functions and class members are tested in batches until the time is over, in a fixed
// pseudorandom order, so that the score of the tested ones estimates that of all: first by the nearest tests, then the
// survivors by all tests (not with --near). Mutants that the type check rejects do not count. Stryker keeps the results in
// out/mutation and tests only what has changed since; a later run continues where this one stopped.
// Fails if the score is below the threshold; survivors explained in docs/mutation.json do not count.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from './lab';
import { type Mutant, mutableSections, readResults, type Section, testSections } from './testing/mutation';
import { typeErrors } from './testing/mutantTypes';

const THRESHOLD = 90;
/** Sections per run of Stryker, which first runs all tests once. */
const BATCH = 60;
const DEFAULT_MINUTES = 60;

interface Explained {
  readonly file: string;
  /** The source line that holds the mutant, trimmed. */
  readonly line: string;
  readonly replacement: string;
  readonly reason: string;
}

const args = process.argv.slice(2);
const minutesAt = args.indexOf('--minutes');
const minutes = minutesAt < 0 ? DEFAULT_MINUTES : Number(args.splice(minutesAt, 2)[1]);
const nearAt = args.indexOf('--near');
if (nearAt >= 0) args.splice(nearAt, 1);
const words = args;
const sections = mutableSections().filter(
  ({ file }) => words.length === 0 || words.some((word) => file.includes(word)),
);
const explained = JSON.parse(readFileSync(path.join(projectRoot, 'docs', 'mutation.json'), 'utf8')) as Explained[];

const end = performance.now() + minutes * 60_000;
const earlier = readResults();
const untested = sections.filter((section) => resultsOf(section, earlier).length === 0);
// Survivors of earlier runs last: new tests may detect them.
const pending = [...untested, ...sections.filter((section) => resultsOf(section, earlier).some(isSurvivor))];
const isOver = () => performance.now() >= end;
while (pending.length > 0 && !isOver()) await testSections(pending.splice(0, BATCH), 'near');
if (nearAt < 0) {
  const results = readResults();
  const weak = sections.filter((section) => resultsOf(section, results).some(isSurvivor));
  while (weak.length > 0 && !isOver()) await testSections(weak.splice(0, BATCH), 'all');
}

const results = readResults();
const rejected = typeErrors(results.filter(isSurvivor));
let [killed, timeouts, survived, explainedCount] = [0, 0, 0, 0];
for (const file of [...new Set(sections.map((section) => section.file))].sort()) {
  const mutants = results.filter((mutant) => mutant.file === file);
  killed += mutants.filter(({ status }) => status === 'Killed').length;
  timeouts += mutants.filter(({ status }) => status === 'Timeout').length;
  const survivors = mutants.filter((mutant) => isSurvivor(mutant) && !rejected.has(mutant));
  const unexplained = survivors.filter(
    ({ line, replacement }) =>
      !explained.some((e) => e.file === file && e.line === line && e.replacement === replacement),
  );
  survived += unexplained.length;
  explainedCount += survivors.length - unexplained.length;
  for (const { start, line, replacement } of unexplained)
    console.log(`${file}:${start.line}: ${line}\n      -> ${replacement}`);
}
const total = killed + timeouts + survived;
const tested = sections.filter((section) => resultsOf(section, results).length > 0).length;
const score = total === 0 ? 0 : Math.floor((1000 * (killed + timeouts)) / total) / 10;
console.log(`${tested} of ${sections.length} sections have results`);
console.log(
  `${killed} killed, ${timeouts} timed out, ${survived} survived, ${explainedCount} explained, ${rejected.size} type errors`,
);
console.log(`mutation score ${score} %`);

function resultsOf({ file, first, last }: Section, known: readonly Mutant[]) {
  return known.filter((mutant) => mutant.file === file && mutant.start.line >= first && mutant.start.line <= last);
}

function isSurvivor({ status }: Mutant) {
  return status === 'Survived' || status === 'NoCoverage';
}

process.exit(score >= THRESHOLD ? 0 : 1);
