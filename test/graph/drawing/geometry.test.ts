import { describe, expect, test } from 'vitest';
import { layoutScene } from '../../../src/graph/layout/layoutScene';
import { areaOf, layoutComponents, layoutEach, type PackedLayout } from '../../../src/graph/layout/pack';
import { buildScene } from '../../../src/graph/layout/scene';
import { assignRanks, removeBackEdges } from '../../../src/graph/layout/ranks';
import { nextInDirection } from '../../../src/graph/layout/navigation';
import { ContainerGraph } from '../../../src/graph/model/graph';
import { type NodeKey, nodeKey } from '../../../src/graph/model/model';
import { buildResourceLayer } from '../../../src/graph/model/resourceLayer';
import { container, edge, graphOf, key, network, podKey, podMember, volume } from '../build';

type SceneOptions = Parameters<typeof buildScene>[1];
type LayoutOptions = Parameters<typeof layoutScene>[2];

const options: SceneOptions = { engines: ['e'], collapsed: new Map(), autoCollapse: false, autoGroup: false };
const box = (x: number, y: number, width = 100, height = 40) => ({ x, y, width, height });
const point = (x: number, y: number) => ({ x, y });

/** All elements are 100 × 40. */
const layOut = (graph: ContainerGraph, more: Partial<SceneOptions> = {}, layout: LayoutOptions = {}) => {
  const geometry = layoutScene(buildScene(graph, { ...options, ...more }), () => ({ width: 100, height: 40 }), layout);
  return {
    ...geometry,
    engines: Object.fromEntries(geometry.engines),
    rects: Object.fromEntries(geometry.rects),
    points: geometry.routes.map(({ points }) => points),
    uses: geometry.uses.map(({ points }) => points),
  };
};

describe('the rectangles of a scene', () => {
  test('have a margin, and a heading above the nodes', () => {
    const { engines, rects, points, width, height } = layOut(graphOf('web>db'));
    expect(rects).toEqual({ [key('web')]: box(20, 54), [key('db')]: box(20, 134) });
    expect(engines).toEqual({ e: box(20, 20, 160, 154) });
    expect(points).toEqual([[point(70, 94), point(70, 134)]]);
    expect([width, height]).toEqual([200, 194]);
  });

  test('of engines are one below the other, in the given order, as wide as their headings', () => {
    const graph = ContainerGraph.build({
      containers: [container('a'), container('x', { key: nodeKey('f', 'container', 'x') })],
      pods: [],
      edges: [],
    });
    const headingWidth = (engine: string) => (engine === 'g' ? 300 : 50);
    const { engines, rects, width, height } = layOut(graph, { engines: ['f', 'e', 'g'] }, { headingWidth });
    expect(engines).toEqual({ f: box(20, 20, 100, 74), e: box(20, 130, 100, 74), g: box(20, 240, 300, 34) });
    expect(rects).toEqual({ 'f/container/x': box(20, 54), [key('a')]: box(20, 164) });
    expect([width, height]).toEqual([340, 294]);
  });

  test('of a pod contain its members below its name; edges lead to the members', () => {
    const graph = ContainerGraph.build({
      containers: [podMember('p', 'a'), podMember('p', 'b'), container('user')],
      pods: [],
      edges: [edge('user', 'a'), edge('a', 'b')],
    });
    const { rects, points } = layOut(graph);
    expect(rects).toEqual({
      [key('user')]: box(30, 54),
      [podKey('p')]: box(20, 134, 120, 160),
      [key('a')]: box(30, 164),
      [key('b')]: box(30, 244),
    });
    expect(points).toEqual([
      [point(80, 204), point(80, 244)],
      [point(80, 94), point(80, 164)],
    ]);
    const collapsed = layOut(graph, { collapsed: new Map([[podKey('p'), true]]) });
    expect(collapsed.rects).toEqual({ [key('user')]: box(20, 54), [podKey('p')]: box(20, 134) });
    expect(collapsed.points).toEqual([[point(70, 94), point(70, 134)]]);
  });

  test('of a project contain its members, packed as wide as high', () => {
    const own = { labels: { 'com.docker.compose.project': 'shop' } };
    const graph = ContainerGraph.build({
      containers: ['a', 'b', 'c', 'd', 'e'].map((name) => container(name, own)),
      pods: [],
      edges: [edge('a', 'b'), edge('c', 'd')],
    });
    expect(layOut(graph).rects).toEqual({
      'e/box/project/shop': box(20, 54, 232, 212),
      [key('a')]: box(30, 84),
      [key('b')]: box(30, 164),
      [key('c')]: box(142, 84),
      [key('d')]: box(142, 164),
      [key('e')]: box(30, 216),
    });
  });

  const graph = ContainerGraph.build({
    containers: [container('a', { networks: ['n', 'm'] }), container('b', { networks: ['n'] })],
    pods: [],
    edges: [],
  });
  const layer = buildResourceLayer(graph, [network('n'), network('m'), volume('v')], new Map());
  const resource = (kind: 'volume' | 'network', name: string) => nodeKey('e', kind, name);

  test('of resources are below the containers, each kind in rows of its own', () => {
    const { engines, rects, uses, width, height } = layOut(graph, { layer });
    expect(rects).toEqual({
      ...{ [key('a')]: box(20, 54), [key('b')]: box(138, 54) },
      [resource('volume', 'v')]: box(142, 150),
      [resource('network', 'm')]: box(20, 204),
      [resource('network', 'n')]: box(128, 204),
    });
    expect(uses).toEqual([
      [point(70, 94), point(70, 204)],
      [point(70, 94), point(178, 204)],
      [point(188, 94), point(178, 204)],
    ]);
    expect(engines).toEqual({ e: box(20, 20, 222, 224) });
    expect([width, height]).toEqual([262, 264]);
  });

  test('of an expanded kind contain its resources', () => {
    const collapsed = new Map([['e/box/resources/network', false]]);
    const { rects } = layOut(graph, { layer, autoCollapse: true, collapsed });
    expect(rects).toEqual({
      ...{ [key('a')]: box(20, 54), [key('b')]: box(138, 54) },
      [resource('volume', 'v')]: box(142, 150),
      'e/box/resources/network': box(20, 204, 169, 126),
      [resource('network', 'm')]: box(30, 234),
      [resource('network', 'n')]: box(79, 280),
    });
  });
});

