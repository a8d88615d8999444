import { expect, test } from 'vitest';
import { layoutComponents } from '../../../src/graph/layout/pack';

const item = (id: string, width: number, height: number) => ({ id, width, height });

test('isolated items fill rows up to the width, with gaps in between', () => {
  const items = [item('a', 60, 20), item('b', 30, 40), item('c', 100, 10)];
  const { positions, width, height } = layoutComponents(items, [], { gap: 10, width: 100 });
  expect(Object.fromEntries(positions)).toEqual({ a: { x: 0, y: 0 }, b: { x: 70, y: 0 }, c: { x: 0, y: 50 } });
  expect({ width, height }).toEqual({ width: 100, height: 60 });
});

test('an item wider than the preferred width has a row of its own', () => {
  const { positions, width } = layoutComponents([item('a', 30, 10), item('wide', 90, 10)], [], { gap: 5, width: 50 });
  expect(positions.get('wide')).toEqual({ x: 0, y: 15 });
  expect(width).toBe(90);
});

test('without items the drawing is empty', () => {
  const { width, height } = layoutComponents([], [], { gap: 10, width: 100 });
  expect({ width, height }).toEqual({ width: 0, height: 0 });
});
