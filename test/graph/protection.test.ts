import { describe, expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import { protectionReason } from '../../src/graph/model/protection';
import { container, edge, key, podMember, podKey } from './build';

const nobody = ContainerGraph.empty;
const nothingNamed = { names: [], ownContainer: undefined };

describe('what is protected', () => {
  test('a label that says so, and only then', () => {
    const protects = protectionReason(nothingNamed);
    expect(protects(container('db', { labels: { 'podgraph.protect': 'true' } }), nobody)).toBe('label');
    expect(protects(container('db', { labels: { 'podgraph.protect': 'false' } }), nobody)).toBeUndefined();
  });

  test('boxes of toolbox and distrobox', () => {
    const protects = protectionReason(nothingNamed);
    const boxes = [{ 'com.github.containers.toolbox': 'true' }, { manager: 'distrobox' }];
    expect(boxes.map((labels) => protects(container('box', { labels }), nobody))).toEqual(['toolbox', 'toolbox']);
  });

  test('names by pattern, whole, in any case, and nothing else in a pattern means anything', () => {
    const protects = protectionReason({ names: ['registry', '*-prod', 'a.c', ''], ownContainer: undefined });
    const named = ['registry', 'Registry', 'registry-2', 'db-prod', 'a.c', 'abc', ''];
    const kept = named.filter((name) => protects(container(name), nobody) === 'name');
    expect(kept).toEqual(['registry', 'Registry', 'db-prod', 'a.c']);
  });

  test('a protected pod keeps its members, whether they were chosen with it or alone', () => {
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

  test('what a protected container needs stays with it', () => {
    const graph = ContainerGraph.build({
      containers: [container('db'), container('web', { labels: { 'podgraph.protect': 'true' } })],
      pods: [],
      edges: [edge('web', 'db')],
    });
    const protects = protectionReason(nothingNamed);
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
