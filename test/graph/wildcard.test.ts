import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wildcard } from '../../src/graph/model/wildcard';

/** The definition itself, by a table over both lengths. */
function matches(pattern: string, text: string): boolean {
  let row = Array.from({ length: text.length + 1 }, (_, at) => at === 0);
  for (const sign of pattern) {
    const next = row.map(() => false);
    for (let at = 0; at <= text.length; at++) {
      if (sign === '*') next[at] = row[at] === true || next[at - 1] === true;
      else next[at] = at > 0 && row[at - 1] === true && text[at - 1] === sign;
    }
    row = next;
  }
  return row.at(-1) === true;
}

const few = (signs: string) => fc.array(fc.constantFrom(...signs), { maxLength: 12 }).map((all) => all.join(''));

test('matches by definition, whatever the pattern and the name', () => {
  fc.assert(
    fc.property(few('ab*.'), few('ab.'), (pattern, text) => {
      expect(wildcard(pattern)(text)).toBe(matches(pattern, text));
    }),
    { numRuns: 5_000 },
  );
});

test('without regard to case, and with no other sign that means something', () => {
  expect(['Registry', 'registry-2'].map(wildcard('REGISTRY'))).toEqual([true, false]);
  expect(['a+b[0]\n', 'aab0'].map(wildcard('a+b[0]*'))).toEqual([true, false]);
});

test('(H3) takes no more time for many stars: going back over them would never end', () => {
  const stars = `${'*a'.repeat(2_000)}*b`;
  expect(wildcard(stars)('a'.repeat(200_000))).toBe(false);
  expect(wildcard(stars)(`${'a'.repeat(200_000)}b`)).toBe(true);
});
