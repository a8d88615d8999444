import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rect } from '../../../src/graph/layout/geometry';
import { type Geometry, layoutScene } from '../../../src/graph/layout/layoutScene';
import { toMermaid } from '../../../src/graph/layout/mermaid';
import { nextInDirection } from '../../../src/graph/layout/navigation';
import { buildScene } from '../../../src/graph/layout/scene';
import { buildDependentsIndex, transitiveDependents } from '../../../src/graph/model/adjacency';
import { ContainerGraph } from '../../../src/graph/model/graph';
import { type ContainerNode, engineOf, type GraphEdge, isHard, nodeKey } from '../../../src/graph/model/model';
import { buildResourceLayer } from '../../../src/graph/model/resourceLayer';
import { planRemoval } from '../../../src/graph/plan/planRemoval';
import { container, details, edge, key, network, volume, volumeKey } from '../build';

/** Containers on two engines, some in pods or compose projects; edges lead to earlier containers of the same engine. */
const graphs = fc
  .array(
    fc.record({ engine: fc.nat(1), group: fc.nat(5), dependencies: fc.array(fc.tuple(fc.nat(30), fc.boolean())) }),
    {
      minLength: 1,
      maxLength: 30,
    },
  )
  .map((specs) => {
    const containers = specs.map(({ engine, group }, at): ContainerNode => {
      const id = `c${at}`;
      const own = { key: nodeKey(`e${engine}`, 'container', id), id };
      if (group < 2)
        return container(id, { ...own, pod: nodeKey(`e${engine}`, 'pod', `p${group}`), podName: `p${group}` });
      return container(id, { ...own, labels: group === 2 ? { 'com.docker.compose.project': 'web' } : {} });
    });
    const edges = specs.flatMap(({ dependencies }, at) =>
      dependencies.flatMap(([other, hard]): GraphEdge[] => {
        const [from, to] = [containers[at], containers[other]];
        if (!from || !to || other >= at || engineOf(from.key) !== engineOf(to.key)) return [];
        return [{ from: from.key, to: to.key, reasons: [hard ? 'requires' : 'volumes-from'] }];
      }),
    );
    return ContainerGraph.build({ containers, pods: [], edges });
  });

const buildExpanded = (graph: ContainerGraph) =>
  buildScene(graph, { engines: ['e0', 'e1'], collapsed: new Map(), autoCollapse: false, autoGroup: false });
const layOut = (graph: ContainerGraph) => {
  const scene = buildExpanded(graph);
  return { scene, geometry: layoutScene(scene, () => ({ width: 120, height: 40 })) };
};
const contains = (outer: Rect | undefined, inner: Rect | undefined) =>
  outer !== undefined &&
  inner !== undefined &&
  outer.x <= inner.x &&
  outer.y <= inner.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;

