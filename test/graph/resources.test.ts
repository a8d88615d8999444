import { describe, expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import { nodeKey } from '../../src/graph/model/model';
import {
  danglingAmong,
  isAnonymousName,
  isResource,
  isResourceKind,
  resourcesOf,
  resourceUsers,
} from '../../src/graph/model/resources';
import type { PlanOptions, Scope } from '../../src/graph/plan/plan';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import { unlistedResource } from '../../src/graph/plan/resources';
import { container, details, graphOf, image, key, network, podKey, podMember, volume, volumeKey } from './build';

const networkKey = (name: string) => nodeKey('e', 'network', name);
const imageKey = (name: string) => nodeKey('e', 'image', name);

test('volumes, networks and images are resources', () => {
  const kinds = ['container', 'pod', 'volume', 'network', 'image'] as const;
  expect(kinds.filter(isResourceKind)).toEqual(['volume', 'network', 'image']);
  expect(kinds.filter((kind) => isResource(nodeKey('e', kind, 'volume/x')))).toEqual(['volume', 'network', 'image']);
  expect(isResource(nodeKey('volume', 'container', 'x'))).toBe(false);
});

test('an anonymous name has 64 hexadecimal digits', () => {
  expect(isAnonymousName('0f'.repeat(32))).toBe(true);
  for (const name of ['0f'.repeat(31), '0f'.repeat(33), `${'0f'.repeat(31)}0g`, `x${'0f'.repeat(32)}`])
    expect(isAnonymousName(name), name).toBe(false);
});

test('a container uses its volumes, networks and image', () => {
  const mounts = { ...details, namedVolumes: ['data'], anonymousVolumes: ['anon'] };
  expect(resourcesOf(container('a', { details: mounts, networks: ['front', 'back'], imageId: 'i' }))).toEqual([
    volumeKey('data'),
    volumeKey('anon'),
    networkKey('front'),
    networkKey('back'),
    imageKey('i'),
  ]);
  expect(resourcesOf(container('a', { imageId: '' }))).toEqual([]);
});

test('the users of a resource are named once, an infra container as its pod', () => {
  const own = { details: { ...details, namedVolumes: ['v'], anonymousVolumes: ['v'] } };
  const infra = container('i', { isInfra: true, pod: podKey('p'), podName: 'p', networks: ['n'] });
  const graph = ContainerGraph.build({
    containers: [container('a', own), container('b', { ...own, networks: ['n'] }), infra, podMember('p', 'm')],
    pods: [],
    edges: [],
  });
  expect([...resourceUsers(graph)]).toEqual([
    [volumeKey('v'), [key('a'), key('b')]],
    [networkKey('n'), [key('b'), podKey('p')]],
  ]);
});

test('anonymous volumes without users are dangling', () => {
  const volumes = [
    volume('named'),
    volume('used', { isAnonymous: true, isInUse: true }),
    volume('anonymous', { isAnonymous: true }),
  ];
  expect(danglingAmong(volumes).map(({ name }) => name)).toEqual(['anonymous']);
});

test('of an unlisted resource only the key is known', () => {
  expect(unlistedResource(volumeKey('v'))).toEqual(volume('v'));
  expect(unlistedResource(networkKey('n'))).toEqual(network('n', { driver: '' }));
  expect(unlistedResource(imageKey('i'))).toEqual(image('i', { isDangling: false }));
});

describe('the plan of a resource', () => {
  const project = (name: string) => ({ labels: { 'com.docker.compose.project': name } });
  const graph = graphOf('web>db', {
    web: { networks: ['front'], imageId: 'i' },
    db: { networks: ['front'] },
  });
  const plan = (
    listed: Parameters<typeof planRemoval>[4],
    options: Partial<PlanOptions> = {},
    more: Partial<Scope> = {},
    chosen = listed?.map((one) => one.key) ?? [],
  ) =>
    planRemoval(
      'p',
      graph,
      { chosen, isAll: false, ...more },
      { dependents: 'block', running: 'stop', ...options },
      listed,
    );
  const reasons = (...args: Parameters<typeof plan>) => plan(...args).retained.map(({ why }) => why);

  test('is a unit after those of its users', () => {
    const { units, nodes } = plan([network('front')], {}, {}, [key('web'), key('db'), networkKey('front')]);
    expect(units.at(-1)).toEqual({
      ...{ id: networkKey('front'), kind: 'network', engine: 'e', action: 'remove', stopTimeout: 0, step: 2 },
      ...{ targets: [networkKey('front')], nodes: [networkKey('front')], infra: [] },
      ...{ hardDependencies: [key('web'), key('db')], softDependencies: [] },
    });
    expect(nodes.get(networkKey('front'))).toEqual({
      ...{ node: network('front'), unit: networkKey('front'), why: { kind: 'chosen' }, stopTimeout: 0 },
      ...{ dependents: [key('web'), key('db')], dependencies: [], restartedBy: undefined },
    });
  });

  test('includes its users with their dependents', () => {
    const { nodes } = plan([image('i')], { dependents: 'include' });
    expect([...nodes.keys()]).toEqual([key('web'), imageKey('i')]);
    expect(nodes.get(key('web'))?.why).toEqual({ kind: 'needs', dependency: imageKey('i') });
  });

  test('has a unit for each user in it, and names users outside of it', () => {
    const { retained, nodes } = plan([network('front')], {}, {}, [key('web'), networkKey('front')]);
    expect(nodes.has(networkKey('front'))).toBe(false);
    expect(retained.find(({ node }) => node.kind === 'network')).toEqual({
      node: network('front'),
      why: { kind: 'neededBy', node: key('db') },
      users: [key('web'), key('db')],
    });
  });

  test('retains networks of the engine, and those of other projects', () => {
    expect(reasons([network('bridge', { isDefault: true })])).toEqual([{ kind: 'defaultNetwork' }]);
    const own = [network('n', project('shop')), volume('v', project('shop'))];
    expect(reasons(own, {}, { project: 'shop' })).toEqual([]);
    expect(reasons(own, {}, { project: 'blog' })).toEqual([{ kind: 'external' }, { kind: 'external' }]);
    expect(reasons(own)).toEqual([]);
    expect(reasons([image('x')], {}, { project: 'blog' })).toEqual([]);
  });

  test('retains what other tools use, images with several names, and what is protected or excluded', () => {
    expect(reasons([volume('v', { isInUse: true })])).toEqual([{ kind: 'inUse' }]);
    expect(reasons([image('x', { tags: ['a', 'b'] })])).toEqual([{ kind: 'severalTags' }]);
    expect(reasons([image('x', { tags: ['a'] })])).toEqual([]);
    expect(reasons([volume('v')], { protects: () => 'label' })).toEqual([{ kind: 'protected', by: 'label' }]);
    expect(reasons([volume('v')], { excluded: [volumeKey('v')] })).toEqual([{ kind: 'excluded' }]);
    const both = { excluded: [volumeKey('v')], protects: () => 'label' as const };
    expect(reasons([volume('v')], both)).toEqual([{ kind: 'protected', by: 'label' }]);
  });

  test('retains resources of disconnected engines, listed or not', () => {
    const unreachable = new Map([['e', 'Podman']]);
    const why = { kind: 'engineUnavailable', engine: 'Podman' };
    expect(reasons([volume('v')], { unreachable })).toEqual([why]);
    expect(reasons([], { unreachable }, {}, [volumeKey('v')])).toEqual([why]);
    expect(reasons([], {}, {}, [volumeKey('v')])).toEqual([]);
    expect(plan([], {}, {}, [volumeKey('v')]).units).toEqual([]);
  });
});
