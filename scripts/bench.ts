// npm run bench [-- --json] [--only NAME[,NAME]] [--engine LINE] [--quick]: runs the benchmarks of test/bench, prints a table
// (--json: a line per row), and updates the measured sections of docs/benchmarks.md, the
// summary in BENCHMARKS.md and the comparison in README.md.
// --quick is a smoke test: small fleets, short stop timeouts, writes nothing.
import { parseArgs } from 'node:util';
import { type Section, writeBenchmarks } from './benchmark/benchmarksFile';
import { writeComparison } from './benchmark/comparison';
import { listBenches } from './benchmark/catalogue';
import { environmentInfo } from './benchmark/circumstances';
import { writeSummary } from './benchmark/summary';
import { tableHead, tableLine } from './benchmark/table';
import { type EngineVersion, engineLine } from './engines/lines';
import { log } from './process';

const DEFAULT_ENGINE: EngineVersion = 'podman-5';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    engine: { type: 'string', default: DEFAULT_ENGINE },
    quick: { type: 'boolean', default: false },
  },
});
const all = listBenches();
const names = all.map(({ name }) => name);
const only = values.only?.split(',').map((name) => name.trim());
const unknown = only?.filter((name) => !names.includes(name)) ?? [];
if (unknown.length > 0) {
  console.error(`Unknown benchmark: ${unknown.join(', ')}. Available: ${names.join(', ')}.`);
  process.exit(1);
}
const engine = engineLine(values.engine);
const cleanups: (() => Promise<void>)[] = [];
const options = { engine, quick: values.quick, log, atEnd: (work: () => Promise<void>) => void cleanups.push(work) };

if (!values.json) console.log(tableHead());
const sections: Section[] = [];
let failed = 0;
for (const listed of all.filter(({ name }) => only?.includes(name) ?? true)) {
  const { name } = listed;
  try {
    const bench = await listed.load();
    const before = environmentInfo();
    const measured = await bench.run(options);
    // Targets do not apply to small fleets.
    const rows = values.quick ? measured.map((row) => ({ ...row, target: null })) : measured;
    for (const row of rows) {
      const { spread: _, ...printed } = row;
      console.log(values.json ? JSON.stringify(printed) : tableLine(row));
    }
    const title = engine === DEFAULT_ENGINE ? name : `${name} on ${engine}`;
    sections.push({ title, about: bench.about, limit: bench.limit, rows, before, after: environmentInfo() });
  } catch (error) {
    failed++;
    console.error(`${name} could not be measured: ${error instanceof Error ? error.stack : String(error)}`);
  }
}
for (const cleanup of cleanups) await cleanup();
if (!values.quick && sections.length > 0) {
  writeBenchmarks(sections, names);
  writeSummary();
  writeComparison();
}
process.exit(failed > 0 ? 1 : 0);
