// npm run test:mutation [-- WORD…] [--minutes N]: mutation testing over the pure graph and the service's run,
// concurrency and journal code. Files are tested in batches until the time is over. Stryker keeps the results in
// out/mutation and tests only what has changed since, so that a later run continues where this one stopped.
// Fails if a survivor is not explained in docs/mutation.json, or if the score is below the threshold.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from './lab';
import { mutableFiles, readResults, testFiles } from './testing/mutation';

const THRESHOLD = 90;
const BATCH = 12;
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
const minutes = minutesAt < 0 ? DEFAULT_MINUTES : Number(args[minutesAt + 1]);
const words = args.filter((_, at) => minutesAt < 0 || (at !== minutesAt && at !== minutesAt + 1));
const files = mutableFiles().filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
const explained = JSON.parse(readFileSync(path.join(projectRoot, 'docs', 'mutation.json'), 'utf8')) as Explained[];

const end = performance.now() + minutes * 60_000;
const untested = [...files];
while (untested.length > 0 && performance.now() < end) await testFiles(untested.splice(0, BATCH));

const results = readResults();
const [known, missing] = [files.filter(hasResults), files.filter((file) => !hasResults(file))];
let [killed, total] = [0, 0];
for (const file of known) {
  const mutants = results.filter((mutant) => mutant.file === file);
  const detected = mutants.filter(({ status }) => status === 'Killed' || status === 'Timeout').length;
  const survivors = mutants.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');
  const unexplained = survivors.filter(
    ({ line, replacement }) =>
      !explained.some((e) => e.file === file && e.line === line && e.replacement === replacement),
  );
  killed += detected;
  total += detected + unexplained.length;
  const explainedCount = survivors.length - unexplained.length;
  console.log(`${file}: ${detected} killed, ${unexplained.length} survived, ${explainedCount} explained`);
  for (const { at, line, replacement } of unexplained) console.log(`   ${at}: ${line}\n      -> ${replacement}`);
}
const score = total === 0 ? 0 : Math.floor((1000 * killed) / total) / 10;
if (missing.length > 0) console.log(`without results: ${missing.length} of ${files.length} files`);
console.log(`${known.length} files, ${killed} killed, ${total - killed} survivors without an explanation`);
console.log(`mutation score ${score} %`);

function hasResults(file: string) {
  return results.some((mutant) => mutant.file === file);
}

process.exit(score >= THRESHOLD ? 0 : 1);
