import { beforeEach, describe, expect, test } from 'vitest';
import type { ContainerNode, NodeKey } from '../../src/graph/model/model';
import type { ImageNode, NetworkNode, ResourceNode } from '../../src/graph/model/resources';
import { ContainerGraph } from '../../src/graph/model/graph';
import { freedSpace, withSizes } from '../../src/graph/plan/freedSpace';
import { planAction } from '../../src/graph/plan/planAction';
import { composeProjects, projectScope } from '../../src/graph/plan/projectScope';
import type { Scope } from '../../src/graph/plan/plan';
import type { Report } from '../../src/graph/plan/report';
import { nodeKey } from '../../src/graph/model/model';
import { container, details, edge, key, podKey, podMember, volume, volumeKey } from './build';

const labels = { 'com.docker.compose.project': 'shop' };
const service = (name: string, more: Partial<ContainerNode> & { volumes?: string[] } = {}) =>
  container(name, {
    labels,
    networks: ['shop_default', 'proxy'],
    imageId: 'a1',
    details: { ...details, namedVolumes: more.volumes ?? [], anonymousVolumes: ['f'.repeat(64)] },
    ...more,
  });
const network = (name: string, more: Partial<NetworkNode> = {}): NetworkNode => ({
  kind: 'network',
  key: nodeKey('e', 'network', name),
  id: name,
  name,
  driver: 'bridge',
  isDefault: false,
  createdAt: undefined,
  labels: {},
  subnets: [],
  ...more,
});
const image = (id: string, ...tags: string[]): ImageNode => ({
  kind: 'image',
  key: nodeKey('e', 'image', id),
  id,
  name: tags[0] ?? id,
  tags,
  createdAt: undefined,
  labels: {},
  size: 100,
  isDangling: tags.length === 0,
});

const resources: readonly ResourceNode[] = [
  network('podman', { isDefault: true }),
  network('shop_default', { labels }),
  network('shop_left', { labels }),
  network('proxy'),
  network('other'),
  volume('shop_data', { labels, size: 5000, isInUse: true }),
  volume('shop_shared', { labels, isInUse: true }),
  volume('given', { isInUse: true }),
  volume('f'.repeat(64), { isAnonymous: true, isInUse: true }),
  image('a1', 'shop-web:latest'),
  image('b2', 'redis:7'),
  image('c3', 'unrelated:1'),
];

const build = () =>
  ContainerGraph.build({
    containers: [
      service('web', { volumes: ['shop_data', 'shop_shared'] }),
      service('db', { imageId: 'b2', volumes: ['shop_data', 'given'] }),
      container('outsider', {
        imageId: 'b2',
        details: { ...details, namedVolumes: ['shop_shared'] },
        networks: ['proxy'],
      }),
    ],
    pods: [],
    edges: [edge('web', 'db')],
  });

// Before each test, so that mutation tests know which tests run this code.
let graph: ContainerGraph;
let scope: Scope;
let offered: readonly NodeKey[];
beforeEach(() => {
  graph = build();
  const [shop] = composeProjects(graph);
  ({ scope, offered } = projectScope(graph, shop!, resources));
});
const planWith = (excluded: readonly NodeKey[], of = graph) =>
  planAction('r', of, scope, { dependents: 'block', running: 'stop', excluded }, resources);
const reasons = (plan: ReturnType<typeof planWith>) =>
  Object.fromEntries(plan.retained.map(({ node, why }) => [node.name, why.kind]));
const names = (plan: ReturnType<typeof planWith>) => [...plan.nodes.values()].map(({ node }) => node.name).sort();