describe('the routes of edges', () => {
  const routes = (text: string) =>
    layOut(graphOf(text)).routes.map(({ points, isReversed }) => ({ points, isReversed }));

  test('that close a cycle lead from side to side', () => {
    expect(routes('a>b b>c c>a a>a')).toEqual([
      { points: [point(120, 74), point(120, 74)], isReversed: true },
      { points: [point(70, 94), point(70, 134)], isReversed: false },
      { points: [point(70, 174), point(70, 214)], isReversed: false },
      { points: [point(120, 234), point(120, 74)], isReversed: true },
    ]);
  });

  test('that pass a layer bend beside its nodes', () => {
    expect(routes('a>b b>c a>c').map(({ points }) => points)).toEqual([
      [point(103, 94), point(70, 134)],
      [point(103, 94), point(135, 154), point(103, 214)],
      [point(70, 174), point(103, 214)],
    ]);
  });
});

describe('components', () => {
  const item = (id: string, width: number, height = 20) => ({ id, width, height });
  const link = (from: string, to: string) => ({ from, to });
  const items = [item('i', 50), item('a', 60), item('b', 30, 40), item('t', 30), item('u', 30), item('v', 30)];
  const edges = [link('a', 'b'), link('t', 'u'), link('u', 'v')];
  const packed = (all = items, previous?: PackedLayout) =>
    layoutComponents(all, edges, { gap: 10, width: 200, previous });
  const positions = (layout: PackedLayout) => Object.fromEntries(layout.positions);

  test('are in rows, the highest first and isolated items last', () => {
    const layout = packed([...items, item('j', 50)]);
    expect(positions(layout)).toEqual({
      ...{ t: point(0, 0), u: point(0, 60), v: point(0, 120) },
      ...{ a: point(40, 0), b: point(55, 60), i: point(110, 0), j: point(0, 150) },
    });
    expect([layout.width, layout.height]).toEqual([160, 170]);
  });

  test('of the same height are in the order of their items', () => {
    const both = [item('a', 30), item('b', 30), item('x', 30), item('y', 30)];
    const layout = layoutComponents(both, [link('x', 'y'), link('a', 'b')], { gap: 10, width: 200 });
    expect([layout.positions.get('a')?.x, layout.positions.get('x')?.x]).toEqual([0, 40]);
  });

  test('keep their order when they change, and new ones come after them', () => {
    const before = packed();
    const taller = items.map((one) => (one.id === 'b' ? item('b', 30, 400) : one));
    const after = packed([item('new', 20), ...taller], before);
    expect(['t', 'a', 'i', 'new'].map((id) => after.positions.get(id)?.x)).toEqual([0, 40, 110, 0]);
    expect(after.positions.get('new')?.y).toBeGreaterThan(400);
  });

  test('keep the width of the last layout, unless it was empty', () => {
    const empty = layoutComponents([], [], { gap: 10, width: 50 });
    expect(packed(items, empty).width).toBe(160);
    const narrow = layoutComponents(items, edges, { gap: 10, width: 100 });
    expect(packed(items, narrow).width).toBe(narrow.width);
  });

  test('are laid out again only if a size or an edge has changed', () => {
    const before = packed();
    const kept = (layout: PackedLayout) =>
      [...layout.components].filter(([signature, own]) => before.components.get(signature) === own).length;
    expect(kept(packed([...items].reverse(), before))).toBe(3);
    expect(kept(packed([item('i', 51), ...items.slice(1)], before))).toBe(2);
    const linked = layoutComponents(items, [...edges, link('t', 'v')], { gap: 10, width: 200, previous: before });
    expect(kept(linked)).toBe(2);
  });

  test('have an area with their gaps; edges to unknown items connect nothing', () => {
    const each = layoutEach(items, [...edges, link('a', 'gone'), link('i', 'i')], undefined);
    expect(each.map(({ isIsolated }) => isIsolated)).toEqual([false, false, true]);
    expect(areaOf(each, 10)).toBe(40 * 150 + 70 * 110 + 60 * 30);
  });
});

