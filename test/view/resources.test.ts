import { describe, expect, it } from 'vitest';
import { parseKey, type NodeKey } from '../../src/graph/model/model';
import { buildResourceLayer } from '../../src/graph/model/resourceLayer';
import type { ResourceNode } from '../../src/graph/model/resources';
import { explainResource } from '../../src/graph/plan/explainResource';
import { resourceExplanationText } from '../../src/view/documents/resourceDocument';
import { GraphViewModel } from '../../src/view/graphPanel/graphViewModel';
import { GraphTreeProvider } from '../../src/view/tree/provider';
import { resourceRows } from '../../src/view/tree/resourceRows';
import type { TreeInput } from '../../src/view/tree/treeModel';
import { ViewFilter } from '../../src/view/viewFilter';
import { FakeService } from './fakeService';
import { containerKey, type GraphSpec, graphOf, snapshotOf } from './graphSpec';
import { defaultPresentationContext } from './presentationContext';

const own = (kind: string, id: string) => ({
  key: `local/${kind}/${id}` as NodeKey,
  id,
  name: id,
  createdAt: undefined,
  labels: {},
});
const resources: readonly ResourceNode[] = [
  { kind: 'volume', ...own('volume', 'left'), isAnonymous: false, isInUse: false },
  { kind: 'network', ...own('network', 'shop'), driver: 'bridge', isDefault: false, subnets: [] },
  { kind: 'network', ...own('network', 'podman'), driver: 'bridge', isDefault: true, subnets: [] },
  {
    kind: 'image',
    ...own('image', 'f'.repeat(64)),
    name: 'docker.io/library/nginx:1',
    tags: ['docker.io/library/nginx:1'],
    size: 5e6,
    isDangling: false,
  },
];
const spec: GraphSpec = {
  containers: [
    { name: 'web', networks: ['shop'], imageId: 'f'.repeat(64) },
    { name: 'db', networks: ['shop'] },
    { name: 'proxy' },
  ],
  needs: [['proxy', 'web']],
};
const layer = buildResourceLayer(graphOf(spec), resources, new Map());
const shown: TreeInput = { ...snapshotOf(spec), layer };

describe('in the tree', () => {
  const service = new FakeService(spec);
  const treeOf = (input: TreeInput) => {
    const provider = new GraphTreeProvider(
      service,
      () => input,
      () => 0,
      () => false,
      () => undefined,
    );
    provider.setResourceRows(resourceRows);
    const lines = (parent?: Parameters<typeof provider.getChildren>[0], indent = ''): string[] =>
      provider.getChildren(parent).flatMap((element) => {
        const { label, description } = provider.presentationOf(element);
        return [`${indent}${[label, description].filter(Boolean).join(': ')}`, ...lines(element, `${indent}  `)];
      });
    return { provider, lines };
  };

  it('are groups above the containers, each resource with its users below it', () => {
    expect(treeOf(shown).lines().slice(0, 11)).toEqual([
      'Volumes: 1 · 1 unused',
      '  left: unused',
      'Networks: 2 · 1 unused',
      '  podman: default · bridge · unused',
      '  shop: bridge · used by 2',
      '    db: nginx',
      '    web: nginx · required by 1',
      expect.stringContaining('      proxy'),
      'Images: 1',
      '  nginx:1: 5 MB · used by 1',
      '    web: nginx · required by 1',
    ]);
  });

  it('are folded, and have the values that menus test', () => {
    const { provider } = treeOf(shown);
    const groups = provider.getChildren().slice(0, 3);
    expect(groups.map((group) => provider.getTreeItem(group).collapsibleState)).toEqual([1, 1, 1]);
    const valuesOf = (at: number) =>
      provider.getChildren(groups[at]).map((element) => provider.getTreeItem(element).contextValue);
    expect(valuesOf(0)).toEqual(['volume removable']);
    expect(valuesOf(1)).toEqual(['network', 'network hasDependents removable']);
    expect(provider.getTreeItem(groups[0] as never).contextValue).toBe('resources');
  });

  it('can be found, and with a filter are those that visible nodes use', () => {
    const { provider } = treeOf(shown);
    const key = resources[1]?.key as NodeKey;
    expect(provider.find(key)).toMatchObject({ kind: 'node', key });
    const filtered = treeOf({ ...shown, visible: new Set([containerKey('db')]) });
    expect(filtered.lines().slice(0, 3)).toEqual(['Networks: 1', '  shop: bridge · used by 2', '    db: nginx']);
  });

  it('are not shown without the layer', () => {
    expect(treeOf(snapshotOf(spec)).lines()[0]).toMatch(/^db/);
  });
});

