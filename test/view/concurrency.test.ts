import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { maxConcurrency, parseConcurrency } from '../../src/view/settings';

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  contributes: { configuration: { properties: Record<string, { pattern: string; maximum: number }> } };
};
const declared = manifest.contributes.configuration.properties['podgraph.maxConcurrency'];

test.each([
  ['auto', 'auto'],
  [1, 1],
  [64, 64],
  ['8', 8],
])('%j is valid', (value, meant) => {
  expect(parseConcurrency(value)).toBe(meant);
});

test.each(['fast', '', 'AUTO', 0, 65, -1, 2.5, '0', '065', '100', null, true, [], undefined])(
  '%j is invalid',
  (value) => {
    expect(parseConcurrency(value)).toBeUndefined();
  },
);

test("the setting's pattern rejects exactly the invalid values", () => {
  const pattern = new RegExp(declared?.pattern ?? '');
  expect(declared?.maximum).toBe(maxConcurrency);
  for (const text of ['auto', '1', '9', '10', '59', '60', '64', '0', '65', '99', '100', 'fast', '']) {
    expect(pattern.test(text), text).toBe(parseConcurrency(text) !== undefined);
  }
});
