import { describe, expect, it } from 'vitest';
import { findEdgeAt } from '../../src/view/graphPanel/webview/hitTest';
import { toSvgPath } from '../../src/view/graphPanel/svgShapes';

const line = (name: string, points: Parameters<typeof toSvgPath>[0], back = false) => ({
  name,
  path: toSvgPath(points, back),
});
const left = line('left', [
  { x: 0, y: 0 },
  { x: 0, y: 100 },
]);
const bent = line('bent', [
  { x: 100, y: 0 },
  { x: 200, y: 80 },
  { x: 200.5, y: 160 },
]);
const back = line(
  'back',
  [
    { x: 300, y: 100 },
    { x: 300, y: 0 },
  ],
  true,
);
const all = [left, bent, back];
const at = (x: number, y: number, reach = 6) => findEdgeAt(all, { x, y }, reach)?.name;

describe('the edge under the pointer', () => {
  it('is the nearest within the tolerance, on all bends', () => {
    expect(at(3, 50)).toBe('left');
    expect(at(150, 40)).toBe('bent');
    expect(at(202, 120)).toBe('bent');
    // A back edge curves to the side.
    expect(at(327, 50)).toBe('back');
    expect(at(300, 50)).toBeUndefined();
  });

  it('is undefined if no edge is near, however wide edges curve', () => {
    expect(at(10, 50)).toBeUndefined();
    expect(at(10, 50, 12)).toBe('left');
    expect(at(0, 108)).toBeUndefined();
    expect(findEdgeAt([], { x: 0, y: 0 }, 6)).toBeUndefined();
  });
});
