import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BenchRow } from '../../test/bench/row';
import { projectRoot } from '../lab';
import type { Circumstances } from './circumstances';
import { busyFigure, figure, peerFigure, ratio, spread } from './figures';

/** One bench, measured: a section of BENCHMARKS.md. */
export interface Section {
  readonly title: string;
  readonly about: string;
  readonly rows: readonly BenchRow[];
  readonly before: Circumstances;
  readonly after: Circumstances;
}

const HEAD = `# Benchmarks

Written by \`npm run bench\`, and by nobody's hand. Times are wall-clock medians on engines of the bench's own; *ratio* is
ours / theirs, of medians from one interleaved run: below 1 we need less. *Left* is what was still there afterwards; *busy* is
how much of all processors was in use meanwhile, by the engine's processes more than by anything else: near 100 % no other
order of calls can be much faster. Where one measurement takes minutes it is taken once; *n* says how often.
`;
const TARGETS = 'Targets';
const MET = '- met: ';
/** Columns that are shown only where there is something in them. */
const [LEFT, BUSY] = [4, 5];
const MISSED = '- **missed**: ';

/** A section's text, without its heading. */
function sectionText({ title, about, rows, before, after }: Section): string {
  const engines = [...new Set(rows.flatMap(({ engine }) => engine ?? []))];
  const day = before.date.toISOString().slice(0, 16).replace('T', ' ');
  const load = `load ${before.load.toFixed(1)} before, ${after.load.toFixed(1)} after`;
  const where = [...engines, before.machine, load].join('; ');
  return [about, `Measured ${day} UTC on ${where}.`, ...tables(rows), targets(title, rows)]
    .filter(Boolean)
    .join('\n\n');
}

function tables(rows: readonly BenchRow[]): string[] {
  const names = [...new Set(rows.map(({ name }) => name))];
  return names.map((name) => {
    const mine = rows.filter((row) => row.name === name);
    const [first] = mine;
    if (!first) return '';
    const peers = mine.filter(({ peerName }) => peerName !== null);
    const left = mine.some((row) => row.left !== null || row.peerLeft !== null);
    const busy = mine.some((row) => row.busy !== null || row.peerBusy !== null);
    const cut = (cells: readonly string[]) => {
      return `| ${cells.filter((_, at) => (left || at !== LEFT) && (busy || at !== BUSY)).join(' | ')} |`;
    };
    return [
      cut([name, 'median', 'spread', 'n', 'left', 'busy', 'ratio']),
      cut(['---', '---:', '---:', '---:', '---:', '---:', '---:']),
      cut([
        '**Podgraph**',
        `${figure(first.ours)} ${first.unit}`,
        spread(first),
        String(first.n),
        figure(first.left),
        busyFigure(first.busy),
        '',
      ]),
      ...peers.map((row) =>
        cut([
          row.peerName ?? '',
          peerFigure(row),
          spread(row.peerSpread ? { spread: row.peerSpread } : undefined),
          figure(row.peerN),
          figure(row.peerLeft),
          busyFigure(row.peerBusy),
          ratio(row),
        ]),
      ),
    ].join('\n');
  });
}

function targets(title: string, rows: readonly BenchRow[]): string {
  const lines = rows.flatMap(({ target, ratio: value, ours, unit }) => {
    if (!target) return [];
    const shown = value === null ? `${figure(ours)} ${unit}` : `ratio ${figure(value)}`;
    return `${target.met ? MET : MISSED}${title}: ${target.what} (${shown})`;
  });
  return [...new Set(lines)].join('\n');
}

/** Heading → text of the sections that stand in a file. */
function read(text: string): Map<string, string> {
  const [, ...parts] = text.split(/^## /m);
  return new Map(
    parts.map((part): [string, string] => {
      const end = part.indexOf('\n');
      return [part.slice(0, end).trim(), part.slice(end).trim()];
    }),
  );
}

/** The text of the file once these sections are measured anew: others stay as they are, while there is a bench of their name. */
export function withSections(text: string, sections: readonly Section[], benches: readonly string[]): string {
  const all = read(text);
  for (const section of sections) all.set(section.title, sectionText(section));
  const place = (title: string) => benches.indexOf(title.split(' on ')[0] ?? title);
  const sorted = [...all]
    .filter(([title]) => place(title) >= 0)
    .sort(([a], [b]) => place(a) - place(b) || a.localeCompare(b));
  const lines = sorted.flatMap(([, body]) => body.split('\n'));
  const missed = lines.filter((line) => line.startsWith(MISSED));
  const met = lines.filter((line) => line.startsWith(MET));
  const summary = [`${met.length} met, ${missed.length} missed.`, [...missed, ...met].join('\n')].filter(Boolean);
  const shown = sorted.map(([title, body]) => `## ${title}\n\n${body}`);
  return [HEAD.trim(), `## ${TARGETS}\n\n${summary.join('\n\n')}`, ...shown].join('\n\n') + '\n';
}

/** Puts these sections into BENCHMARKS.md. */
export function writeBenchmarks(sections: readonly Section[], benches: readonly string[]): void {
  const file = path.join(projectRoot, 'BENCHMARKS.md');
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  writeFileSync(file, withSections(before, sections, benches));
}