describe('ranks', () => {
  const ranksOf = (text: string) => {
    const names = [...new Set(text.split(/[> ]/))];
    const edges = text.split(' ').flatMap((token) => {
      const [from = '', to] = token.split('>');
      return to === undefined ? [] : [{ from, to }];
    });
    const items = names.map((id) => ({ id, width: 1, height: 1 }));
    const acyclic = removeBackEdges(items, edges);
    const ranks = assignRanks(acyclic);
    const pairs = acyclic.below.flatMap((row, from) => row.map((to) => `${names[from]}>${names[to]}`));
    const reversed = acyclic.above.flatMap((row, to) => row.map((from) => `${names[from]}>${names[to]}`));
    expect(reversed.sort()).toEqual([...pairs].sort());
    return { ranks: Object.fromEntries(names.map((name, at) => [name, ranks[at]])), edges: pairs };
  };

  test('are the longest paths from the top', () => {
    expect(ranksOf('a>b b>c a>c').ranks).toEqual({ a: 0, b: 1, c: 2 });
  });

  test('are near to the nodes below, unless a node has more edges above', () => {
    expect(ranksOf('a>b b>c x>c').ranks).toEqual({ a: 0, b: 1, c: 2, x: 1 });
    expect(ranksOf('a>b c>b d>e e>f f>g b>g').ranks).toMatchObject({ b: 1, g: 3 });
    expect(ranksOf('a>b d>e e>f f>g b>g').ranks).toMatchObject({ a: 1, b: 2, g: 3 });
  });

  test('are of a graph without duplicates, self-loops and edges that close a cycle', () => {
    expect(ranksOf('a>b a>b a>a b>c c>a d>a').edges).toEqual(['a>b', 'b>c', 'd>a']);
    expect(ranksOf('a>b a>c b>d c>d').edges).toEqual(['a>b', 'a>c', 'b>d', 'c>d']);
  });
});

