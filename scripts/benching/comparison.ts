import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../lab';

/** The README's rows: a bench, and its fleet in a few words. */
const FLEETS = [
  ['removal-quick', '20 pods of three and a chain of ten; all exit on SIGTERM'],
  ['removal-stubborn', '20 pods of three; in each, one ignores its stop signal for 10 s'],
  ['removal-mixed', '30 pods of two and five chains of eight; some ignore their stop signal'],
] as const;
/** The README's columns, by the names that ways have in BENCHMARKS.md. */
const WAYS = ['**Podgraph**', 'podman CLI', "Podman Desktop's calls", "Container Tools' calls"];
const [BEGIN, END] = ['<!-- comparison, by npm run bench -->', '<!-- end of comparison -->'];

/** The table of README.md that sets Podgraph beside other tools, as BENCHMARKS.md has it: the two never differ. */
function comparison(benchmarks: string): string {
  const rows = FLEETS.map(([bench, fleet]) => [fleet, ...WAYS.map((way) => cell(benchmarks, bench, way))]);
  return [['', ...WAYS], ['---', ...WAYS.map(() => '---')], ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** What a way took, and what it left behind. */
function cell(benchmarks: string, bench: string, way: string): string {
  const lines = benchmarks.split('\n').map((line) => line.slice(2, -2).split(' | '));
  const begin = lines.findIndex(([name, what]) => name === bench && what === 'median');
  const own = lines.slice(begin).find(([name]) => name === way);
  const [median, left] = ['median', 'left'].map((column) => own?.[lines[begin]?.indexOf(column) ?? -1]);
  if (begin < 0 || median === undefined) return '–';
  return Number(left) > 0 ? `${median}, ${left} left` : median;
}

/** The README with the table of these benchmarks between its marks. */
export function withComparison(readme: string, benchmarks: string): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`The README has no place between ${BEGIN} and ${END}.`);
  return `${readme.slice(0, begin)}${BEGIN}\n\n${comparison(benchmarks)}\n\n${readme.slice(end)}`;
}

/** Writes the README's table anew from BENCHMARKS.md. */
export function writeComparison(): void {
  const readme = path.join(projectRoot, 'README.md');
  const benchmarks = readFileSync(path.join(projectRoot, 'BENCHMARKS.md'), 'utf8');
  writeFileSync(readme, withComparison(readFileSync(readme, 'utf8'), benchmarks));
}
