import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import { isHard, type NodeKey } from '../../src/graph/model/model';
import type { Unit } from '../../src/graph/plan/plan';
import { buildUnits } from '../../src/graph/plan/units';
import { container, edge, graphOf, key, podKey, podMember } from './build';

/** Edges of up to eight containers, hard or soft, and the numbers of those that are planned. */
const graphs = fc.record({
  edges: fc.array(fc.tuple(fc.nat(7), fc.nat(7), fc.boolean()), { maxLength: 14 }),
  planned: fc.uniqueArray(fc.nat(7), { minLength: 1 }),
});

const graphFrom = (edges: readonly (readonly [number, number, boolean])[]) =>
  graphOf(
    [
      ...Array.from({ length: 8 }, (_, at) => `c${at}`),
      ...edges.map(([from, to, isSoft]) => `c${from}${isSoft ? '~' : '>'}c${to}`),
    ].join(' '),
  );

/** Whether one key leads to another over these edges. */
function leads(edges: readonly (readonly [NodeKey, NodeKey])[], from: NodeKey, to: NodeKey): boolean {
  const found = new Set<NodeKey>([from]);
  for (const one of found) for (const [source, target] of edges) if (source === one) found.add(target);
  return found.has(to);
}

test.each(['remove', 'start'] as const)(
  'the units of any %s have exactly the order that the edges demand',
  (action) => {
    fc.assert(
      fc.property(graphs, ({ edges, planned }) => {
        const graph = graphFrom(edges);
        const keys = planned.map((at) => key(`c${at}`));
        const indices = keys.map((one) => graph.indexed.indexOf.get(one) as number);
        const timeouts = new Float64Array(graph.nodes.size).map((_, index) => index + 1);
        const { units, nodeIndices, cycles } = buildUnits(graph, indices, timeouts, action);

        const inner = keys.flatMap((from) => graph.dependencies(from).filter(({ to }) => keys.includes(to)));
        const hard = inner.filter(isHard).map(({ from, to }) => [from, to] as const);
        const all = inner.map(({ from, to }) => [from, to] as const);
        const isSameUnit = (one: NodeKey, other: NodeKey) => leads(hard, one, other) && leads(hard, other, one);
        const unitOf = new Map(units.flatMap((unit) => unit.nodes.map((node) => [node, unit] as const)));
        const idOf = (node: NodeKey) => (unitOf.get(node) as Unit).id;

        expect([...unitOf.keys()].sort()).toEqual([...keys].sort());
        for (const one of keys)
          for (const other of keys) expect(idOf(one) === idOf(other)).toBe(isSameUnit(one, other));

        const between = (isWanted: (from: NodeKey, to: NodeKey) => boolean, unit: Unit) => {
          const ids = all.flatMap(([from, to]) => {
            const [waiting, before] = action === 'start' ? [from, to] : [to, from];
            return unit.nodes.includes(waiting) && idOf(before) !== unit.id && isWanted(from, to) ? [idOf(before)] : [];
          });
          return [...new Set(ids)].sort();
        };
        const isHardEdge = (from: NodeKey, to: NodeKey) => hard.some(([a, b]) => a === from && b === to);
        const isKept = (from: NodeKey, to: NodeKey) => !isHardEdge(from, to) && !leads(all, to, from);
        const position = new Map(units.map(({ id }, at) => [id, at]));
        units.forEach((unit, at) => {
          expect([...unit.hardDependencies].sort()).toEqual(between(isHardEdge, unit));
          expect([...unit.softDependencies].sort()).toEqual(between(isKept, unit));
          const before = [...unit.hardDependencies, ...unit.softDependencies].map(
            (id) => units[position.get(id) ?? -1],
          );
          expect(unit.step).toBe(Math.max(0, ...before.map((one) => (one?.step ?? NaN) + 1)));
          for (const one of before) expect(position.get(one?.id ?? '')).toBeLessThan(at);
          expect(unit.targets).toEqual(unit.nodes);
          expect(unit).toMatchObject({
            kind: unit.nodes.length > 1 ? 'cycle' : 'container',
            engine: 'e',
            action,
            infra: [],
          });
          expect(unit.id).toBe(unit.targets[0]);
          const own = nodeIndices[at] ?? [];
          expect(own.map((index) => graph.indexed.nodes[index]?.key)).toEqual(unit.nodes);
          expect(unit.stopTimeout).toBe(own.reduce((sum, index) => sum + index + 1, 0));
        });
        const inCycles = keys.filter((one) => hard.some(([from, to]) => from === one && leads(hard, to, one)));
        expect(cycles.flat().sort()).toEqual(inCycles.sort());
      }),
    );
  },
);

test('without edges, units are in the order of the selection', () => {
  const graph = graphOf('a b c');
  const indices = ['c', 'a', 'b'].map((name) => graph.indexed.indexOf.get(key(name)) as number);
  for (const action of ['remove', 'start'] as const) {
    const names = buildUnits(graph, indices, new Float64Array(3), action).units.map(({ id }) => id);
    expect(names).toEqual(action === 'remove' ? [key('c'), key('a'), key('b')] : [key('b'), key('a'), key('c')]);
  }
});

test('a pod is a unit with its planned members, and a member without it is one of its own', () => {
  const infra = container('infra', { isInfra: true, pod: podKey('p'), podName: 'p' });
  const graph = ContainerGraph.build({
    containers: [infra, podMember('p', 'a'), podMember('p', 'b'), podMember('q', 'c'), container('user')],
    pods: [],
    edges: [edge('a', 'b'), edge('user', 'a'), edge('b', 'a')],
  });
  const indexOf = (one: NodeKey) => graph.indexed.indexOf.get(one) as number;
  const keys = [key('user'), key('b'), podKey('p'), key('c'), key('a')];
  const timeouts = new Float64Array(graph.nodes.size).fill(1);
  const { units, cycles } = buildUnits(graph, keys.map(indexOf), timeouts);
  expect(units.map(({ kind, targets, nodes, infra: own }) => [kind, targets, nodes, own])).toEqual([
    ['container', [key('user')], [key('user')], []],
    ['pod', [podKey('p')], [podKey('p'), key('b'), key('a')], [infra.key]],
    ['container', [key('c')], [key('c')], []],
  ]);
  expect(units[1]).toMatchObject({ hardDependencies: [key('user')], step: 1, stopTimeout: 3 });
  expect(cycles.map((cycle) => [...cycle].sort())).toEqual([[key('a'), key('b')]]);
});
