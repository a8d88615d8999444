// npm run bench [-- --json] [--only NAME]: measures, and prints a table, or with --json a line for each row.
import { parseArgs } from 'node:util';
import { activation } from '../test/bench/activation.bench';
import { bundle } from '../test/bench/bundle.bench';
import type { BenchRow } from '../test/bench/row';

const BENCHES = [activation, bundle];

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false }, only: { type: 'string' } } });
const wanted = BENCHES.filter(({ name }) => values.only === undefined || values.only === name);
if (wanted.length === 0) {
  console.error(`No such row. There are: ${BENCHES.map(({ name }) => name).join(', ')}.`);
  process.exit(1);
}

const figure = (value: number | null) => (value === null ? '–' : value.toFixed(value < 100 ? 2 : 0));
const cells = (row: BenchRow) => [
  row.name.padEnd(20),
  `${figure(row.ours)} ${row.unit}`.padStart(12),
  `${figure(row.spread[0])}–${figure(row.spread[1])}`.padStart(16),
  String(row.n).padStart(4),
  `${row.peerName ?? '–'} ${figure(row.peer)}`.padStart(24),
  figure(row.ratio).padStart(8),
  figure(row.left).padStart(6),
];

if (!values.json)
  console.log('row                         median          spread   n                    peer   ratio  left');
for (const bench of wanted)
  for (const { spread, ...row } of await bench.run())
    console.log(values.json ? JSON.stringify(row) : cells({ ...row, spread }).join(''));
process.exit(0);
