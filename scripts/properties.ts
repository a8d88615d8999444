// npm run test:properties [-- RUNS [SEED]]: the properties of a removal on at least 10,000 schedules, RUNS for each property,
// drawn from a new seed each time. Prints on how many each was tried; fails where one does not hold, or fewer were tried.
import { summaryLine } from './testing/outcome';
import { runProperties } from './testing/schedules';

const RUNS = 800;
const AT_LEAST = 10_000;

const runs = Number(process.argv[2] ?? RUNS);
if (!Number.isInteger(runs) || runs < 1) throw new Error(`Not a number of schedules: ${process.argv[2]}`);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);
if (!Number.isInteger(seed)) throw new Error(`Not a seed: ${process.argv[3]}`);
console.log(`seed ${seed}`);
const { outcome, output, tried } = await runProperties({ runs, seed, shrink: true });
if (outcome.failed > 0) console.log(output.trim());

const count = (schedules: number) => schedules.toLocaleString('en');
for (const { property, schedules } of tried) console.log(`${count(schedules).padStart(8)}  ${property}`);
console.log(summaryLine(outcome));
const all = tried.reduce((sum, { schedules }) => sum + schedules, 0);
console.log(`${count(all)} schedules`);
const enough = all >= AT_LEAST || process.argv[2] !== undefined;
if (!enough) console.log(`These are fewer than ${count(AT_LEAST)}.`);
process.exit(outcome.failed === 0 && enough ? 0 : 1);
