import fc from 'fast-check';
import { expect, test } from 'vitest';
import { zoomLevelAt } from '../../src/view/graphPanel/webview/zoomLevel';

test('names are at least 11 px high at every scale that shows them', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 3, noNaN: true }), (scale) => {
      const { id, nameSize } = zoomLevelAt(scale);
      if (id === 'tiles') expect(scale).toBeLessThan(0.34);
      else expect(nameSize * scale).toBeGreaterThanOrEqual(11 - 0.001);
    }),
  );
  expect([1, 0.85, 0.84, 0.5, 0.34, 0.2].map((scale) => zoomLevelAt(scale).id)).toEqual([
    'full',
    'full',
    'names',
    'names',
    'names',
    'tiles',
  ]);
});
