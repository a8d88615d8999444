import { expect, test } from 'vitest';
import {
  asArray,
  asLabels,
  asNumber,
  asObject,
  asString,
  asStrings,
  asTrimmed,
  excerpt,
  isObject,
  isStrings,
  noStrings,
  tryParseJson,
} from '../../src/graph/model/untrusted';

const object = { a: 1 };
const list = ['a', '', 1, 'b'];
const values = [undefined, null, true, 0, NaN, Infinity, -1.5, '', ' a ', object, [], list, ['a']] as const;

test.each<[string, (value: unknown) => unknown, readonly unknown[]]>([
  ['isObject', isObject, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0].map(Boolean)],
  ['isStrings', isStrings, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1].map(Boolean)],
  ['asObject', asObject, [{}, {}, {}, {}, {}, {}, {}, {}, {}, object, {}, {}, {}]],
  ['asString', asString, ['', '', '', '', '', '', '', '', ' a ', '', '', '', '']],
  ['asTrimmed', asTrimmed, values.map((value) => (value === ' a ' ? 'a' : undefined))],
  ['asNumber', asNumber, values.map((value) => (value === 0 || value === -1.5 ? value : undefined))],
  ['asArray', asArray, [[], [], [], [], [], [], [], [], [], [], [], list, ['a']]],
  ['asStrings', asStrings, [[], [], [], [], [], [], [], [], [], [], [], ['a', 'b'], ['a']]],
])('%s reads one value, and nothing from an invalid one', (_, read, expected) => {
  expect(values.map((value) => read(value))).toEqual(expected);
});

test('a list without texts is shared', () => {
  expect([asStrings(undefined), asStrings([1])]).toEqual([[], []]);
  expect(asStrings([''])).toBe(noStrings);
});

test('labels are texts, and have no prototype', () => {
  const labels = asLabels({ constructor: 'a', b: 1, c: null, d: '' });
  expect(Object.entries(labels)).toEqual([
    ['constructor', 'a'],
    ['d', ''],
  ]);
  expect(Object.getPrototypeOf(labels)).toBeNull();
  expect('toString' in labels).toBe(false);
});

test('labels that are valid are the parsed object itself, unless it is frozen', () => {
  const own = { a: 'b' };
  expect(asLabels(own)).toBe(own);
  const frozen = Object.freeze({ a: 'b' });
  expect(asLabels(frozen)).not.toBe(frozen);
  expect({ ...asLabels(frozen) }).toEqual({ a: 'b' });
});

test('absent labels are shared', () => {
  expect(asLabels({})).toBe(asLabels('x'));
  expect(Object.getPrototypeOf(asLabels(undefined))).toBeNull();
});

test('text that is not JSON has no value', () => {
  expect([tryParseJson('{"a":[1]}'), tryParseJson('{'), tryParseJson('')]).toEqual([{ a: [1] }, undefined, undefined]);
});

test('an excerpt is one line without control characters, and no longer than the limit', () => {
  expect(excerpt('  a\r\n\tb\u0007c\u2028d  ')).toBe('a b c d');
  expect(excerpt('x'.repeat(80))).toBe('x'.repeat(80));
  expect(excerpt('x'.repeat(81))).toBe(`${'x'.repeat(79)}…`);
  expect(excerpt('abcdef', 3)).toBe('ab…');
  expect(excerpt(`a${' '.repeat(20)}b`, 3)).toBe('a');
});