describe('the layout of a scene', () => {
  it('contains each node once, members within their pod, and engines one below the other', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { scene, geometry } = layOut(graph);
        const nodes = [...graph.nodes.keys()];
        expect([...geometry.rects.keys()].filter((key) => graph.get(key as never)).sort()).toEqual(nodes.sort());
        for (const box of scene.boxes.values()) {
          for (const key of box.members)
            expect(contains(geometry.rects.get(box.id), geometry.rects.get(key))).toBe(true);
        }
        const [upper, lower] = [geometry.engines.get('e0'), geometry.engines.get('e1')];
        expect((upper?.y ?? NaN) + (upper?.height ?? NaN)).toBeLessThan(lower?.y ?? NaN);
        expect(contains({ x: 0, y: 0, ...geometry }, lower)).toBe(true);
        for (const key of nodes)
          expect(contains(geometry.engines.get(engineOf(key)), geometry.rects.get(key))).toBe(true);
      }),
    );
  });

  it('has no overlapping containers, and a route for each edge except for those from members to their pod', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { geometry } = layOut(graph);
        const rects = [...graph.nodes.values()].flatMap(({ key, kind }) =>
          kind === 'container' ? (geometry.rects.get(key) ?? []) : [],
        );
        const isApart = (a: Rect, b: Rect) =>
          a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        rects.forEach((a, at) => rects.slice(at + 1).forEach((b) => expect(isApart(a, b)).toBe(true)));
        const edges = [...graph.nodes.keys()].flatMap((key) => graph.dependencies(key));
        const visible = edges.filter(({ from, to }) => graph.container(from)?.pod !== to);
        expect(geometry.routes).toHaveLength(visible.length);
      }),
    );
  });

  it('fills the view: the wider the view, the wider the layout', () => {
    const containers = Array.from({ length: 300 }, (_, at) =>
      container(`c${at}`, { key: nodeKey('e0', 'container', `c${at}`) }),
    );
    const scene = buildExpanded(ContainerGraph.build({ containers, pods: [], edges: [] }));
    for (const aspectRatio of [0.5, 1, 1.4, 3]) {
      const { width, height } = layoutScene(scene, () => ({ width: 200, height: 46 }), { aspectRatio });
      const used = Math.min(aspectRatio / (width / height), width / height / aspectRatio);
      expect(used, `aspect ratio ${aspectRatio}`).toBeGreaterThan(0.75);
    }
  });

  it('reserves the width of headings, and puts members of a pod in a column, or a grid if there are many', () => {
    const podOf = (name: string, count: number) => {
      const pod = nodeKey('e0', 'pod', name);
      return Array.from({ length: count }, (_, at) => {
        const id = `${name}${at}`;
        return container(id, { key: nodeKey('e0', 'container', id), pod, podName: name });
      });
    };
    const containers = [...podOf('few', 4), ...podOf('many', 9)];
    const scene = buildExpanded(ContainerGraph.build({ containers, pods: [], edges: [] }));
    const { rects, engines, width } = layoutScene(scene, () => ({ width: 120, height: 24 }), {
      headingWidth: () => 900,
    });
    const columns = (name: string) =>
      new Set([...rects].flatMap(([key, { x }]) => (key.includes(`/container/${name}`) ? [x] : []))).size;
    expect([columns('few'), columns('many')]).toEqual([1, 2]);
    expect(engines.get('e1')?.width).toBe(900);
    expect(width).toBeGreaterThan(900);
  });

  describe('volumes, networks and images', () => {
    const size = { width: 120, height: 40 };
    const graph = ContainerGraph.build({
      containers: [
        container('db', { details: { ...details, namedVolumes: ['data'] }, networks: ['shop'] }),
        container('web', { networks: ['shop'] }),
        container('lone'),
      ],
      pods: [],
      edges: [edge('web', 'db')],
    });
    const resources = [volume('data'), volume('spare'), network('shop')];
    const layOutResources = (collapsed: ReadonlyMap<string, boolean>, autoCollapse: boolean) => {
      const layer = buildResourceLayer(graph, resources, new Map());
      const scene = buildScene(graph, { engines: ['e'], collapsed, autoCollapse, autoGroup: false, layer });
      return { scene, geometry: layoutScene(scene, () => size) };
    };
    const middle = ({ x, width }: Rect) => x + width / 2;
    const rectOf = ({ rects }: Geometry, id: string) => rects.get(id) ?? { x: NaN, y: NaN, width: NaN, height: NaN };

    it('stand below the containers of their engine, one row for each kind, and within it', () => {
      const { geometry } = layOutResources(new Map(), false);
      const [data, spare, shop] = resources.map(({ key: one }) => rectOf(geometry, one));
      const containers = ['db', 'web', 'lone'].map((name) => rectOf(geometry, key(name)));
      const bottom = Math.max(...containers.map(({ y, height }) => y + height));
      expect([data, spare].map((rect) => rect?.y)).toEqual([bottom + 56, bottom + 56]);
      expect(shop?.y).toBeGreaterThanOrEqual(bottom + 56 + size.height);
      for (const rect of [data, spare, shop]) expect(contains(geometry.engines.get('e'), rect)).toBe(true);
      const engine = geometry.engines.get('e');
      expect(geometry.height).toBe((engine?.y ?? NaN) + (engine?.height ?? NaN) + 20);
      expect(middle(rectOf(geometry, volumeKey('data')))).toBe(middle(rectOf(geometry, key('db'))));
    });

    it('are connected to their users from edge to edge', () => {
      const { geometry } = layOutResources(new Map(), false);
      const lines = geometry.uses.map(({ use, points }) => ({ ...use, points }));
      expect(lines.map(({ from, to }) => `${from} ${to}`).sort()).toEqual([
        'e/container/db e/network/shop',
        'e/container/db e/volume/data',
        'e/container/web e/network/shop',
      ]);
      for (const { from, to, points } of lines) {
        const [user, used] = [rectOf(geometry, from), rectOf(geometry, to)];
        expect(points).toEqual([
          { x: middle(user), y: user.y + user.height },
          { x: middle(used), y: used.y },
        ]);
      }
    });

    it('of one kind are a box, collapsed or with its members in it', () => {
      const id = 'e/box/resources/volume';
      const closed = layOutResources(new Map(), true).geometry;
      expect(rectOf(closed, id)).toMatchObject(size);
      expect(closed.rects.has(volumeKey('data'))).toBe(false);
      const { scene, geometry } = layOutResources(new Map([[id, false]]), true);
      const box = rectOf(geometry, id);
      const members = [...(scene.boxes.get(id)?.members ?? [])].map((one) => rectOf(geometry, one));
      expect(members).toHaveLength(2);
      for (const member of members) expect(contains(box, member)).toBe(true);
      const [left, top] = [Math.min(...members.map(({ x }) => x)), Math.min(...members.map(({ y }) => y))];
      const right = Math.max(...members.map(({ x, width }) => x + width));
      expect([left - box.x, top - box.y]).toEqual([10, 30]);
      const bottom = Math.max(...members.map(({ y, height }) => y + height));
      expect([box.x + box.width - right, box.y + box.height - bottom]).toEqual([10, 10]);
    });
  });

  it('does not depend on the order of the nodes', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const [one, other] = [layOut(graph).geometry, layOut(graph).geometry];
        expect([...one.rects]).toEqual([...other.rects]);
        const nodes = [...graph.nodes.values()].reverse();
        const edges = nodes.flatMap(({ key }) => graph.dependencies(key));
        const containers = nodes.flatMap((node) => (node.kind === 'container' ? [node] : []));
        const again = ContainerGraph.build({ containers, pods: [], edges });
        expect(new Map(layOut(again).geometry.rects)).toEqual(new Map(one.rects));
      }),
    );
  });

  it('highlights the same dependents as a removal includes', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const edges = [...graph.nodes.keys()].flatMap((key) =>
          graph.dependencies(key).flatMap((edge) => (isHard(edge) ? [[edge.from, edge.to] as const] : [])),
        );
        const dependents = buildDependentsIndex(edges);
        for (const key of graph.nodes.keys()) {
          const scope = { chosen: [key], isAll: false };
          const plan = planRemoval('p', graph, scope, { dependents: 'include', running: 'stop' });
          expect([key, ...transitiveDependents([key], dependents)].sort()).toEqual([...plan.nodes.keys()].sort());
        }
      }),
    );
  });

  it('collapses a large graph: pods, projects, connected components and isolated containers', () => {
    const pod = nodeKey('e', 'pod', 'p');
    const containers = [
      ...['a', 'b'].map((id) => container(id, { pod, podName: 'p' })),
      ...['c', 'd', 'x', 'y'].map((id) => container(id)),
    ];
    const edges: GraphEdge[] = [
      { from: nodeKey('e', 'container', 'c'), to: nodeKey('e', 'container', 'd'), reasons: ['requires'] },
    ];
    const graph = ContainerGraph.build({ containers, pods: [], edges });
    const options = { engines: ['e'], autoCollapse: true, autoGroup: true };
    const collapsed = buildScene(graph, { ...options, collapsed: new Map() });
    expect([...collapsed.boxes.values()].map(({ kind, members }) => [kind, members.length])).toEqual([
      ['pod', 2],
      ['cluster', 2],
      ['ungrouped', 2],
    ]);
    expect(collapsed.edges).toEqual([]);
    expect(layoutScene(collapsed, () => ({ width: 120, height: 40 })).rects.size).toBe(3);
    const expanded = buildScene(graph, { ...options, collapsed: new Map([['e/box/cluster/e/container/c', false]]) });
    expect(expanded.edges).toHaveLength(1);
    expect(layoutScene(expanded, () => ({ width: 120, height: 40 })).rects.size).toBe(5);
  });
});

