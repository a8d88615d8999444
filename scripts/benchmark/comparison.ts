import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../lab';

/** The README's rows: benchmark and description of its fleet. */
const FLEETS = [
  ['removal-quick', '20 pods of three and a chain of ten; all exit on SIGTERM'],
  ['removal-stubborn', '20 pods of three; in each, one ignores its stop signal for 10 s'],
  ['removal-mixed', '30 pods of two and five chains of eight; some ignore their stop signal'],
] as const;
/** The README's columns, with the names used in docs/benchmarks.md. */
const TOOLS = ['**Podgraph**', 'podman CLI', "Podman Desktop's calls", "Container Tools' calls"];
const [BEGIN, END] = ['<!-- comparison, by npm run bench -->', '<!-- end of comparison -->'];

/** The README's comparison table, from the values in docs/benchmarks.md. */
function comparison(benchmarks: string): string {
  const rows = FLEETS.map(([bench, fleet]) => [fleet, ...TOOLS.map((tool) => cell(benchmarks, bench, tool))]);
  return [['', ...TOOLS], ['---', ...TOOLS.map(() => '---')], ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
}

/** A tool's median time, and what it left. */
function cell(benchmarks: string, bench: string, tool: string): string {
  const lines = benchmarks.split('\n').map((line) => line.slice(2, -2).split(' | '));
  const begin = lines.findIndex(([name, column]) => name === bench && column === 'median');
  const own = lines.slice(begin).find(([name]) => name === tool);
  const [median, left] = ['median', 'left'].map((column) => own?.[lines[begin]?.indexOf(column) ?? -1]);
  if (begin < 0 || median === undefined) return '–';
  return Number(left) > 0 ? `${median}, ${left} left` : median;
}

/** The README with the table of these benchmarks between its markers. */
export function updateReadme(readme: string, benchmarks: string): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`The README does not contain ${BEGIN} and ${END}.`);
  return `${readme.slice(0, begin)}${BEGIN}\n\n${comparison(benchmarks)}\n\n${readme.slice(end)}`;
}

/** Updates the README's table from docs/benchmarks.md. */
export function writeComparison(): void {
  const readme = path.join(projectRoot, 'README.md');
  const benchmarks = readFileSync(path.join(projectRoot, 'docs', 'benchmarks.md'), 'utf8');
  writeFileSync(readme, updateReadme(readFileSync(readme, 'utf8'), benchmarks));
}