describe('arrow keys', () => {
  const at = (name: string, x: number, y: number) => ({ key: name, ...box(x, y, 40, 20) });
  const targets = [at('m', 100, 100), at('n', 100, 0), at('s', 100, 200), at('w', 0, 100), at('far', 260, 130)];
  const press = (
    from: string,
    direction: 'up' | 'down' | 'left' | 'right',
    edges: { from: string; to: string }[] = [],
  ) => nextInDirection(from, direction, targets, edges);

  test('lead to the nearest node in their direction', () => {
    expect((['up', 'down', 'left', 'right'] as const).map((direction) => press('m', direction))).toEqual([
      ...['n', 's', 'w', 'far'],
    ]);
    expect([press('n', 'up'), press('w', 'left'), press('far', 'right')]).toEqual([undefined, undefined, undefined]);
  });

  test('prefer a node ahead to a nearer one aside', () => {
    const others = [at('m', 100, 100), at('aside', 145, 160), at('ahead', 250, 100)];
    expect(nextInDirection('m', 'right', others, [])).toBe('ahead');
    const level = [at('m', 100, 100), at('same', 101, 150), at('right', 300, 100)];
    expect(nextInDirection('m', 'right', level, [])).toBe('right');
  });

  test('follow edges up and down only, to the node that is nearest sideways', () => {
    const edges = [
      { from: 'm', to: 'far' },
      { from: 'm', to: 'w' },
      { from: 'm', to: 'm' },
      { from: 'gone', to: 'm' },
    ];
    expect(press('m', 'down', edges)).toBe('w');
    expect(press('w', 'up', edges)).toBe('m');
    expect(press('far', 'left', edges)).toBe('m');
    expect(press('m', 'up', edges)).toBe('n');
    expect(press('m', 'down', [{ from: 'm', to: 'm' }])).toBe('s');
  });

  test('begin at the first node', () => {
    expect(press('gone', 'down')).toBe('m');
    expect(nextInDirection('gone', 'down', [], [])).toBeUndefined();
  });
});

