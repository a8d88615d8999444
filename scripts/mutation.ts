// npm run test:mutation [-- WORD…] [--minutes N] [--all]: mutation testing over the pure graph and the service's run,
// concurrency and journal code. Files are tested in batches until the time is over. Results are kept in out/mutation and
// count as long as the source and the tests are unchanged, so that a later run continues where this one stopped.
// Fails if a survivor is not explained in docs/mutation.json, or if the score is below the threshold.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from './lab';
import { mutableFiles, type FileResult, readResult, testBatch } from './testing/mutation';

const THRESHOLD = 90;
const BATCH = 6;
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
const pending = files.filter((file) => !readResult(file));
while (pending.length > 0 && performance.now() < end) await testBatch(pending.splice(0, BATCH));

const results = files.flatMap((file): (FileResult & { file: string })[] => {
  const result = readResult(file);
  return result ? [{ ...result, file }] : [];
});
let [killed, total, unexplained] = [0, 0, 0];
for (const { file, detected, survivors } of results) {
  const unexplainedSurvivors = survivors.filter(
    ({ line, replacement }) =>
      !explained.some((e) => e.file === file && e.line === line && e.replacement === replacement),
  );
  killed += detected;
  total += detected + unexplainedSurvivors.length;
  unexplained += unexplainedSurvivors.length;
  console.log(
    `${file}: ${detected} killed, ${unexplainedSurvivors.length} survived, ${survivors.length - unexplainedSurvivors.length} explained`,
  );
  for (const { at, line, replacement } of unexplainedSurvivors)
    console.log(`   ${at}: ${line}\n      -> ${replacement}`);
}
const score = total === 0 ? 0 : Math.floor((1000 * killed) / total) / 10;
if (pending.length > 0) console.log(`not yet tested: ${pending.length} of ${files.length} files`);
console.log(`${results.length} files, ${killed} killed, ${unexplained} survivors without an explanation`);
console.log(`mutation score ${score} %`);
process.exit(score >= THRESHOLD ? 0 : 1);
