import { expect, test } from 'vitest';
import { iconAt, icons, marks } from '../../src/view/graphPanel/svgShapes';

test.each(
  Object.entries({ ...icons, ...Object.fromEntries(Object.entries(marks).map(([mark, { icon }]) => [mark, icon])) }),
)('icon %s can be translated: only its move commands are absolute', (_, icon) => {
  const [first, ...rest] = icon.path.split('M');
  expect(first).toBe('');
  expect(rest.length).toBeGreaterThan(0);
  for (const move of rest) expect(move).toMatch(/^[\d.]+ [\d.]+[^A-Z]*$/);
});

test('a translated icon has the same shape', () => {
  expect(iconAt({ path: 'M3 3l10 10M13.5 3l-10 10', solid: false }, 100, 20)).toBe('M103 23l10 10M113.5 23l-10 10');
  expect(iconAt(icons.running, 0, 0)).toBe(icons.running.path);
});
