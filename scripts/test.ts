// npm test [-- PART…]: prepares and runs all parts, or those given by name or group, and prints the results. Two parts run at
// a time, because most wait for an engine or an editor. A failed part stays failed; only tests listed as flaky may pass in a
// second run of their part, alone, and they are counted.
import { testedLines } from './engines/defaultEngines';
import { FLAKY } from './testing/flaky';
import { counted, summaryLine, type Outcome, sum } from './testing/outcome';
import { allSuites, type TestSuite, type PartRun } from './testing/part';
import { preparations } from './testing/preparations';
import { aboutEngines, mayBeFlaky, verdict } from './testing/verdict';

/** Parts that run at once. More do not help on two cores. */
const CONCURRENCY = 2;

interface Row {
  readonly part: TestSuite;
  readonly outcome: Outcome;
  readonly engines: readonly string[];
  readonly seconds: number;
}

const wanted = process.argv.slice(2);
const all = allSuites(preparations(), await testedLines());
const parts =
  wanted.length === 0 ? all : all.filter(({ name, group }) => wanted.includes(name) || wanted.includes(group));
if (parts.length === 0) {
  console.error(`Unknown part. Available: ${[...new Set(all.map(({ group }) => group))].join(', ')}.`);
  process.exit(1);
}

async function runPart(part: TestSuite): Promise<Row> {
  const began = Date.now();
  const {
    outcome,
    output,
    note,
    engines = [],
  } = await part.run().catch((error: unknown): PartRun => ({
    outcome: { passed: 0, failed: 1, skipped: [] },
    output: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }));
  const result = counted(outcome);
  const seconds = (Date.now() - began) / 1000;
  const emptyNote = result === outcome ? '' : ', no test ran';
  const status = `${result.failed > 0 ? 'FAILED' : 'ok'}, ${seconds.toFixed(1)} s${emptyNote}`;
  console.log(`\n── ${part.name}: ${status}${note ? ` (${note})` : ''}`);
  if (result.failed > 0 || wanted.length > 0) console.log(output.trim());
  return { part, outcome: result, engines, seconds };
}

const began = Date.now();
for (const part of parts) part.prepare?.().catch(() => undefined); // the part reports the error
const queue = [...parts];
const rows: Row[] = [];
async function worker(): Promise<void> {
  for (let part = queue.shift(); part; part = queue.shift()) rows.push(await runPart(part));
}
await Promise.all(Array.from({ length: CONCURRENCY }, worker));

const flaky: { readonly name: string; readonly reason: string }[] = [];
for (const [index, row] of rows.entries()) {
  if (!mayBeFlaky(row.outcome)) continue;
  console.log(`\n── ${row.part.name}: only tests listed as flaky failed; running once more, alone`);
  const judged = verdict(row.outcome, (await runPart(row.part)).outcome);
  rows[index] = { ...row, outcome: judged.outcome };
  flaky.push(...judged.flaky);
}

console.log(
  `\n${'part'.padEnd(22)}${'seconds'.padStart(8)}${'passed'.padStart(8)}${'failed'.padStart(8)}${'skipped'.padStart(8)}`,
);
for (const { part, outcome, seconds } of rows.sort((a, b) => parts.indexOf(a.part) - parts.indexOf(b.part))) {
  const values = [seconds.toFixed(1), outcome.passed, outcome.failed, outcome.skipped.length];
  console.log(part.name.padEnd(22) + values.map((value) => String(value).padStart(8)).join(''));
}
console.log(`${'all, two at a time'.padEnd(22)}${((Date.now() - began) / 1000).toFixed(1).padStart(8)}`);

const total = sum(rows.map(({ outcome }) => outcome));
for (const { name, reason } of total.skipped) console.log(`skipped: ${name}: ${reason}`);
for (const { name, reason } of flaky) console.log(`flaky: ${name}: ${reason}`);
console.log(`${flaky.length} of ${FLAKY.length} tests listed as flaky failed once`);
const engines = aboutEngines(
  rows.flatMap((row) => row.engines),
  total,
  process.env['CI'] === 'true',
);
for (const line of engines.lines) console.log(line);
const end = { ...total, failed: total.failed + engines.failed };
console.log(summaryLine(end));
process.exit(end.failed > 0 ? 1 : 0);
