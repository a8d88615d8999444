import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layoutComponents } from '../../../src/graph/layout/pack';
import type { LayoutNode, LayoutEdge, Placement } from '../../../src/graph/layout/geometry';

const item = fc.record({ width: fc.integer({ min: 40, max: 300 }), height: fc.integer({ min: 20, max: 120 }) });

/** Items, and lines from earlier ones to later ones, so that there is no cycle. */
const acyclic = fc.array(item, { minLength: 1, maxLength: 40 }).chain((sizes) => {
  const items = sizes.map((size, at): LayoutNode => ({ id: `n${at}`, ...size }));
  const end = fc.nat({ max: items.length - 1 });
  return fc
    .array(fc.tuple(end, end), { maxLength: 80 })
    .map((pairs) =>
      pairs.flatMap(([a, b]): LayoutEdge[] =>
        a === b ? [] : [{ from: `n${Math.min(a, b)}`, to: `n${Math.max(a, b)}` }],
      ),
    )
    .map((lines) => ({ items, lines }));
});

function overlaps(items: readonly LayoutNode[], { positions }: Placement): string[] {
  const rects = items.map((one) => ({ ...one, ...(positions.get(one.id) ?? { x: NaN, y: NaN }) }));
  return rects.flatMap((a, at) =>
    rects.slice(at + 1).flatMap((b) => {
      const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
      return apart ? [] : [`${a.id} ${b.id}`];
    }),
  );
}

describe('an arrangement', () => {
  it('lets no two items overlap, and lies within its own size', () => {
    fc.assert(
      fc.property(acyclic, ({ items, lines }) => {
        const made = layoutComponents(items, lines);
        expect(overlaps(items, made)).toEqual([]);
        for (const one of items) {
          const { x, y } = made.positions.get(one.id) ?? { x: NaN, y: NaN };
          expect(x).toBeGreaterThanOrEqual(0);
          expect(y).toBeGreaterThanOrEqual(0);
          // Half a unit is lost to rounding on either side.
          expect(x + one.width).toBeLessThanOrEqual(made.width + 1);
          expect(y + one.height).toBeLessThanOrEqual(made.height + 1);
        }
      }),
    );
  });

  it('lets every line run downwards, also through the points where it passes others', () => {
    fc.assert(
      fc.property(acyclic, ({ items, lines }) => {
        const { positions, routes } = layoutComponents(items, lines);
        const height = new Map(items.map((one) => [one.id, one.height]));
        for (const { from, to } of lines) {
          expect((positions.get(from)?.y ?? NaN) + (height.get(from) ?? NaN)).toBeLessThan(positions.get(to)?.y ?? NaN);
        }
        for (const { from, to, points } of routes) {
          const stops = [positions.get(from)?.y ?? NaN, ...points.map(({ y }) => y), positions.get(to)?.y ?? NaN];
          expect(stops).toEqual([...stops].sort((a, b) => a - b));
        }
      }),
    );
  });

  it('is the same for the same input', () => {
    fc.assert(
      fc.property(acyclic, ({ items, lines }) => {
        expect(layoutComponents(items, lines)).toEqual(layoutComponents(items, lines));
      }),
    );
  });

  it('places what need each other too', () => {
    const items = ['a', 'b', 'c'].map((id) => ({ id, width: 100, height: 40 }));
    const lines = [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'c' },
      { from: 'c', to: 'a' },
      { from: 'c', to: 'c' },
    ];
    const made = layoutComponents(items, lines);
    expect(overlaps(items, made)).toEqual([]);
    expect([...made.positions.values()].map(({ y }) => y)).toEqual([0, 86, 172]);
  });

  it('breaks a layer of many', () => {
    const many = Array.from({ length: 100 }, (_, at) => ({ id: `d${at}`, width: 120, height: 44 }));
    const lines = many.map(({ id }) => ({ from: id, to: 'base' }));
    const star = layoutComponents([...many, { id: 'base', width: 120, height: 44 }], lines);
    expect(star.width).toBeLessThan(4_000);
  });

  it('leaves everything where it was when something comes that nothing is tied to, or goes', () => {
    fc.assert(
      fc.property(acyclic, ({ items, lines }) => {
        const before = layoutComponents(items, lines);
        const after = layoutComponents([{ id: 'new', width: 40, height: 20 }, ...items], lines, before);
        for (const { id } of items) expect(after.positions.get(id)).toEqual(before.positions.get(id));
        const again = layoutComponents(items, lines, after);
        for (const { id } of items) expect(again.positions.get(id)).toEqual(before.positions.get(id));
      }),
    );
  });
});
