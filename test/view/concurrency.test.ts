import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { maxConcurrency, parseConcurrency } from '../../src/view/settings';

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  contributes: { configuration: { properties: Record<string, { minimum: number; maximum: number }> } };
};
const declared = manifest.contributes.configuration.properties['podgraph.maxConcurrency'];

test.each([
  [0, 'auto'],
  ['0', 'auto'],
  [1, 1],
  [64, 64],
  ['8', 8],
])('%j is valid', (value, meant) => {
  expect(parseConcurrency(value)).toBe(meant);
});

test.each(['fast', '', 'auto', 65, -1, 2.5, '065', '100', null, true, [], undefined])('%j is invalid', (value) => {
  expect(parseConcurrency(value)).toBeUndefined();
});

test('the setting declares the same range', () => {
  expect(declared).toMatchObject({ minimum: 0, maximum: maxConcurrency });
});
