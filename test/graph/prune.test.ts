import { expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import type { VolumeNode } from '../../src/graph/model/model';
import { type PruneOptions, pruneScope } from '../../src/graph/plan/prune';
import { container, edge, graphOf, podMember, sortedNames, volume } from './build';

const wish: PruneOptions = { containers: true, pods: true, labels: [] };
const pruned = (graph: ContainerGraph, more: Partial<PruneOptions> = {}) =>
  sortedNames(pruneScope(graph, { ...wish, ...more }).chosen);

test('takes what is created or exited, and leaves what runs or is paused', () => {
  const graph = graphOf('made ended up held', {
    made: { state: 'created' },
    up: { state: 'running' },
    held: { state: 'paused' },
  });
  expect(pruned(graph)).toEqual(['ended', 'made']);
  expect(pruned(graph, { containers: false })).toEqual([]);
});

test('keeps what something needs that stays, however far', () => {
  const up = { state: 'running' } as const;
  expect(pruned(graphOf('top>mid mid>base other', { top: up }))).toEqual(['other']);
  expect(pruned(graphOf('top>mid mid>base'))).toEqual(['base', 'mid', 'top']);
});

test('takes pods that have ended or are empty as a whole, and never a member alone', () => {
  const containers = [
    ...['over', 'half'].map((pod) => podMember(pod, `${pod}-a`)),
    podMember('half', 'half-b', 'running'),
    container('loose'),
  ];
  const graph = ContainerGraph.build({ containers, pods: [], edges: [] });
  expect(pruned(graph)).toEqual(['loose', 'over']);
  expect(pruned(graph, { pods: false })).toEqual(['loose']);
});

test('goes by age and by labels; what does not say when it was made is not old', () => {
  const graph = graphOf('old young ageless', {
    old: { createdAt: 1, labels: { tier: 'x', app: 'a' } },
    young: { createdAt: 9, labels: { tier: 'x' } },
    ageless: { labels: { tier: 'y' } },
  });
  expect(pruned(graph, { until: 5 })).toEqual(['old']);
  expect(pruned(graph, { labels: ['tier=x'] })).toEqual(['old', 'young']);
  expect(pruned(graph, { labels: ['tier', 'app=a'] })).toEqual(['old']);
});

test('keeps the base of what is too young to go', () => {
  const containers = [container('base', { createdAt: 1 }), container('dependent', { createdAt: 9 })];
  const graph = ContainerGraph.build({ containers, pods: [], edges: [edge('dependent', 'base')] });
  expect(pruned(graph, { until: 5 })).toEqual([]);
  expect(pruned(graph)).toEqual(['base', 'dependent']);
});

test('takes volumes only where they are asked for, by age and by labels as all else', () => {
  const graph = graphOf('ended');
  const dangling: VolumeNode[] = [
    volume('old', { createdAt: 1, labels: { tier: 'x' } }),
    volume('young', { createdAt: 9, labels: { tier: 'x' } }),
    volume('ageless'),
  ];
  const taken = (more: Partial<PruneOptions>) => sortedNames(pruneScope(graph, { ...wish, ...more }, dangling).chosen);
  expect(taken({})).toEqual(['ended']);
  expect(taken({ volumes: true })).toEqual(['ageless', 'ended', 'old', 'young']);
  expect(taken({ volumes: true, containers: false, until: 5 })).toEqual(['old']);
  expect(taken({ volumes: true, labels: ['tier=x'] })).toEqual(['old', 'young']);
});
