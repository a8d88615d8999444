import { beforeEach, expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import { nodeKey, type NodeKey } from '../../src/graph/model/model';
import { buildResourceLayer, ResourceLayerCache, resourceSize } from '../../src/graph/model/resourceLayer';
import { explainResource } from '../../src/graph/plan/explainResource';
import { container, details, edge, image, key, network, sortedNames, volume } from './build';

const resources = [
  image('f'.repeat(64), { tags: [], isDangling: true }),
  image('1'.repeat(64), { tags: ['docker.io/library/nginx:1'], name: 'docker.io/library/nginx:1', size: 5 }),
  network('shop'),
  network('bridge', { isDefault: true }),
  volume('a'.repeat(64), { isAnonymous: true }),
  volume('data10'),
  volume('data9'),
];
// Before each test, so that mutation tests know which tests run this code.
let graph: ContainerGraph;
beforeEach(() => {
  graph = ContainerGraph.build({
    containers: [
      container('db', { details: { ...details, namedVolumes: ['data9'] }, networks: ['shop'] }),
      container('web', { networks: ['shop'], imageId: '1'.repeat(64) }),
      container('proxy'),
    ],
    pods: [],
    edges: [edge('proxy', 'web')],
  });
});
const byKey = (all: typeof resources) => new Map(all.map((node) => [node.key, node]));
const noSizes: ReadonlyMap<NodeKey, number> = new Map();

test('is sorted by kind and name, nameless ones last, with the users of each', () => {
  const layer = buildResourceLayer(graph, resources, noSizes);
  expect([...layer.nodes.values()].map(({ name }) => name.slice(0, 12))).toEqual([
    ...['data9', 'data10', 'aaaaaaaaaaaa', 'bridge', 'shop', 'docker.io/li', 'ffffffffffff'],
  ]);
  expect(sortedNames(layer.users.get(nodeKey('e', 'network', 'shop')) ?? [])).toEqual(['db', 'web']);
  expect(layer.users.get(nodeKey('e', 'volume', 'data10'))).toBeUndefined();
});

test('the size of a volume is unknown until it is measured', () => {
  const data = volume('data9');
  expect(resourceSize(data, { sizes: noSizes })).toBeUndefined();
  expect(resourceSize(data, { sizes: new Map([[data.key, 7]]) })).toBe(7);
});

test('stays the same object while neither resources nor users change', () => {
  const cache = new ResourceLayerCache();
  const first = cache.get(graph, byKey(resources), noSizes);
  const exited = graph.withStates([{ ...container('proxy'), state: 'running' }]);
  expect(cache.get(exited, byKey(resources), noSizes)).toBe(first);
  const moved = graph.withStates([container('proxy', { networks: ['shop'] })]);
  expect(cache.get(moved, byKey(resources), noSizes).users.get(nodeKey('e', 'network', 'shop'))).toHaveLength(3);
  expect(cache.get(moved, byKey(resources.slice(1)), noSizes).nodes.size).toBe(resources.length - 1);
});

test('explains who uses a resource, directly and through whom, and what blocks its removal', () => {
  const layer = buildResourceLayer(graph, resources, noSizes);
  const explain = (one: NodeKey, name?: string) =>
    explainResource(graph, layer, one, (node) => (node.name === name ? 'name' : undefined));
  const shop = explain(nodeKey('e', 'network', 'shop'));
  expect(sortedNames(shop?.users.items ?? [])).toEqual(['db', 'web']);
  expect(shop?.dependents.items.map(({ edges }) => edges.map(({ from }) => from))).toEqual([[key('proxy')]]);
  expect(shop?.blocker).toEqual({ kind: 'used' });
  expect(explain(nodeKey('e', 'network', 'shop'), 'db')?.blocker).toMatchObject({ kind: 'usedByProtected' });
  expect(explain(nodeKey('e', 'network', 'bridge'))?.blocker).toEqual({ kind: 'default' });
  expect(explain(nodeKey('e', 'volume', 'data10'))?.blocker).toBeUndefined();
  expect(explain(nodeKey('e', 'volume', 'unknown'))).toBeUndefined();
});

test('a volume in use by a container that is not listed cannot be removed', () => {
  const used = volume('data', { isInUse: true });
  const layer = buildResourceLayer(graph, [used], noSizes);
  expect(explainResource(graph, layer, used.key, undefined)?.blocker).toEqual({ kind: 'usedElsewhere' });
});
