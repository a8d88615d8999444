// npm run test:properties [-- RUNS [SEED]]: checks the properties of a removal on at least 10,000 schedules, RUNS per property,
// with a new seed each time. Prints the number per property; fails if one does not hold or there were fewer schedules.
import { summaryLine } from './testing/outcome';
import { runProperties } from './testing/schedules';

const RUNS = 800;
const MIN_SCHEDULES = 10_000;

const runs = Number(process.argv[2] ?? RUNS);
if (!Number.isInteger(runs) || runs < 1) throw new Error(`Invalid number of schedules: ${process.argv[2]}`);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);
if (!Number.isInteger(seed)) throw new Error(`Invalid seed: ${process.argv[3]}`);
console.log(`seed ${seed}`);
const { outcome, output, tried } = await runProperties({ runs, seed, shrink: true });
if (outcome.failed > 0) console.log(output.trim());

const count = (schedules: number) => schedules.toLocaleString('en');
for (const { property, schedules } of tried) console.log(`${count(schedules).padStart(8)}  ${property}`);
console.log(summaryLine(outcome));
const all = tried.reduce((sum, { schedules }) => sum + schedules, 0);
console.log(`${count(all)} schedules`);
const enough = all >= MIN_SCHEDULES || process.argv[2] !== undefined;
if (!enough) console.log(`Fewer than ${count(MIN_SCHEDULES)}.`);
process.exit(outcome.failed === 0 && enough ? 0 : 1);
