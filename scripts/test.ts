// npm test [-- PART…]: sets up what the tests need, runs all parts (or those named, by name or group), tells what became
// of them. Two parts at a time: most of them wait for an engine or an editor. What drives these and fails is run once more,
// alone, and is told as unsteady if it passes then.
import { allParts, type Part, type PartRun } from './testing/part';
import { lastLine, type Outcome, sum } from './testing/outcome';
import { preparations } from './testing/preparations';

/** How many parts run at once. More do not help on two cores. */
const WIDTH = 2;

interface Row {
  readonly part: Part;
  readonly outcome: Outcome;
  readonly seconds: number;
}

const wanted = process.argv.slice(2);
const all = allParts(preparations());
const parts =
  wanted.length === 0 ? all : all.filter(({ name, group }) => wanted.includes(name) || wanted.includes(group));
if (parts.length === 0) {
  console.error(`No such part. There are: ${[...new Set(all.map(({ group }) => group))].join(', ')}.`);
  process.exit(1);
}

async function runPart(part: Part): Promise<Row> {
  const began = Date.now();
  const { outcome, output, note } = await part.run().catch((error: unknown): PartRun => ({
    outcome: { passed: 0, failed: 1, skipped: [] },
    output: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }));
  const ranNothing = outcome.passed + outcome.failed + outcome.skipped.length === 0;
  const counted = ranNothing ? { ...outcome, failed: 1 } : outcome;
  const seconds = (Date.now() - began) / 1000;
  const verdict = counted.failed > 0 ? 'FAILED' : 'ok';
  console.log(
    `\n── ${part.name}: ${verdict}, ${seconds.toFixed(1)} s${ranNothing ? ', no test ran' : ''}${note ? ` (${note})` : ''}`,
  );
  if (counted.failed > 0 || wanted.length > 0) console.log(output.trim());
  return { part, outcome: counted, seconds };
}

const began = Date.now();
for (const part of parts) part.prepare?.().catch(() => undefined); // the part itself tells what went wrong
const waiting = [...parts];
const rows: Row[] = [];
async function lane(): Promise<void> {
  for (let part = waiting.shift(); part; part = waiting.shift()) rows.push(await runPart(part));
}
await Promise.all(Array.from({ length: WIDTH }, lane));

const unsteady: string[] = [];
for (const [index, { part, outcome }] of rows.entries()) {
  if (outcome.failed === 0 || !part.drivesOthers) continue;
  console.log(`\n── ${part.name}: once more, with nothing beside it`);
  const second = await runPart(part);
  rows[index] = second;
  if (second.outcome.failed === 0) unsteady.push(part.name);
}

console.log(
  `\n${'part'.padEnd(22)}${'seconds'.padStart(8)}${'passed'.padStart(8)}${'failed'.padStart(8)}${'skipped'.padStart(8)}`,
);
for (const { part, outcome, seconds } of rows.sort((a, b) => parts.indexOf(a.part) - parts.indexOf(b.part))) {
  const figures = [seconds.toFixed(1), outcome.passed, outcome.failed, outcome.skipped.length];
  console.log(part.name.padEnd(22) + figures.map((figure) => String(figure).padStart(8)).join(''));
}
console.log(`${'all, two at a time'.padEnd(22)}${((Date.now() - began) / 1000).toFixed(1).padStart(8)}`);

const total = sum(rows.map(({ outcome }) => outcome));
for (const { name, reason } of total.skipped) console.log(`skipped: ${name}: ${reason}`);
for (const name of unsteady) console.log(`unsteady: ${name} failed, and passed when it was run once more by itself`);
console.log(lastLine(total));
process.exit(total.failed > 0 ? 1 : 0);