describe('in the graph', () => {
  const draw = (input: TreeInput) => new GraphViewModel(defaultPresentationContext(() => input)).draw();

  it('are small nodes with edges from their users, hidden ones included in the dependencies', () => {
    const { nodes, edges, dependencies, hasResources } = draw(shown);
    expect(hasResources).toBe(true);
    const drawn = nodes.filter(({ key }) => parseKey(key as NodeKey).kind !== 'container');
    expect(drawn.map(({ kind, label, subtitle }) => [kind, label, subtitle])).toEqual([
      ['volume', 'left', 'unused'],
      ['network', 'podman', 'unused'],
      ['network', 'shop', 'used by 2'],
      ['image', 'nginx:1', 'used by 1'],
    ]);
    const uses = edges.filter(({ kind }) => kind === 'resource');
    expect(uses.map(({ label, isOnDemand }) => [label, isOnDemand])).toEqual([
      ['uses shop', undefined],
      ['uses shop', undefined],
      ['uses nginx:1', undefined],
    ]);
    expect(dependencies).toContainEqual([containerKey('db'), resources[1]?.key]);
  });

  it('have edges only on demand from seven users on', () => {
    const containers = Array.from({ length: 7 }, (_, at) => ({ name: `c${at}`, networks: ['shop'] }));
    const many = { containers };
    const input = { ...snapshotOf(many), layer: buildResourceLayer(graphOf(many), resources, new Map()) };
    expect(draw(input).edges.every(({ isOnDemand }) => isOnDemand)).toBe(true);
  });

  it('of a kind are one node while there are many, on which no action applies', () => {
    const many = Array.from({ length: 101 }, (_, at) => ({ ...own('volume', `v${at}`), kind: 'volume' as const }));
    const volumes = many.map((one) => ({ ...one, isAnonymous: false, isInUse: false }));
    const input = { ...shown, layer: buildResourceLayer(graphOf(spec), [...volumes, ...resources], new Map()) };
    const { nodes, edges, dependencies } = draw(input);
    const boxes = nodes.filter(({ kind }) => kind === 'resources');
    expect(boxes.map(({ label, subtitle, collapsed }) => [label, subtitle, collapsed])).toEqual([
      ['Volumes', '102 · 102 unused', true],
      ['Networks', '2 · 1 unused', true],
    ]);
    expect(boxes.map(({ nodes: members, contextValues }) => [members, contextValues])).toEqual([
      [[], ''],
      [[], ''],
    ]);
    expect(edges.filter(({ kind }) => kind === 'resource').map(({ label }) => label)).toEqual(['uses nginx:1']);
    expect(dependencies.map(([, to]) => to)).not.toContain(resources[1]?.key);
  });

  it('change nothing in the message while they are not shown', () => {
    const without = draw(snapshotOf(spec));
    expect('hasResources' in without).toBe(false);
    expect(without.nodes).toHaveLength(3);
    expect(without.edges.some(({ kind }) => kind === 'resource')).toBe(false);
  });
});

it('are explained from their side, with links to their users', () => {
  const key = resources[1]?.key as NodeKey;
  const graph = graphOf(spec);
  const explanation = explainResource(graph, layer, key, undefined);
  if (!explanation) throw new Error('not listed');
  const { text, names } = resourceExplanationText(explanation, { graph, engineLabel: 'podman', now: 0, layer });
  expect(text.split('\n')).toEqual([
    'Dependencies of shop',
    'network · bridge · podman',
    '',
    'Used by 2:',
    '  web',
    '  db',
    '',
    'Through these, it is also needed by:',
    '  proxy: requires web',
    '',
    "shop can't be removed while a container uses it, running or not.",
    '“Remove with Dependents” removes it and these, in order.',
    '',
  ]);
  expect(names.map(({ key: one }) => one)).toContain(containerKey('db'));
});

it('the choice to show them is remembered per workspace; the layer exists only then', async () => {
  const values = new Map<string, unknown>();
  const memory = {
    get: (name: string) => values.get(name),
    update: (name: string, value: unknown) => Promise.resolve(void values.set(name, value)),
  };
  const empty = { get: () => undefined, update: () => Promise.resolve() };
  const filter = new ViewFilter(empty, memory);
  expect(filter.apply(snapshotOf(spec)).layer).toBeUndefined();
  await filter.setShowsResources(true);
  const again = new ViewFilter(empty, memory);
  expect(again.showsResources).toBe(true);
  const { layer: first } = again.apply(snapshotOf(spec));
  expect(first?.users.size).toBe(2);
  expect(again.apply(snapshotOf(spec)).layer).toBe(first);
});
