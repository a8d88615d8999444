import { expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import type { ResourceNode } from '../../src/graph/model/resources';
import { type PruneOptions, pruneScope } from '../../src/graph/plan/prune';
import { container, edge, graphOf, image, network, podMember, sortedNames, volume } from './build';

const defaults: PruneOptions = { containers: true, pods: true, labels: [] };
const pruned = (graph: ContainerGraph, more: Partial<PruneOptions> = {}) =>
  sortedNames(pruneScope(graph, { ...defaults, ...more }).chosen);

test('selects created and exited containers, but no running or paused ones', () => {
  const graph = graphOf('new exited up paused', {
    new: { state: 'created' },
    up: { state: 'running' },
    paused: { state: 'paused' },
  });
  expect(pruned(graph)).toEqual(['exited', 'new']);
  expect(pruned(graph, { containers: false })).toEqual([]);
});

test.each([
  ['removing', []],
  ['unknown', []],
  ['exited', ['a']],
] as const)('a container in the state %s: %j', (state, expected) => {
  expect(pruned(graphOf('a', { a: { state } }))).toEqual(expected);
});

test('keeps direct and indirect dependencies of remaining nodes', () => {
  const up = { state: 'running' } as const;
  expect(pruned(graphOf('top>mid mid>base other', { top: up }))).toEqual(['other']);
  expect(pruned(graphOf('top>mid mid>base'))).toEqual(['base', 'mid', 'top']);
});

test('selects whole pods, never a member alone', () => {
  const containers = [
    ...['exited', 'degraded'].map((pod) => podMember(pod, `${pod}-a`)),
    podMember('degraded', 'degraded-b', 'running'),
    container('other'),
  ];
  const graph = ContainerGraph.build({ containers, pods: [], edges: [] });
  expect(pruned(graph)).toEqual(['exited', 'other']);
  expect(pruned(graph, { pods: false })).toEqual(['other']);
});

test('filters by age and labels; without a creation time a node is never old enough', () => {
  const graph = graphOf('old young undated', {
    old: { createdAt: 1, labels: { tier: 'x', app: 'a' } },
    young: { createdAt: 9, labels: { tier: 'x' } },
    undated: { labels: { tier: 'y' } },
  });
  expect(pruned(graph, { until: 5 })).toEqual(['old']);
  expect(pruned(graph, { labels: ['tier=x'] })).toEqual(['old', 'young']);
  expect(pruned(graph, { labels: ['tier', 'app=a'] })).toEqual(['old']);
});

test('keeps the dependencies of nodes that are too young', () => {
  const containers = [container('base', { createdAt: 1 }), container('dependent', { createdAt: 9 })];
  const graph = ContainerGraph.build({ containers, pods: [], edges: [edge('dependent', 'base')] });
  expect(pruned(graph, { until: 5 })).toEqual([]);
  expect(pruned(graph)).toEqual(['base', 'dependent']);
});

test('selects unused anonymous volumes, images without a tag and networks only on request, by age and labels', () => {
  const graph = graphOf('exited', { exited: { networks: ['used'] } });
  const resources: ResourceNode[] = [
    volume('old', { createdAt: 1, labels: { tier: 'x' }, isAnonymous: true }),
    volume('young', { createdAt: 9, labels: { tier: 'x' }, isAnonymous: true }),
    volume('mounted', { isAnonymous: true, isInUse: true }),
    volume('named'),
    image('untagged'),
    image('tagged', { tags: ['nginx'], isDangling: false }),
    network('used'),
    network('unused'),
    network('bridge', { isDefault: true }),
  ];
  const selected = (more: Partial<PruneOptions>) =>
    sortedNames(pruneScope(graph, { ...defaults, ...more }, resources).chosen);
  expect(selected({})).toEqual(['exited']);
  expect(selected({ volumes: true })).toEqual(['exited', 'old', 'young']);
  expect(selected({ images: true, networks: true })).toEqual(['exited', 'untagged', 'unused']);
  expect(selected({ volumes: true, containers: false, until: 5 })).toEqual(['old']);
  expect(selected({ volumes: true, labels: ['tier=x'] })).toEqual(['old', 'young']);
});
