// npm run test:mutants [-- WORD…]: takes the guards of a removal's promises out of a copy of the sources, one at a time (all,
// or those whose words hold one of these), and runs the properties on it. Prints which property noticed; a guard that
// nobody misses fails the command.
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from './lab';
import { type Guard, GUARDS, INVARIANTS } from './testing/guards';
import { runProperties } from './testing/schedules';

/** Schedules for each property: most guards that are missed show within a few, the rarest within some hundred. */
const RUNS = 400;
const COPIED = ['src', 'test', 'package.json', 'tsconfig.json', 'vitest.config.mts'];

const folder = path.join(projectRoot, 'out', 'mutants');
const words = process.argv.slice(2);
const guards = GUARDS.filter(({ what }) => words.length === 0 || words.some((word) => what.includes(word)));

function copySources(): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of COPIED) cpSync(path.join(projectRoot, name), path.join(folder, name), { recursive: true });
  symlinkSync(path.join(projectRoot, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
}

/** The file's text without the guard. Throws where the guard's code is not there just once. */
function without({ file, code, without, what }: Guard): string {
  const parts = readFileSync(path.join(projectRoot, file), 'utf8').split(code);
  if (parts.length !== 2) throw new Error(`"${what}": its code stands ${parts.length - 1} times in ${file}:\n${code}`);
  return parts.join(without);
}

/** The property that fails without the guard, undefined if none does. */
async function noticedBy(guard: Guard): Promise<string | undefined> {
  const file = path.join(folder, guard.file);
  writeFileSync(file, without(guard));
  try {
    const { tests, outcome, output } = await runProperties({ runs: RUNS, shrink: false, bail: true, root: folder });
    const failed = tests.find(({ state }) => state === 'failed');
    if (!failed && outcome.failed > 0) throw new Error(`"${guard.what}": the properties could not run\n${output}`);
    return failed?.name;
  } finally {
    cpSync(path.join(projectRoot, guard.file), file);
  }
}

for (const guard of GUARDS) without(guard); // all of them are there before anything is run
copySources();
const whole = await runProperties({ runs: RUNS, shrink: false, root: folder });
if (whole.outcome.failed > 0) {
  console.log(whole.output);
  console.log('The properties do not hold with all guards in place.');
  process.exit(1);
}

let survivors = 0;
for (const [index, promise] of INVARIANTS.entries()) {
  const own = guards.filter(({ invariant }) => invariant === index + 1);
  if (own.length > 0) console.log(`${index + 1}. ${promise}`);
  for (const guard of own) {
    const property = await noticedBy(guard);
    if (property === undefined) survivors++;
    console.log(
      `   - ${guard.what} (${guard.file})\n     ${property === undefined ? 'SURVIVED' : `noticed by: ${property}`}`,
    );
  }
}
console.log(`${guards.length} guards taken out, ${guards.length - survivors} noticed, ${survivors} survivors`);
process.exit(survivors > 0 ? 1 : 0);
