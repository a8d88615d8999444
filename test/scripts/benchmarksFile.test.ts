import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type Section, withSections } from '../../scripts/benchmark/benchmarksFile';
import { projectRoot } from '../../scripts/lab';
import { summaryOf } from '../../scripts/benchmark/summary';
import { withTarget, comparedRow, singleRow } from '../bench/benchmark';

const now = { date: new Date('2026-01-02T03:04:05Z'), machine: '2 × something', load: 0.25 };
const section = (title: string, rows: Section['rows']): Section => ({
  title,
  about: `What ${title} is about.`,
  rows,
  before: now,
  after: now,
});
const benches = ['slow', 'quick', 'size'];

const slow = section('slow', [
  withTarget(
    comparedRow('slow', 's', { values: [2, 3, 4], left: 0 }, 'their tool', { values: [30], left: 2, hung: true }),
    'at least 5 times faster',
    ({ ratio }) => (ratio ?? 1) <= 0.2,
  ),
]);
const size = (kb: number) =>
  section('size', [withTarget(singleRow('size', 'KB', [kb]), 'under 300 KB', () => kb < 300)]);

test('a section shows the environment, every tool, what each left, and whether the target is met', () => {
  const text = withSections('', [slow], benches);
  expect(text).toContain('Measured 2026-01-02 03:04 UTC on 2 × something; load 0.3 before, 0.3 after.');
  expect(text).toContain('| **Podgraph** | 3 s | 2–4 | 3 | 0 |  |');
  expect(text).toContain('| their tool | hung (> 30 s) | – | 1 | 2 | < 0.10 |');
  expect(text).toContain('1 met, 0 missed.\n\n- met: slow: at least 5 times faster');
});

test('a run of one benchmark replaces its section and keeps the order of the others', () => {
  const before = withSections('', [size(200), slow], benches);
  const after = withSections(before, [size(400)], benches);
  expect(after.indexOf('## slow')).toBeLessThan(after.indexOf('## size'));
  expect(after).toContain('hung (> 30 s)');
  expect(after).not.toContain('200 KB');
  expect(after).toContain('1 met, 1 missed.\n\n- **missed**: size: under 300 KB (400 KB)');
  expect(withSections(after, [size(200)], benches)).toBe(before);
});

test('keeps the results of other engines, and removes those of deleted benchmarks', () => {
  const text = withSections('', [slow, section('slow on docker', slow.rows), size(200)], benches);
  expect(text.indexOf('## slow on docker')).toBeGreaterThan(text.indexOf('## slow\n'));
  expect(withSections(text, [], ['slow'])).not.toContain('## size');
});

test('the summary has a line per table, and the missed targets with their reasons', () => {
  const text = summaryOf(withSections('', [slow, { ...size(400), limit: 'two large bundles.' }], benches));
  expect(text).toContain('1 met, 1 missed.\n\n- size: under 300 KB (400 KB). Limited by: two large bundles.');
  expect(text).toContain('| slow | 3 s | their tool: < 0.10 |');
  expect(text).toContain('| size | 400 KB | – |');
});

test('BENCHMARKS.md is the summary of docs/benchmarks.md', () => {
  const read = (name: string) => readFileSync(path.join(projectRoot, name), 'utf8');
  expect(summaryOf(read('docs/benchmarks.md'))).toBe(read('BENCHMARKS.md'));
});
