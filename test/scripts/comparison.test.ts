import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { updateReadme } from '../../scripts/benchmark/comparison';
import { projectRoot } from '../../scripts/lab';

const readme = `Before.
<!-- comparison, by npm run bench -->
| old |
<!-- end of comparison -->
After.
`;
const benchmarks = `## removal-quick

| removal-quick | median | spread | n | left | ratio |
| --- | ---: | ---: | ---: | ---: | ---: |
| **Podgraph** | 3.85 s | 3.59–4.03 | 3 | 0 |  |
| podman CLI | hung (> 40 s) | – | 3 | 12 | 0.99 |
`;

test('updates the time and the remaining containers of each tool, and nothing else', () => {
  const text = updateReadme(readme, benchmarks);
  expect(text.startsWith('Before.\n')).toBe(true);
  expect(text.endsWith('<!-- end of comparison -->\nAfter.\n')).toBe(true);
  expect(text).toContain('all exit on SIGTERM | 3.85 s | hung (> 40 s), 12 left | – | – |');
  expect(text).not.toContain('old');
});

test('the README has the current values of docs/benchmarks.md', () => {
  const read = (name: string) => readFileSync(path.join(projectRoot, name), 'utf8');
  expect(updateReadme(read('README.md'), read('docs/benchmarks.md'))).toBe(read('README.md'));
});
