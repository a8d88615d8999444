// npm run test:mutation [-- WORD…] [--minutes N] [--near]: mutation testing over the pure graph and the service's run,
// concurrency and journal code. Functions and class members are tested in batches until the time is over, in a fixed
// pseudorandom order, so that the score of the tested ones estimates that of all: first by the nearest tests, then the
// survivors of the batch by all tests (not with --near). Mutants that the type check rejects do not count. Stryker keeps
// the results in out/mutation and tests only what has changed since; a later run continues where this one stopped.
// Fails if the score is below the threshold; survivors explained in docs/mutation.json do not count.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from './lab';
import { type Mutant, mutableSections, readResults, type Section, testTargets } from './testing/mutation';
import { typeErrors } from './testing/mutantTypes';

const THRESHOLD = 90;
/** Sections or mutants per run of Stryker, which first runs the tests once. */
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
const files = new Set(sections.map(({ file }) => file));
const explained = JSON.parse(readFileSync(path.join(projectRoot, 'docs', 'mutation.json'), 'utf8')) as Explained[];

const end = performance.now() + minutes * 60_000;
const isOver = () => performance.now() >= end;
const known = readResults();
const untested = sections.filter((section) => !known.some((mutant) => isIn(section, mutant)));
// New tests may detect what earlier runs did not.
const undetected = isOver() ? [] : [...judge(known).survived];
while (untested.length > 0 && !isOver()) {
  const batch = untested.splice(0, BATCH);
  await testTargets(batch, 'near');
  if (nearAt >= 0) continue;
  const own = readResults().filter((mutant) => batch.some((section) => isIn(section, mutant)));
  await testTargets(judge(own).survived, 'all');
}
while (undetected.length > 0 && !isOver()) await testTargets(undetected.splice(0, BATCH), nearAt < 0 ? 'all' : 'near');

const results = readResults();
const { detected, timeouts, survived, equivalent, rejected } = judge(results);
for (const { file, start, line, replacement } of survived)
  console.log(`${file}:${start.line}: ${line}\n      -> ${replacement}`);
const total = detected + timeouts + survived.length;
const tested = sections.filter((section) => results.some((mutant) => isIn(section, mutant))).length;
const score = total === 0 ? 0 : Math.floor((1000 * (detected + timeouts)) / total) / 10;
console.log(`${tested} of ${sections.length} sections have results`);
console.log(
  `${detected} killed, ${timeouts} timed out, ${survived.length} survived, ${equivalent} explained, ${rejected} type errors`,
);
console.log(`mutation score ${score} %`);

/** The mutants of the chosen files by their result. */
function judge(all: readonly Mutant[]) {
  const own = all.filter(({ file }) => files.has(file));
  const withStatus = (...wanted: string[]) => own.filter(({ status }) => wanted.includes(status));
  const undetected = withStatus('Survived', 'NoCoverage');
  const wrong = typeErrors(undetected);
  const isExplained = ({ file, line, replacement }: Mutant) =>
    explained.some((one) => one.file === file && one.line === line && one.replacement === replacement);
  const compiled = undetected.filter((mutant) => !wrong.has(mutant));
  const survived = compiled.filter((mutant) => !isExplained(mutant));
  return {
    detected: withStatus('Killed').length,
    timeouts: withStatus('Timeout').length,
    survived,
    equivalent: compiled.length - survived.length,
    rejected: wrong.size,
  };
}

function isIn({ file, first, last }: Section, mutant: Mutant): boolean {
  return mutant.file === file && mutant.start.line >= first && mutant.start.line <= last;
}

process.exit(score >= THRESHOLD ? 0 : 1);
