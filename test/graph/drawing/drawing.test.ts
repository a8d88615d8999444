import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rect } from '../../../src/graph/layout/geometry';
import { layoutScene } from '../../../src/graph/layout/layoutScene';
import { toMermaid } from '../../../src/graph/layout/mermaid';
import { nextInDirection } from '../../../src/graph/layout/navigation';
import { buildScene } from '../../../src/graph/layout/scene';
import { buildDependentsIndex, transitiveDependents } from '../../../src/graph/model/adjacency';
import { ContainerGraph } from '../../../src/graph/model/graph';
import { type ContainerNode, engineOf, type GraphEdge, isHard, nodeKey } from '../../../src/graph/model/model';
import { planRemoval } from '../../../src/graph/plan/planRemoval';
import { container } from '../build';

/** Containers on two engines, some in pods, some in compose projects; edges from later ones to earlier ones of their engine. */
const graphs = fc
  .array(fc.record({ engine: fc.nat(1), home: fc.nat(5), needs: fc.array(fc.tuple(fc.nat(30), fc.boolean())) }), {
    minLength: 1,
    maxLength: 30,
  })
  .map((wishes) => {
    const containers = wishes.map(({ engine, home }, at): ContainerNode => {
      const id = `c${at}`;
      const own = { key: nodeKey(`e${engine}`, 'container', id), id };
      if (home < 2)
        return container(id, { ...own, pod: nodeKey(`e${engine}`, 'pod', `p${home}`), podName: `p${home}` });
      return container(id, { ...own, labels: home === 2 ? { 'com.docker.compose.project': 'web' } : {} });
    });
    const edges = wishes.flatMap(({ needs }, at) =>
      needs.flatMap(([other, hard]): GraphEdge[] => {
        const [from, to] = [containers[at], containers[other]];
        if (!from || !to || other >= at || engineOf(from.key) !== engineOf(to.key)) return [];
        return [{ from: from.key, to: to.key, reasons: [hard ? 'requires' : 'volumes-from'] }];
      }),
    );
    return ContainerGraph.build({ containers, pods: [], edges });
  });

const open = (graph: ContainerGraph) =>
  buildScene(graph, { engines: ['e0', 'e1'], collapsed: new Map(), autoCollapse: false });
const drawn = (graph: ContainerGraph) => {
  const scene = open(graph);
  return { scene, geometry: layoutScene(scene, () => ({ width: 120, height: 40 })) };
};
const holds = (outer: Rect | undefined, inner: Rect | undefined) =>
  outer !== undefined &&
  inner !== undefined &&
  outer.x <= inner.x &&
  outer.y <= inner.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;

describe('a drawing', () => {
  it('shows each node once, members within their pod, and engines side by side', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { scene, geometry } = drawn(graph);
        const nodes = [...graph.nodes.keys()];
        expect([...geometry.rects.keys()].filter((key) => graph.get(key as never)).sort()).toEqual(nodes.sort());
        for (const box of scene.boxes.values()) {
          for (const key of box.members) expect(holds(geometry.rects.get(box.id), geometry.rects.get(key))).toBe(true);
        }
        const [left, right] = [geometry.engines.get('e0'), geometry.engines.get('e1')];
        expect((left?.x ?? NaN) + (left?.width ?? NaN)).toBeLessThan(right?.x ?? NaN);
        for (const key of nodes) expect(holds(geometry.engines.get(engineOf(key)), geometry.rects.get(key))).toBe(true);
      }),
    );
  });

  it('lets no container overlap another, and draws a line for each edge but that of a member to its pod', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { geometry } = drawn(graph);
        const rects = [...graph.nodes.values()].flatMap(({ key, kind }) =>
          kind === 'container' ? (geometry.rects.get(key) ?? []) : [],
        );
        const isApart = (a: Rect, b: Rect) =>
          a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        rects.forEach((a, at) => rects.slice(at + 1).forEach((b) => expect(isApart(a, b)).toBe(true)));
        const edges = [...graph.nodes.keys()].flatMap((key) => graph.dependencies(key));
        const lines = edges.filter(({ from, to }) => graph.container(from)?.pod !== to);
        expect(geometry.routes).toHaveLength(lines.length);
      }),
    );
  });

  it('is the same for the same graph, however its nodes were listed', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const [one, other] = [drawn(graph).geometry, drawn(graph).geometry];
        expect([...one.rects]).toEqual([...other.rects]);
        const nodes = [...graph.nodes.values()].reverse();
        const edges = nodes.flatMap(({ key }) => graph.dependencies(key));
        const containers = nodes.flatMap((node) => (node.kind === 'container' ? [node] : []));
        const again = ContainerGraph.build({ containers, pods: [], edges });
        expect(new Map(drawn(again).geometry.rects)).toEqual(new Map(one.rects));
      }),
    );
  });

  it('says of each node that just that goes along which a removal would take along', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const needs = [...graph.nodes.keys()].flatMap((key) =>
          graph.dependencies(key).flatMap((edge) => (isHard(edge) ? [[edge.from, edge.to] as const] : [])),
        );
        const dependents = buildDependentsIndex(needs);
        for (const key of graph.nodes.keys()) {
          const scope = { chosen: [key], isAll: false };
          const plan = planRemoval('p', graph, scope, { dependents: 'include', running: 'stop' });
          expect([key, ...transitiveDependents([key], dependents)].sort()).toEqual([...plan.nodes.keys()].sort());
        }
      }),
    );
  });

  it('folds a large graph: pods, projects, what hangs together, and what stands alone', () => {
    const pod = nodeKey('e', 'pod', 'p');
    const containers = [
      ...['a', 'b'].map((id) => container(id, { pod, podName: 'p' })),
      ...['c', 'd', 'x', 'y'].map((id) => container(id)),
    ];
    const edges: GraphEdge[] = [
      { from: nodeKey('e', 'container', 'c'), to: nodeKey('e', 'container', 'd'), reasons: ['requires'] },
    ];
    const graph = ContainerGraph.build({ containers, pods: [], edges });
    const options = { engines: ['e'], autoCollapse: true };
    const folded = buildScene(graph, { ...options, collapsed: new Map() });
    expect([...folded.boxes.values()].map(({ kind, members }) => [kind, members.length])).toEqual([
      ['pod', 2],
      ['cluster', 2],
      ['ungrouped', 2],
    ]);
    expect(folded.edges).toEqual([]);
    expect(layoutScene(folded, () => ({ width: 120, height: 40 })).rects.size).toBe(3);
    const opened = buildScene(graph, { ...options, collapsed: new Map([['e/box/with/e/container/c', false]]) });
    expect(opened.edges).toHaveLength(1);
    expect(layoutScene(opened, () => ({ width: 120, height: 40 })).rects.size).toBe(5);
  });
});