/** Unlike fast-check's `binary`, which takes seconds to prepare. */
const codePoint = fc.nat(0x10ffff).map((code) => String.fromCodePoint(code));

describe('a Mermaid diagram', () => {
  const labels = {
    engineLabel: (id: string) => id,
    boxLabel: ({ name }: { name: string }) => name,
    edgeLabel: ({ reasons }: { reasons: readonly string[] }) => reasons.join(', '),
    nodeClass: () => 'good',
  };
  const classes = { good: '#0f0' };

  it('contains pods as subgraphs, and soft edges as dotted lines', () => {
    const pod = nodeKey('e', 'pod', 'p');
    const containers = [container('a', { pod, podName: 'p' }), container('b'), container('c')];
    const keyOf = (id: string) => nodeKey('e', 'container', id);
    const edges: GraphEdge[] = [
      { from: keyOf('b'), to: keyOf('c'), reasons: ['requires'] },
      { from: keyOf('c'), to: keyOf('a'), reasons: ['volumes-from'] },
    ];
    const graph = ContainerGraph.build({ containers, pods: [], edges });
    const scene = buildScene(graph, { engines: ['e'], collapsed: new Map(), autoCollapse: false, autoGroup: false });
    const text = toMermaid(scene, { ...labels, nodeLabel: (key) => graph.get(key)?.name ?? '' }, classes);
    expect(text.split('\n')).toEqual([
      'flowchart TD',
      '  subgraph n1["p"]',
      '    n2["a"]:::good',
      '  end',
      '  n3["b"]:::good',
      '  n4["c"]:::good',
      '  n3 -->|"requires"| n4',
      '  n4 -.->|"volumes-from"| n2',
      '  classDef good stroke:#0f0,stroke-width:2px',
      '',
    ]);
  });

  it('escapes quotes and brackets by their codes', () => {
    const graph = ContainerGraph.build({ containers: [container('a')], pods: [], edges: [] });
    const scene = buildScene(graph, { engines: ['e'], collapsed: new Map(), autoCollapse: false, autoGroup: false });
    const text = toMermaid(scene, { ...labels, nodeLabel: () => 'a "b" [c] \u{1f600}' }, classes);
    expect(text).toContain('n1["a #34;b#34; #91;c#93; #128512;"]');
  });

  it('escapes any name', () => {
    fc.assert(
      fc.property(fc.string({ unit: codePoint, maxLength: 20 }), (name) => {
        const graph = ContainerGraph.build({ containers: [container('a')], pods: [], edges: [] });
        const scene = buildScene(graph, {
          engines: ['e'],
          collapsed: new Map(),
          autoCollapse: false,
          autoGroup: false,
        });
        const [, line = ''] = toMermaid(scene, { ...labels, nodeLabel: () => name }, classes).split('\n');
        expect(line).toMatch(/^ {2}n1\["[\p{L}\p{N} ,.:/_()#;-]*"\]:::good$/u);
      }),
    );
  });
});

describe('arrow keys', () => {
  const targets = [
    { key: 'top', x: 50, y: 0, width: 40, height: 20 },
    { key: 'left', x: 0, y: 50, width: 40, height: 20 },
    { key: 'right', x: 100, y: 50, width: 40, height: 20 },
    { key: 'alone', x: 200, y: 50, width: 40, height: 20 },
  ];
  const edges = [
    { from: 'top', to: 'right' },
    { from: 'top', to: 'left' },
  ];

  it('follow edges down and up, otherwise move to neighbors', () => {
    expect(nextInDirection('top', 'down', targets, edges)).toBe('right');
    expect(nextInDirection('left', 'up', targets, edges)).toBe('top');
    expect(nextInDirection('left', 'right', targets, edges)).toBe('right');
    expect(nextInDirection('right', 'right', targets, edges)).toBe('alone');
    expect(nextInDirection('alone', 'right', targets, edges)).toBeUndefined();
    expect(nextInDirection('alone', 'up', targets, edges)).toBe('top');
  });
});
