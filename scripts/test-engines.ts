// npm run test:engines [-- --json] [LINE…]: the contract on every line of engines, one after another; a table of engines and
// what they can do, and how the cases of each chapter of the contract went. With --json a line for each engine, and no more.
import { parseArgs } from 'node:util';
import { engineAvailable } from './engines/engine';
import { ENGINE_LINES, engineLine } from './engines/lines';
import { prepareEngine } from './engines/prepare';
import { bundleExtension } from './bundle/bundle';
import { askCapabilities } from './testing/capabilities';
import { printEngineTable, type EngineRow } from './testing/engineTable';
import { lastLine, skip, sum } from './testing/outcome';
import { runVitest } from './testing/vitest';

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const lines = positionals.length > 0 ? positionals.map(engineLine) : ENGINE_LINES;
const tell = values.json ? (words: string) => process.stderr.write(`${words}\n`) : console.log;

await bundleExtension();
const rows: EngineRow[] = [];
for (const line of lines) {
  const availability = await engineAvailable(line);
  if (!availability.available) {
    const outcome = skip(`contract ${line}`, availability.reason);
    rows.push({ engine: line, capabilities: {}, tests: [], outcome });
    continue;
  }
  if (line !== 'demo') await prepareEngine(line);
  const { engine, capabilities } = await askCapabilities(line);
  const { outcome, tests, output } = await runVitest(
    'contract',
    { PODGRAPH_ENGINE: line },
    { files: ['test/engine/'] },
  );
  const ranNothing = outcome.passed + outcome.failed + outcome.skipped.length === 0;
  const counted = ranNothing ? { ...outcome, failed: 1 } : outcome;
  tell(`${engine}: ${lastLine(counted)}${ranNothing ? ' (no test ran)' : ''}`);
  if (counted.failed > 0) tell(output.trim());
  rows.push({ engine, capabilities, tests, outcome: counted });
}

const total = sum(rows.map(({ outcome }) => outcome));
if (values.json) {
  for (const { engine, outcome } of rows) {
    const { passed, failed, skipped } = outcome;
    console.log(JSON.stringify({ engine, passed, failed, skipped: skipped.length }));
  }
} else {
  printEngineTable(rows);
  for (const { name, reason } of total.skipped) console.log(`skipped: ${name}: ${reason}`);
  console.log(lastLine(total));
}
process.exit(total.failed > 0 ? 1 : 0);