describe('Mermaid text', () => {
  const words = { engineLabel: (id: string) => id, boxLabel: ({ name }: { name: string }) => name };

  it('has pods as subgraphs, hard edges as lines and soft ones dotted', () => {
    const pod = nodeKey('e', 'pod', 'p');
    const containers = [container('a', { pod, podName: 'p' }), container('b'), container('c')];
    const keyOf = (id: string) => nodeKey('e', 'container', id);
    const edges: GraphEdge[] = [
      { from: keyOf('b'), to: keyOf('c'), reasons: ['requires'] },
      { from: keyOf('c'), to: keyOf('a'), reasons: ['volumes-from'] },
    ];
    const graph = ContainerGraph.build({ containers, pods: [], edges });
    const scene = buildScene(graph, { engines: ['e'], collapsed: new Map(), autoCollapse: false });
    const text = toMermaid(scene, { ...words, nodeLabel: (key) => graph.get(key)?.name ?? '' });
    expect(text.split('\n')).toEqual([
      'flowchart TD',
      '  subgraph n1["p"]',
      '    n2["a"]',
      '  end',
      '  n3["b"]',
      '  n4["c"]',
      '  n3 --> n4',
      '  n4 -.-> n2',
      '',
    ]);
  });

  it('holds nothing but text of a name, whatever that is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (name) => {
        const graph = ContainerGraph.build({ containers: [container('a')], pods: [], edges: [] });
        const scene = buildScene(graph, { engines: ['e'], collapsed: new Map(), autoCollapse: false });
        const [, line = ''] = toMermaid(scene, { ...words, nodeLabel: () => name }).split('\n');
        expect(line).toMatch(/^ {2}n1\["[\p{L}\p{N} ,.:/_()#;-]*"\]$/u);
      }),
    );
  });
});

describe('arrow keys', () => {
  const stops = [
    { key: 'top', x: 50, y: 0, width: 40, height: 20 },
    { key: 'left', x: 0, y: 50, width: 40, height: 20 },
    { key: 'right', x: 100, y: 50, width: 40, height: 20 },
    { key: 'alone', x: 200, y: 50, width: 40, height: 20 },
  ];
  const ways = [
    { from: 'top', to: 'right' },
    { from: 'top', to: 'left' },
  ];

  it('follow lines down and up, and step aside to neighbours', () => {
    expect(nextInDirection('top', 'down', stops, ways)).toBe('right');
    expect(nextInDirection('left', 'up', stops, ways)).toBe('top');
    expect(nextInDirection('left', 'right', stops, ways)).toBe('right');
    expect(nextInDirection('right', 'right', stops, ways)).toBe('alone');
    expect(nextInDirection('alone', 'right', stops, ways)).toBeUndefined();
    expect(nextInDirection('alone', 'up', stops, ways)).toBe('top');
  });
});
