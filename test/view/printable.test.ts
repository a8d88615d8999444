import fc from 'fast-check';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { printable } from '../../src/view/documents/documents';

test('colors, cursor movements, titles and links leave their text', () => {
  expect(printable('\u001b[1;31mred\u001b[0m \u001b]0;title\u0007plain\u001b(B')).toBe('red plain');
  expect(printable('\u001b]8;;https://a.b/c\u001b\\link\u001b]8;;\u001b\\.')).toBe('link.');
  expect(printable('\u009b2Kafter \u001bPq#0\u001b\\sixel\u001b#8')).toBe('after sixel');
  expect(printable('10 %\r50 %\r100 %')).toBe('100 %');
  expect(printable('tab\tstays, \u202ereversed\u202c does not, nor \u0000 or \u0008')).toBe(
    'tab\tstays, reversed does not, nor  or ',
  );
  expect(printable('العربية हिन्दी 中文 👩‍👩‍👧')).toBe('العربية हिन्दी 中文 👩‍👩‍👧');
});

test('colors and styles can remain, other sequences cannot', () => {
  expect(printable('\u001b[1;31mred\u001b[0m \u001b]0;title\u0007\u001b[2Jplain\u0007', true)).toBe(
    '\u001b[1;31mred\u001b[0m plain',
  );
  expect(printable('\u001b[?25m\u009b31mx', true)).toBe('x');
});

test('no control sequence remains, and other text is unchanged', () => {
  const signs = fc.constantFrom(
    '\u001b',
    '[',
    ']',
    '#',
    ';',
    '0',
    'm',
    '\u0007',
    '\\',
    '\u009b',
    '\u009c',
    '\u202e',
    'x',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(signs, { maxLength: 40 }), (parts) => {
      const shown = printable(parts.join(''));
      expect(shown).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202a-\u202e]/);
      expect(stripVTControlCharacters(shown)).toBe(shown);
    }),
    { numRuns: 5_000 },
  );
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab[]#;(0m\\') }), (line) => {
      expect(printable(line)).toBe(line);
    }),
  );
});

test('(H4) takes linear time', () => {
  const half = 1_000_000;
  for (const piece of [
    '\u001b',
    '#;',
    '\u001b#;',
    '\u001b[',
    '\u001b[0;',
    '\u001b]',
    '\u001b]8;;',
    '\u009b1',
    '\u001bP',
    '\u001b(',
  ]) {
    const line = piece.repeat(half / piece.length);
    expect(printable(`${line}x${line}`).length).toBeLessThanOrEqual(2 * half + 1);
  }
});
