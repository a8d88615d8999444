import { expect, test } from 'vitest';
import { assignCoordinates, sugiyamaLayout } from '../../../src/graph/layout/layered';

type Size = readonly [width: number, height: number];
/** Centers and tops by node. */
type Drawing = Readonly<Record<string, readonly [center: number, top: number]>>;

/** The layout of a graph: `a>b` is an edge from a to b. */
function layout(text: string, sizes: Readonly<Record<string, Size>> = {}) {
  const names = new Set<string>();
  const edges = text.split(' ').map((token) => {
    const [from = '', to = ''] = token.split('>');
    names.add(from).add(to);
    return { from, to };
  });
  const items = [...names].map((id) => ({ id, width: sizes[id]?.[0] ?? 100, height: sizes[id]?.[1] ?? 20 }));
  const placement = sugiyamaLayout(items, edges);
  const drawing: Drawing = Object.fromEntries(
    items.map(({ id, width }) => {
      const { x, y } = placement.positions.get(id) ?? { x: NaN, y: NaN };
      return [id, [x + width / 2, y]];
    }),
  );
  return { ...placement, drawing };
}

test.each<[string, string, Drawing]>([
  ['a fork is centered above its targets', 'a>b a>c', { a: [110, 0], b: [50, 60], c: [170, 60] }],
  ['a target is centered below its sources', 'a>c b>c', { a: [50, 0], b: [170, 0], c: [110, 60] }],
  [
    'levels of a tree are centered on both neighbors',
    'a>b a>c c>d c>e c>f',
    { a: [140, 0], b: [80, 60], c: [200, 60], d: [50, 120], e: [170, 120], f: [290, 120] },
  ],
  [
    'a chain of forks becomes a zigzag',
    'a>b c>b c>d e>d e>f',
    { a: [50, 0], b: [90, 60], c: [170, 0], d: [210, 60], e: [290, 0], f: [330, 60] },
  ],
  [
    'a node with three sources is below their middle',
    'a>b a>c a>d b>e c>e d>e',
    { a: [170, 0], b: [50, 60], c: [170, 60], d: [290, 60], e: [170, 120] },
  ],
  [
    'a node is at the mean of what it is connected to, two layers down',
    'r>a r>b a>c a>d b>e b>f c>g d>g',
    {
      r: [230, 0],
      ...{ a: [110, 60], b: [350, 60] },
      ...{ c: [50, 120], d: [170, 120], e: [290, 120], f: [410, 120], g: [140, 180] },
    },
  ],
  [
    'sources are ordered so that no edges cross',
    'a>x b>y a>y b>x c>x',
    { a: [50, 0], b: [170, 0], c: [290, 0], x: [210, 60], y: [90, 60] },
  ],
])('%s', (_, text, expected) => {
  expect(layout(text).drawing).toEqual(expected);
});

test('a layer is as high as its highest node, and the others are in its middle', () => {
  const { drawing, width, height } = layout('a>b b>c a>d', { a: [200, 20], b: [50, 60], d: [50, 20], c: [100, 41] });
  expect(drawing['b']?.[1]).toBe(60);
  expect(drawing['d']?.[1]).toBe(80);
  expect(drawing['c']?.[1]).toBe(160);
  expect([width, height]).toEqual([200, 201]);
});

test('an edge that passes a layer is routed beside its nodes', () => {
  const { drawing, routes, width } = layout('a>b b>c c>d a>d');
  expect(drawing).toEqual({ a: [83, 0], b: [50, 60], c: [50, 120], d: [83, 180] });
  const points = [
    { x: 115, y: 70 },
    { x: 115, y: 130 },
  ];
  expect(routes).toEqual([{ from: 'a', to: 'd', points }]);
  expect(width).toBe(133);
});

test('a wide layer is split into rows', () => {
  const users = Array.from({ length: 18 }, (_, at) => `u${String(at)}`);
  const { drawing, width } = layout(users.map((user) => `${user}>db`).join(' '));
  const rows = users.map((user) => drawing[user]?.[1]);
  expect([...new Set(rows)]).toEqual([0, 60, 120]);
  expect(rows.filter((top) => top === 0)).toHaveLength(6);
  expect(width).toBeLessThan(18 * 120);
});

test('a star with more dummy nodes than the limit has a position for each node, and straight edges', () => {
  const users = Array.from({ length: 1_000 }, (_, at) => `u${String(at)}`);
  const { positions, routes, width, height } = layout(users.map((user) => `${user}>db`).join(' '));
  for (const [id, { x, y }] of positions) {
    expect(x >= 0 && x <= width, id).toBe(true);
    expect(y >= 0 && y <= height, id).toBe(true);
  }
  const rows = new Map<number, number[]>();
  for (const { x, y } of positions.values()) rows.set(y, [...(rows.get(y) ?? []), x]);
  for (const row of rows.values()) {
    row.sort((a, b) => a - b);
    for (const [at, x] of row.entries()) if (at > 0) expect(x - (row[at - 1] ?? 0)).toBeGreaterThanOrEqual(119);
  }
  expect(routes.reduce((sum, { points }) => sum + points.length, 0)).toBeLessThan(6_100);
  expect(routes.length).toBeLessThan(1_000);
});

test.each<[string, readonly number[], readonly number[]]>([
  ['free nodes get what they desire', [0, 100], [0, 100]],
  ['two that overlap share the shift', [0, 0], [-5, 5]],
  ['a third pushes both', [0, 0, 10], [-20 / 3, 10 / 3, 40 / 3]],
  ['those in the wrong order are adjacent', [50, 0], [20, 30]],
  ['a node at the end is not moved', [0, 0, 100], [-5, 5, 100]],
])('%s', (_, desired, expected) => {
  const widths = desired.map(() => 10);
  for (const [at, center] of assignCoordinates(desired, widths).entries())
    expect(center).toBeCloseTo(expected[at] ?? NaN);
});
