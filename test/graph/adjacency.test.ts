import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hardEdges, toAdjacency, type CsrAdjacency, transitiveDependents } from '../../src/graph/model/adjacency';
import { ContainerGraph, countNodes } from '../../src/graph/model/graph';
import { type GraphEdge, nodeKey } from '../../src/graph/model/model';
import { container, edge, graphOf, key, podKey, podMember } from './build';

const rowsOf = ({ offsets, targets }: CsrAdjacency) =>
  Array.from({ length: offsets.length - 1 }, (_, node) => [...targets.subarray(offsets[node], offsets[node + 1])]);

const pairs = fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 20 });

test('an adjacency has each edge once, in order, and its sources in order of first occurrence', () => {
  fc.assert(
    fc.property(pairs, (edges) => {
      const adjacency = toAdjacency(
        edges.map(([from]) => from),
        edges.map(([, to]) => to),
        6,
      );
      const expected = [0, 1, 2, 3, 4, 5].map((node) => [
        ...new Set(edges.flatMap(([from, to]) => (from === node ? [to] : []))),
      ]);
      expect(rowsOf(adjacency)).toEqual(expected);
      expect(adjacency.targets).toHaveLength(expected.flat().length);
      expect(adjacency.firstSeen).toEqual([...new Set(edges.map(([from]) => from))]);
    }),
  );
});

test('the hard edges of a graph are those of its edges, among included nodes if these are given', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(5), fc.nat(5), fc.boolean()), { minLength: 1, maxLength: 20 }),
      fc.array(fc.nat(1), { minLength: 6, maxLength: 6 }),
      (list, included) => {
        const { indexed } = graphOf(list.map(([a, b, soft]) => `c${a}${soft ? '~' : '>'}c${b}`).join(' '));
        const { successors, nodes, indexOf } = indexed;
        const isHardPair = (from: number, to: number) =>
          list.some(([a, b, soft]) => !soft && indexOf.get(key(`c${a}`)) === from && indexOf.get(key(`c${b}`)) === to);
        const expected = (has: (node: number) => boolean) =>
          nodes.map((_, from) => nodes.flatMap((__, to) => (isHardPair(from, to) && has(from) && has(to) ? [to] : [])));
        const sorted = (adjacency: CsrAdjacency) => rowsOf(adjacency).map((row) => row.sort((a, b) => a - b));
        expect(sorted(hardEdges(successors))).toEqual(expected(() => true));
        const some = Uint8Array.from(included);
        expect(sorted(hardEdges(successors, some))).toEqual(expected((node) => some[node] === 1));
      },
    ),
  );
});

describe('the edges of a graph', () => {
  const build = (edges: readonly GraphEdge[]) =>
    ContainerGraph.build({
      containers: [
        container('i', { isInfra: true, pod: podKey('p'), podName: 'p' }),
        podMember('p', 'a'),
        podMember('p', 'b'),
        container('c'),
      ],
      pods: [],
      edges,
    });

  test('are merged, with all reasons and the first declared condition', () => {
    const graph = build([
      edge('a', 'c', 'link'),
      { ...edge('a', 'c', 'depends-on'), condition: 'healthy' },
      { ...edge('a', 'c', 'link'), condition: 'started', propagatesRestart: true },
    ]);
    const [, merged] = graph.dependencies(key('a'));
    expect(merged).toEqual({
      ...{ from: key('a'), to: key('c'), reasons: ['link', 'depends-on'] },
      ...{ condition: 'healthy', propagatesRestart: true },
    });
    expect(graph.dependents(key('c'))).toEqual([merged]);
    expect(build([edge('b', 'c', 'link'), edge('b', 'c')]).dependencies(key('b'))[1]).toEqual({
      ...{ from: key('b'), to: key('c'), reasons: ['link', 'requires'] },
    });
  });

  test('of members to their pod come first, and those of infra containers are their pod’s', () => {
    const graph = build([edge('a', 'i'), edge('c', 'i'), edge('i', 'c'), edge('i', 'a')]);
    expect(graph.dependencies(key('a'))).toEqual([
      { from: key('a'), to: podKey('p'), reasons: ['member', 'requires'] },
    ]);
    expect(graph.dependencies(key('c'))).toEqual([{ from: key('c'), to: podKey('p'), reasons: ['requires'] }]);
    expect(graph.dependencies(podKey('p'))).toEqual([
      { from: podKey('p'), to: key('c'), reasons: ['requires'] },
      { from: podKey('p'), to: key('a'), reasons: ['requires'] },
    ]);
    expect(graph.dependencies(key('i'))).toEqual([]);
  });

  test('are none between an infra container and its pod, or of a removed dependent', () => {
    const graph = build([
      { from: key('i'), to: podKey('p'), reasons: ['network'] },
      { from: podKey('p'), to: key('i'), reasons: ['network'] },
      edge('gone', 'c'),
    ]);
    expect(graph.dependencies(podKey('p'))).toEqual([]);
    expect(graph.dependents(key('c'))).toEqual([]);
    expect(graph.nodes.has(key('gone'))).toBe(false);
    expect(build([edge('c', 'c')]).dependencies(key('c'))).toHaveLength(1);
  });

  test('add dependencies that no list contains, by their former names or short ids', () => {
    const long = '0123456789abcdef';
    const hidden: GraphEdge = { from: key('c'), to: podKey(long), reasons: ['requires'] };
    const graph = ContainerGraph.build({
      containers: [container('c')],
      pods: [],
      edges: [edge('c', long), hidden, edge('c', 'old')],
      nameOf: (of) => (of === key('old') ? 'name' : undefined),
    });
    expect(graph.get(key(long))).toMatchObject({ kind: 'container', name: '0123456789ab', unlisted: true });
    expect(graph.get(key('old'))).toMatchObject({ name: 'name', unlisted: true });
    expect(graph.get(podKey(long))).toEqual({
      ...{ kind: 'pod', key: podKey(long), id: long, name: '0123456789ab', state: 'empty', labels: {} },
      ...{ createdAt: undefined, infra: undefined },
    });
    expect(countNodes(graph, 'e')).toEqual({ pods: 1, containers: 1 });
    expect(countNodes(graph, 'other')).toEqual({ pods: 0, containers: 0 });
  });
});

test('the nodes of an engine are counted without those of others', () => {
  const other = container('x', { key: nodeKey('f', 'container', 'x') });
  const graph = ContainerGraph.build({
    containers: [podMember('p', 'a'), container('b'), other],
    pods: [],
    edges: [],
  });
  expect([countNodes(graph, 'e'), countNodes(graph, 'f')]).toEqual([
    { pods: 1, containers: 2 },
    { pods: 0, containers: 1 },
  ]);
});

test('dependents do not contain the given nodes, even in a cycle', () => {
  const dependents = new Map([
    ['a', ['b']],
    ['b', ['a', 'c']],
    ['c', ['b', 'd']],
  ]);
  expect([...transitiveDependents(['a'], dependents)].sort()).toEqual(['b', 'c', 'd']);
  expect([...transitiveDependents(['d'], dependents)]).toEqual([]);
});
