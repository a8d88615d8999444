import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layoutComponents, type PackedLayout } from '../../../src/graph/layout/pack';
import type { LayoutNode, LayoutEdge, Placement } from '../../../src/graph/layout/geometry';

const item = fc.record({ width: fc.integer({ min: 40, max: 300 }), height: fc.integer({ min: 20, max: 120 }) });

/** Items, and edges from earlier ones to later ones, so without cycles. */
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
    .map((edges) => ({ items, edges }));
});

const layOut = (items: readonly LayoutNode[], edges: readonly LayoutEdge[], previous?: PackedLayout) =>
  layoutComponents(items, edges, { gap: 18, width: 1_200, previous });

function overlaps(items: readonly LayoutNode[], { positions }: Placement): string[] {
  const rects = items.map((one) => ({ ...one, ...(positions.get(one.id) ?? { x: NaN, y: NaN }) }));
  return rects.flatMap((a, at) =>
    rects.slice(at + 1).flatMap((b) => {
      const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
      return apart ? [] : [`${a.id} ${b.id}`];
    }),
  );
}

describe('the layout of components', () => {
  it('has no overlapping items, and fits its size', () => {
    fc.assert(
      fc.property(acyclic, ({ items, edges }) => {
        const layout = layOut(items, edges);
        expect(overlaps(items, layout)).toEqual([]);
        for (const one of items) {
          const { x, y } = layout.positions.get(one.id) ?? { x: NaN, y: NaN };
          expect(x).toBeGreaterThanOrEqual(0);
          expect(y).toBeGreaterThanOrEqual(0);
          // Positions are rounded.
          expect(x + one.width).toBeLessThanOrEqual(layout.width + 1);
          expect(y + one.height).toBeLessThanOrEqual(layout.height + 1);
        }
      }),
    );
  });

  it('routes all edges downwards', () => {
    fc.assert(
      fc.property(acyclic, ({ items, edges }) => {
        const { positions, routes } = layOut(items, edges);
        const height = new Map(items.map((one) => [one.id, one.height]));
        for (const { from, to } of edges) {
          expect((positions.get(from)?.y ?? NaN) + (height.get(from) ?? NaN)).toBeLessThan(positions.get(to)?.y ?? NaN);
        }
        for (const { from, to, points } of routes) {
          const ys = [positions.get(from)?.y ?? NaN, ...points.map(({ y }) => y), positions.get(to)?.y ?? NaN];
          expect(ys).toEqual([...ys].sort((a, b) => a - b));
        }
      }),
    );
  });

  it('is deterministic', () => {
    fc.assert(
      fc.property(acyclic, ({ items, edges }) => {
        expect(layOut(items, edges)).toEqual(layOut(items, edges));
      }),
    );
  });

  it('supports cycles', () => {
    const items = ['a', 'b', 'c'].map((id) => ({ id, width: 100, height: 40 }));
    const edges = [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'c' },
      { from: 'c', to: 'a' },
      { from: 'c', to: 'c' },
    ];
    const layout = layOut(items, edges);
    expect(overlaps(items, layout)).toEqual([]);
    expect([...layout.positions.values()].map(({ y }) => y)).toEqual([0, 80, 160]);
  });

  it('splits wide layers', () => {
    const many = Array.from({ length: 100 }, (_, at) => ({ id: `d${at}`, width: 120, height: 44 }));
    const edges = many.map(({ id }) => ({ from: id, to: 'base' }));
    const star = layOut([...many, { id: 'base', width: 120, height: 44 }], edges);
    expect(star.width).toBeLessThan(4_000);
  });

  it('keeps all positions when an isolated item is added or removed', () => {
    fc.assert(
      fc.property(acyclic, ({ items, edges }) => {
        const before = layOut(items, edges);
        const after = layOut([{ id: 'new', width: 40, height: 20 }, ...items], edges, before);
        for (const { id } of items) expect(after.positions.get(id)).toEqual(before.positions.get(id));
        const again = layOut(items, edges, after);
        for (const { id } of items) expect(again.positions.get(id)).toEqual(before.positions.get(id));
      }),
    );
  });
});
