// npm run test:engines [-- --json] [--long] [LINE…]: runs the contract on every engine in sequence; prints a table of
// capabilities and of results per chapter. With --json it prints one line per engine only. --long adds many more random cases.
import { parseArgs } from 'node:util';
import { engineAvailable } from './engines/engine';
import { ENGINE_VERSIONS, engineLine } from './engines/lines';
import { prepareEngine } from './engines/prepare';
import { bundleExtension } from './bundle/bundle';
import { detectCapabilities } from './testing/capabilities';
import { printEngineTable, type EngineRow } from './testing/engineTable';
import { counted, summaryLine, skip, sum } from './testing/outcome';
import { aboutEngines } from './testing/verdict';
import { runVitest } from './testing/vitest';

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false }, long: { type: 'boolean', default: false } },
  allowPositionals: true,
});
/** Random recipes, and restarts of random containers. */
const cases = values.long
  ? { PODGRAPH_RECIPES: '150', PODGRAPH_RESTARTS: '300' }
  : { PODGRAPH_RECIPES: '25', PODGRAPH_RESTARTS: '20' };
const lines = positionals.length > 0 ? positionals.map(engineLine) : ENGINE_VERSIONS;
const log = values.json ? (text: string) => process.stderr.write(`${text}\n`) : console.log;

await bundleExtension();
const rows: EngineRow[] = [];
for (const line of lines) {
  const availability = await engineAvailable(line);
  if (!availability.available) {
    const outcome = skip(`contract ${line}`, availability.reason, line);
    rows.push({ engine: line, capabilities: {}, tests: [], outcome });
    continue;
  }
  if (line !== 'demo') await prepareEngine(line);
  const { engine, capabilities } = await detectCapabilities(line);
  const { outcome, tests, output } = await runVitest(
    'contract',
    { PODGRAPH_ENGINE: line, ...cases },
    { files: ['test/engine/', 'test/removal/conformance'] },
  );
  const result = counted(outcome);
  log(`${engine}: ${summaryLine(result)}${result === outcome ? '' : ' (no test ran)'}`);
  if (result.failed > 0) log(output.trim());
  rows.push({ engine, capabilities, tests, outcome: result });
}

const total = sum(rows.map(({ outcome }) => outcome));
const engines = aboutEngines(
  rows.filter(({ tests }) => tests.length > 0).map(({ engine }) => engine),
  total,
  process.env['CI'] === 'true',
);
const end = { ...total, failed: total.failed + engines.failed };
if (values.json) {
  for (const { engine, outcome } of rows) {
    const { passed, failed, skipped } = outcome;
    console.log(JSON.stringify({ engine, passed, failed, skipped: skipped.length }));
  }
  for (const line of engines.lines) log(line);
} else {
  printEngineTable(rows);
  for (const { name, reason } of total.skipped) console.log(`skipped: ${name}: ${reason}`);
  for (const line of engines.lines) console.log(line);
  console.log(summaryLine(end));
}
process.exit(end.failed > 0 ? 1 : 0);
