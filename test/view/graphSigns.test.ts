import { expect, test } from 'vitest';
import { shield, iconAt, icons } from '../../src/view/graphPanel/svgShapes';

test.each(Object.entries({ ...icons, shield }))('the sign %s can be moved: only its moves are absolute', (_, sign) => {
  const [first, ...rest] = sign.path.split('M');
  expect(first).toBe('');
  expect(rest.length).toBeGreaterThan(0);
  for (const way of rest) expect(way).toMatch(/^[\d.]+ [\d.]+[^A-Z]*$/);
});

test('a sign elsewhere is the same sign there', () => {
  expect(iconAt({ path: 'M3 3l10 10M13.5 3l-10 10', solid: false }, 100, 20)).toBe('M103 23l10 10M113.5 23l-10 10');
  expect(iconAt(icons.running, 0, 0)).toBe(icons.running.path);
});
