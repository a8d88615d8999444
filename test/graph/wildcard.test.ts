import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wildcard } from '../../src/graph/model/protection';
import { cases } from '../amounts';

/** Reference implementation by dynamic programming. */
function matches(pattern: string, text: string): boolean {
  let row = Array.from({ length: text.length + 1 }, (_, at) => at === 0);
  for (const char of pattern) {
    const next = row.map(() => false);
    for (let at = 0; at <= text.length; at++) {
      if (char === '*') next[at] = row[at] === true || next[at - 1] === true;
      else next[at] = at > 0 && row[at - 1] === true && text[at - 1] === char;
    }
    row = next;
  }
  return row.at(-1) === true;
}

const textOf = (chars: string) => fc.array(fc.constantFrom(...chars), { maxLength: 12 }).map((all) => all.join(''));

test('matches like the reference implementation', () => {
  fc.assert(
    fc.property(textOf('ab*.'), textOf('ab.'), (pattern, text) => {
      expect(wildcard(pattern)(text)).toBe(matches(pattern, text));
    }),
    { numRuns: 50 * cases },
  );
});

test('is case-insensitive, and all other characters are literal', () => {
  expect(['Registry', 'registry-2'].map(wildcard('REGISTRY'))).toEqual([true, false]);
  expect(['a+b[0]\n', 'aab0'].map(wildcard('a+b[0]*'))).toEqual([true, false]);
});

test('(H3) is linear in the number of stars', () => {
  const stars = `${'*a'.repeat(2_000)}*b`;
  expect(wildcard(stars)('a'.repeat(200_000))).toBe(false);
  expect(wildcard(stars)(`${'a'.repeat(200_000)}b`)).toBe(true);
});
