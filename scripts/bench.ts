// npm run bench [-- --json] [--only NAME[,NAME]] [--engine LINE] [--quick]: measures what test/bench holds, prints a table, or
// with --json a line for each row, and writes BENCHMARKS.md (all of it, or with --only the sections that were measured) and the
// comparison in README.md.
// --quick takes smaller fleets and shorter graces, shows that all works, and writes nothing.
import { parseArgs } from 'node:util';
import { type Section, writeBenchmarks } from './benching/benchmarksFile';
import { writeComparison } from './benching/comparison';
import { listBenches } from './benching/catalogue';
import { circumstances } from './benching/circumstances';
import { tableHead, tableLine } from './benching/table';
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
const asked = values.only?.split(',').map((name) => name.trim());
const unknown = asked?.filter((name) => !names.includes(name)) ?? [];
if (unknown.length > 0) {
  console.error(`No such row: ${unknown.join(', ')}. There are: ${names.join(', ')}.`);
  process.exit(1);
}
const engine = engineLine(values.engine);
const ends: (() => Promise<void>)[] = [];
const options = { engine, quick: values.quick, say: log, atEnd: (work: () => Promise<void>) => void ends.push(work) };

if (!values.json) console.log(tableHead());
const sections: Section[] = [];
let failed = 0;
for (const listed of all.filter(({ name }) => asked?.includes(name) ?? true)) {
  const { name } = listed;
  try {
    const bench = await listed.load();
    const before = circumstances();
    const measured = await bench.run(options);
    // A small fleet shows nothing of what the row has to show.
    const rows = values.quick ? measured.map((row) => ({ ...row, target: null })) : measured;
    for (const row of rows) {
      const { spread: _, ...told } = row;
      console.log(values.json ? JSON.stringify(told) : tableLine(row));
    }
    const title = engine === DEFAULT_ENGINE ? name : `${name} on ${engine}`;
    sections.push({ title, about: bench.about, rows, before, after: circumstances() });
  } catch (error) {
    failed++;
    console.error(`${name} could not be measured: ${error instanceof Error ? error.stack : String(error)}`);
  }
}
for (const end of ends) await end();
if (!values.quick && sections.length > 0) {
  writeBenchmarks(sections, names);
  writeComparison();
}
process.exit(failed > 0 ? 1 : 0);
