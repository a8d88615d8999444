import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import type { Rect } from '../../../src/graph/layout/geometry';
import { layoutScene } from '../../../src/graph/layout/layoutScene';
import { buildScene } from '../../../src/graph/layout/scene';
import { layoutShelf } from '../../../src/graph/layout/shelf';
import { ContainerGraph } from '../../../src/graph/model/graph';
import { type NodeKey, nodeKey } from '../../../src/graph/model/model';
import { buildResourceLayer, type ResourceLayer } from '../../../src/graph/model/resourceLayer';
import { container, key, network, volume } from '../build';

const nodes = fc.array(fc.record({ width: fc.integer({ min: 40, max: 200 }), middle: fc.option(fc.nat(1500)) }), {
  maxLength: 60,
});

test('the rows of a shelf do not overlap, do not exceed its width, and keep kinds apart', () => {
  fc.assert(
    fc.property(fc.array(nodes, { maxLength: 3 }), fc.integer({ min: 300, max: 2000 }), (kinds, width) => {
      const given = kinds.map((own, kind) =>
        own.map((node, at) => ({ id: `${kind}.${at}`, width: node.width, height: 26 })),
      );
      const middles = new Map(kinds.flatMap((own, kind) => own.map(({ middle }, at) => [`${kind}.${at}`, middle])));
      const { positions, ...size } = layoutShelf(given, (id) => middles.get(id) ?? undefined, width);
      const rects = given.flat().map((node) => ({ ...node, ...(positions.get(node.id) ?? { x: NaN, y: NaN }) }));
      for (const [at, one] of rects.entries()) {
        expect(one.x).toBeGreaterThanOrEqual(0);
        expect(one.x + one.width).toBeLessThanOrEqual(size.width);
        expect(one.y + one.height).toBeLessThanOrEqual(size.height);
        for (const other of rects.slice(at + 1)) {
          expect(overlap(one, other)).toBe(false);
          if (one.y === other.y) expect(one.id.split('.')[0]).toBe(other.id.split('.')[0]);
        }
      }
    }),
  );
});

const overlap = (a: Rect, b: Rect) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

test('a node is below its only user, an unused one on the right', () => {
  const own = ['left', 'right', 'unused'].map((id) => ({ id, width: 100, height: 26 }));
  const middles: Record<string, number> = { left: 150, right: 600 };
  const { positions } = layoutShelf([own], (id) => middles[id], 1000);
  expect(positions.get('left')?.x).toBe(100);
  expect(positions.get('right')?.x).toBe(550);
  expect(positions.get('unused')?.x).toBe(900);
});

// Before each test, so that mutation tests know which tests run this code.
let graph: ContainerGraph;
let layer: ResourceLayer;
beforeEach(() => {
  graph = ContainerGraph.build({
    containers: [container('a', { networks: ['shop'] }), container('b', { networks: ['shop'] }), container('c')],
    pods: [],
    edges: [],
  });
  layer = buildResourceLayer(graph, [network('shop'), volume('unused')], new Map());
});
const options = { engines: ['e'], collapsed: new Map(), autoCollapse: false, autoGroup: false };
const size = () => ({ width: 120, height: 40 });

test('resources move no container, and are below all of their engine', () => {
  const without = layoutScene(buildScene(graph, options), size);
  const scene = buildScene(graph, { ...options, layer });
  const geometry = layoutScene(scene, size);
  for (const [id, rect] of without.rects) expect(geometry.rects.get(id)).toEqual(rect);
  const bottom = Math.max(...[...without.rects.values()].map(({ y, height }) => y + height));
  for (const id of layer.nodes.keys()) expect(geometry.rects.get(id)?.y).toBeGreaterThan(bottom);
  expect(scene.uses).toEqual(['a', 'b'].map((name) => ({ from: key(name), to: nodeKey('e', 'network', 'shop') })));
  expect(geometry.uses).toHaveLength(2);
});

test('in a large graph, each kind is a collapsed box without edges; an expanded one contains its resources', () => {
  const many = buildResourceLayer(graph, [network('shop'), network('idle'), volume('unused')], new Map());
  const large = { ...options, autoCollapse: true, layer: many };
  const collapsed = buildScene(graph, large);
  expect([...collapsed.resources.values()]).toEqual([[nodeKey('e', 'volume', 'unused'), 'e/box/resources/network']]);
  expect(collapsed.uses).toEqual([]);
  const scene = buildScene(graph, { ...large, collapsed: new Map([['e/box/resources/network', false]]) });
  expect(scene.uses).toHaveLength(2);
  const { rects, ...whole } = layoutScene(scene, size);
  const [box, idle, shop] = ['box/resources/network', 'network/idle', 'network/shop'].map((id) => rects.get(`e/${id}`));
  if (!box || !idle || !shop) throw new Error([...rects.keys()].join());
  for (const { x, y, width, height } of [idle, shop]) {
    expect([x > box.x, y > box.y]).toEqual([true, true]);
    expect([x + width < box.x + box.width, y + height < box.y + box.height]).toEqual([true, true]);
  }
  expect(overlap(idle, shop)).toBe(false);
  expect(box.y + box.height).toBeLessThan(whole.height);
});

test('with a filter, only resources of visible nodes are in the scene, and without the layer none', () => {
  const shown = (visible?: ReadonlySet<NodeKey>) => buildScene(graph, { ...options, layer, visible });
  expect([...shown(new Set([key('a')])).resources.values()].flat()).toEqual([nodeKey('e', 'network', 'shop')]);
  expect(shown(new Set([key('a')])).uses).toHaveLength(1);
  expect(shown(new Set([key('c')])).resources.size).toBe(0);
  expect(buildScene(graph, options)).toMatchObject({ resources: new Map(), uses: [] });
});
