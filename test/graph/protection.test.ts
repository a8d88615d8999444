import { describe, expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import { protectionReason } from '../../src/graph/model/protection';
import { container, edge, key, podMember, podKey } from './build';

const emptyGraph = ContainerGraph.empty;
const noNames = { names: [], ownContainer: undefined };

describe('protected nodes', () => {
  test('by the label, if it is true', () => {
    const protects = protectionReason(noNames);
    expect(protects(container('db', { labels: { 'podgraph.protect': 'true' } }), emptyGraph)).toBe('label');
    expect(protects(container('db', { labels: { 'podgraph.protect': 'false' } }), emptyGraph)).toBeUndefined();
  });

  test('by the labels of toolbox and distrobox', () => {
    const protects = protectionReason(noNames);
    const boxes = [{ 'com.github.containers.toolbox': 'true' }, { manager: 'distrobox' }];
    expect(boxes.map((labels) => protects(container('box', { labels }), emptyGraph))).toEqual(['toolbox', 'toolbox']);
  });

  test('by a pattern for the whole name, case-insensitive', () => {
    const protects = protectionReason({ names: ['registry', '*-prod', 'a.c', ''], ownContainer: undefined });
    const all = ['registry', 'Registry', 'registry-2', 'db-prod', 'a.c', 'abc', ''];
    const kept = all.filter((name) => protects(container(name), emptyGraph) === 'name');
    expect(kept).toEqual(['registry', 'Registry', 'db-prod', 'a.c']);
  });

  test('a protected pod retains its members, whether chosen with it or alone', () => {
    const graph = ContainerGraph.build({
      containers: [podMember('p', 'a'), podMember('p', 'b'), container('lone')],
      pods: [],
      edges: [],
    });
    const protects = protectionReason({ names: ['p'], ownContainer: undefined });
    const plan = (...chosen: ReturnType<typeof key>[]) =>
      planRemoval('r', graph, { chosen, isAll: false }, { dependents: 'include', running: 'stop', protects });
    expect([...plan(podKey('p'), key('lone')).nodes.keys()]).toEqual([key('lone')]);
    expect([...plan(key('a'), key('lone')).nodes.keys()]).toEqual([key('lone')]);
  });

  test('a protected container retains its dependencies', () => {
    const graph = ContainerGraph.build({
      containers: [container('db'), container('web', { labels: { 'podgraph.protect': 'true' } })],
      pods: [],
      edges: [edge('web', 'db')],
    });
    const protects = protectionReason(noNames);
    const options = { dependents: 'include', running: 'stop', protects } as const;
    const plan = planRemoval('r', graph, { chosen: [key('db')], isAll: false }, options);
    expect(plan.nodes.size).toBe(0);
    expect(plan.blockers).toEqual([]);
    expect(plan.retained.map(({ node, why }) => [node.name, why.kind])).toEqual([
      ['web', 'protected'],
      ['db', 'neededBy'],
    ]);
  });
});