describe('the elements of a scene', () => {
  const boxes = (graph: ContainerGraph, more: Partial<SceneOptions> = {}) => {
    const scene = buildScene(graph, { ...options, ...more });
    return { ...scene, boxes: [...scene.boxes.values()], topLevel: Object.fromEntries(scene.topLevel) };
  };
  const project = (name: string) => ({ labels: { 'com.docker.compose.project': name } });
  const inPod = ContainerGraph.build({
    containers: [podMember('p', 'b'), podMember('p', 'a10'), podMember('p', 'a9'), container('z')],
    pods: [],
    edges: [edge('z', 'b')],
  });

  test('are pods with their members, and other containers by name', () => {
    expect(boxes(inPod)).toMatchObject({
      engines: ['e'],
      boxes: [
        {
          ...{ id: podKey('p'), kind: 'pod', engine: 'e', name: 'p', collapsed: false },
          members: [key('a9'), key('a10'), key('b')],
        },
      ],
      topLevel: { e: [podKey('p'), key('z')] },
      edges: [{ from: key('z'), to: key('b'), hard: true, reasons: ['requires'] }],
    });
  });

  test('that are filtered out are in no pod; a member without its visible pod is on its own', () => {
    const visible = (...keys: NodeKey[]) => boxes(inPod, { visible: new Set(keys) });
    expect(visible(podKey('p'), key('b')).boxes.map(({ members }) => members)).toEqual([[key('b')]]);
    expect(visible(key('b'), key('z')).topLevel).toEqual({ e: [key('b'), key('z')] });
    expect(visible(key('b')).edges).toEqual([]);
    expect(boxes(inPod, { engines: ['f'] })).toMatchObject({ boxes: [], topLevel: { f: [] }, edges: [] });
  });

  test('are projects of several containers', () => {
    const graph = graphOf('a b c d>c', { a: project('x'), b: project('x'), c: project('y') });
    expect(boxes(graph).boxes).toEqual([
      {
        ...{ id: 'e/box/project/x', kind: 'project', engine: 'e', name: 'x', collapsed: false },
        members: [key('a'), key('b')],
      },
    ]);
    expect(boxes(graph).topLevel).toEqual({ e: ['e/box/project/x', key('c'), key('d')] });
  });

  test('are collapsed in a large graph, if they have several members and the user did not expand them', () => {
    const containers = [podMember('p', 'a'), podMember('p', 'b'), podMember('q', 'c')];
    const graph = ContainerGraph.build({ containers, pods: [], edges: [edge('c', 'a')] });
    const collapsed = (more: Partial<SceneOptions>) => boxes(graph, more).boxes.map((one) => one.collapsed);
    expect(collapsed({})).toEqual([false, false]);
    expect(collapsed({ autoCollapse: true })).toEqual([true, false]);
    expect(collapsed({ autoCollapse: true, collapsed: new Map([[podKey('p'), false]]) })).toEqual([false, false]);
    expect(collapsed({ collapsed: new Map([[podKey('q'), true]]) })).toEqual([false, true]);
    expect(boxes(graph, { autoCollapse: true }).edges).toMatchObject([{ from: key('c'), to: podKey('p') }]);
  });

  test('are connected components and isolated containers of each engine in the largest graphs', () => {
    const far = ['x', 'y'].map((name) => container(name, { key: nodeKey('f', 'container', name) }));
    const graph = ContainerGraph.build({
      containers: [...['a', 'b', 'c', 'd', 'i', 'j'].map((name) => container(name)), ...far],
      pods: [],
      edges: [edge('b', 'a'), edge('b', 'c'), edge('d', 'c')],
    });
    const grouped = boxes(graph, { engines: ['e', 'f'], autoGroup: true });
    expect(
      grouped.boxes.map(({ id, kind, name, members }) => [id, kind, name, members.map((one) => one.at(-1))]),
    ).toEqual([
      [`e/box/cluster/${key('a')}`, 'cluster', 'a', ['a', 'b', 'c', 'd']],
      ['e/box/ungrouped', 'ungrouped', 'i', ['i', 'j']],
      ['f/box/ungrouped', 'ungrouped', 'x', ['x', 'y']],
    ]);
    expect(boxes(graphOf('a>b i'), { autoGroup: true }).topLevel).toEqual({
      e: [`e/box/cluster/${key('a')}`, key('i')],
    });
    expect(boxes(graph).boxes).toEqual([]);
  });

  test('are connected by one edge for all edges of collapsed boxes, without edges inside', () => {
    const containers = [podMember('p', 'a'), podMember('p', 'b'), container('u'), container('v')];
    const graph = ContainerGraph.build({
      containers,
      pods: [],
      edges: [
        { ...edge('u', 'a', 'link'), condition: 'started' },
        { ...edge('u', 'b'), condition: 'healthy' },
        edge('a', 'b'),
        { ...edge('v', 'a', 'link'), condition: 'healthy' },
        { ...edge('v', 'b', 'link'), condition: 'healthy' },
        edge('v', 'v'),
      ],
    });
    expect(boxes(graph, { autoCollapse: true }).edges).toEqual([
      { from: key('u'), to: podKey('p'), hard: true, reasons: ['link', 'requires'], condition: undefined },
      { from: key('v'), to: key('v'), hard: true, reasons: ['requires'], condition: undefined },
      { from: key('v'), to: podKey('p'), hard: false, reasons: ['link'], condition: 'healthy' },
    ]);
  });

  test('are collapsed kinds of resources if there are many, and uses once', () => {
    const graph = graphOf('a b', { a: { networks: ['n'] } });
    const many = Array.from({ length: 100 }, (_, at) => volume(`v${at}`));
    const resources = (count: number) => {
      const layer = buildResourceLayer(graph, [network('n'), ...many.slice(0, count)], new Map());
      return boxes(graph, { layer });
    };
    expect(resources(99).resources.get('e')).toHaveLength(100);
    expect(resources(100).resources.get('e')).toEqual(['e/box/resources/volume', nodeKey('e', 'network', 'n')]);
    expect(resources(100).boxes).toMatchObject([{ kind: 'resources', name: 'volume', engine: 'e', collapsed: true }]);
    expect(resources(100).uses).toEqual([{ from: key('a'), to: nodeKey('e', 'network', 'n') }]);
  });
});
