import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CsrAdjacency, toAdjacency } from '../../src/graph/model/adjacency';
import { findCycles, stronglyConnectedComponents, stronglyConnectedIndices } from '../../src/graph/model/scc';
import { cases, longChain } from '../amounts';

type Edges = readonly (readonly [from: number, to: number])[];

const adjacencyOf = (edges: Edges, count: number): CsrAdjacency =>
  toAdjacency(
    edges.map(([from]) => from),
    edges.map(([, to]) => to),
    count,
  );

/** The nodes reachable from a node, itself included. */
function reachable(edges: Edges, from: number): Set<number> {
  const found = new Set([from]);
  for (const node of found) for (const [a, b] of edges) if (a === node) found.add(b);
  return found;
}

const graphs = fc.integer({ min: 1, max: 7 }).chain((count) =>
  fc.record({
    count: fc.constant(count),
    edges: fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 12 }),
    starts: fc.uniqueArray(fc.nat(count - 1), { minLength: 1 }),
    split: fc.nat(12),
  }),
);

describe('strongly connected components', () => {
  test('have the nodes that reach each other, each after those it points to, of one or two adjacencies', () => {
    fc.assert(
      fc.property(graphs, ({ count, edges, starts, split }) => {
        const components = stronglyConnectedIndices(
          starts,
          count,
          adjacencyOf(edges.slice(0, split), count),
          adjacencyOf(edges.slice(split), count),
        );
        const all = new Set(starts.flatMap((start) => [...reachable(edges, start)]));
        expect(components.flat().sort()).toEqual([...all].sort());
        const at = new Map(components.flatMap((component, index) => component.map((node) => [node, index] as const)));
        for (const [from, to] of edges.filter(([one]) => all.has(one)))
          expect(at.get(to)).toBeLessThanOrEqual(at.get(from) ?? -1);
        for (const node of all)
          for (const other of all) {
            const isMutual = reachable(edges, node).has(other) && reachable(edges, other).has(node);
            expect(at.get(node) === at.get(other)).toBe(isMutual);
          }
      }),
      { numRuns: 10 * cases },
    );
  });

  test('list their nodes in the order of discovery', () => {
    const ring = adjacencyOf(
      [0, 1, 2, 3].map((node) => [node, (node + 1) % 4] as const),
      4,
    );
    expect(stronglyConnectedIndices([2], 4, ring)).toEqual([[2, 3, 0, 1]]);
    const pair = adjacencyOf([[0, 1], [1, 0]], 2); // prettier-ignore
    expect(stronglyConnectedIndices([0, 1], 2, pair)).toEqual([[0, 1]]);
  });

  test('need no call stack for a long path', () => {
    const count = 2 * longChain;
    const path = adjacencyOf(
      Array.from({ length: count - 1 }, (_, node) => [node, node + 1] as const),
      count,
    );
    const components = stronglyConnectedIndices([0], count, path);
    expect(components).toHaveLength(count);
    expect([components[0], components.at(-1)]).toEqual([[count - 1], [0]]);
  });

  test('of keys contain also those that only edges name', () => {
    const next: Readonly<Record<string, readonly string[]>> = { a: ['b', 'c'], b: ['a'], c: ['d'], e: [] };
    expect(stronglyConnectedComponents(['a', 'e', 'a'], (key) => next[key] ?? [])).toEqual([
      ['d'],
      ['c'],
      ['a', 'b'],
      ['e'],
    ]);
  });
});

describe('cycles', () => {
  test('are components with a path back, and self-loops', () => {
    fc.assert(
      fc.property(graphs, ({ count, edges, starts }) => {
        const adjacency = adjacencyOf(edges, count);
        const expected = stronglyConnectedIndices(starts, count, adjacency).filter(
          ([first, ...others]) => others.length > 0 || edges.some(([from, to]) => from === first && to === first),
        );
        const cycles = findCycles(starts, adjacency);
        expect(cycles.map((cycle) => [...cycle].sort())).toEqual(expected.map((component) => [...component].sort()));
        for (const cycle of cycles) {
          expect(new Set(cycle).size).toBe(cycle.length);
          // Depth first: each node is a successor of an earlier one.
          for (const [index, node] of cycle.entries())
            if (index > 0) expect(edges.some(([from, to]) => to === node && cycle.indexOf(from) < index)).toBe(true);
        }
      }),
      { numRuns: 5 * cases },
    );
  });

  test('are in depth-first order from the first node discovered', () => {
    const edges: Edges = [[0, 1], [1, 2], [2, 0], [0, 3], [3, 0], [1, 4]]; // prettier-ignore
    expect(findCycles([0], adjacencyOf(edges, 5))).toEqual([[0, 3, 1, 2]]);
  });
});