describe('the removal of a compose project', () => {
  test('has its containers and its networks; volumes and images only if included', () => {
    expect(names(planWith(offered))).toEqual(['db', 'shop_default', 'shop_left', 'web']);
    expect(reasons(planWith(offered))).toEqual({
      proxy: 'external',
      given: 'external',
      shop_data: 'excluded',
      shop_shared: 'neededBy',
      'shop-web:latest': 'excluded',
      'redis:7': 'neededBy',
    });
  });

  test('includes what the user ticks, after all of its users', () => {
    const ticked: readonly NodeKey[] = [volumeKey('shop_data'), nodeKey('e', 'image', 'a1')];
    const plan = planWith(offered.filter((one) => !ticked.includes(one)));
    expect(names(plan)).toEqual(['db', 'shop-web:latest', 'shop_data', 'shop_default', 'shop_left', 'web']);
    const unit = (name: string) => plan.units.find(({ id }) => id.endsWith(`/${name}`));
    expect(unit('shop_data')).toMatchObject({ kind: 'volume', hardDependencies: [key('web'), key('db')], step: 2 });
    expect(unit('a1')).toMatchObject({ kind: 'image', hardDependencies: [key('web')], step: 1 });
    expect(unit('shop_left')).toMatchObject({ kind: 'network', hardDependencies: [], step: 0 });
    expect(plan.counts).toMatchObject({ containers: 2, networks: 2, volumes: 1, images: 1 });
  });

  test('keeps what an excluded container uses', () => {
    const plan = planWith([key('db')]);
    expect(names(plan)).toEqual(['shop-web:latest', 'shop_left', 'web']);
    expect(reasons(plan)).toMatchObject({ shop_default: 'neededBy', shop_data: 'neededBy' });
  });

  test('keeps an image with several tags, which engines remove only by force', () => {
    const tagged = resources.map((one) => (one.id === 'a1' ? image('a1', 'shop-web:latest', 'shop-web:1') : one));
    const plan = planAction('r', graph, scope, { dependents: 'block', running: 'stop' }, tagged);
    expect(reasons(plan)).toMatchObject({ 'shop-web:latest': 'severalTags' });
  });
});

test('a pod of which all members are of a project belongs to it', () => {
  const pods = ContainerGraph.build({
    containers: [
      { ...podMember('pod_shop', 'a'), labels },
      { ...podMember('mixed', 'b'), labels },
      podMember('mixed', 'c'),
    ],
    pods: [],
    edges: [],
  });
  expect(composeProjects(pods)).toEqual([
    { engine: 'e', name: 'shop', keys: [key('a'), key('b'), podKey('pod_shop')] },
  ]);
});

test('the networks of a pod are only offered', () => {
  const pods = ContainerGraph.build({
    containers: [
      container('infra', { pod: podKey('p'), podName: 'p', isInfra: true, networks: ['other', 'podman'] }),
      podMember('p', 'm'),
    ],
    pods: [],
    edges: [],
  });
  const project = { engine: 'e', name: undefined, keys: [podKey('p')] };
  const { scope: ofPod, offered: ofPodOffered } = projectScope(pods, project, resources);
  expect(ofPodOffered).toEqual([nodeKey('e', 'network', 'other')]);
  const plan = planAction('r', pods, ofPod, { dependents: 'block', running: 'stop' }, resources);
  expect(plan.units.map(({ kind, step }) => [kind, step])).toEqual([
    ['pod', 0],
    ['network', 1],
  ]);
});

test('“Remove with Dependents” on a volume includes its users and their dependents', () => {
  const chosen = [volumeKey('given')];
  const plan = planAction('r', graph, { chosen, isAll: false }, { dependents: 'include', running: 'stop' }, resources);
  expect(plan.units.map(({ targets }) => targets)).toEqual([[key('web')], [key('db')], [volumeKey('given')]]);
  expect(plan.nodes.get(key('db'))?.why).toEqual({ kind: 'needs', dependency: volumeKey('given') });
  const alone = planAction('r', graph, { chosen, isAll: false }, { dependents: 'block', running: 'stop' }, resources);
  expect([alone.nodes.size, reasons(alone)]).toEqual([0, { given: 'neededBy' }]);
});

test('a default network and a volume that an unknown tool uses are kept', () => {
  const chosen = [nodeKey('e', 'network', 'podman'), volumeKey('foreign')];
  const listed = [...resources, volume('foreign', { isInUse: true })];
  const plan = planAction('r', graph, { chosen, isAll: false }, { dependents: 'include', running: 'stop' }, listed);
  expect(reasons(plan)).toEqual({ podman: 'defaultNetwork', foreign: 'inUse' });
});

test('freed space is what was measured and is gone, with images apart', () => {
  const plan = withSizes(
    planWith([]),
    new Map([
      [key('web'), 30],
      [key('db'), 20],
    ]),
  );
  const removed = new Set(['web', 'shop_data', 'a1']);
  const nodes = new Map(
    [...plan.nodes].map(([one, { node }]) => [
      one,
      {
        node,
        state: removed.has(node.id) || removed.has(node.name) ? 'gone' : 'present',
        outcome: { kind: removed.has(node.id) || removed.has(node.name) ? 'removed' : 'failed' },
      },
    ]),
  );
  const report = { plan, nodes, volumes: new Map() } as unknown as Report;
  expect(freedSpace(report)).toEqual({ bytes: 5030, imageBytes: 100, isIncomplete: false });
  expect(freedSpace({ ...report, nodes: new Map() })).toBeUndefined();
});
