import { describe, expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import type { ContainerNode } from '../../src/graph/model/model';
import { type ActionOptions, planAction } from '../../src/graph/plan/planAction';
import { container, edge, graphOf, key, podKey } from './build';

const running: Partial<ContainerNode> = { state: 'running' };

const blockers = (graph: ContainerGraph, action: ActionOptions['action'], ...chosen: readonly string[]) =>
  planAction('p', graph, { chosen: chosen.map(key), isAll: false }, { action, dependents: 'block', running: 'stop' })
    .blockers;

describe('the blockers of an action without dependents', () => {
  test('are the running containers that need the node', () => {
    const states = { db: running, web: running, soft: running };
    const graph = graphOf('web>db soft~db down>db', states);
    const blocker = { kind: 'dependent', node: graph.get(key('web')), of: graph.get(key('db')) };
    for (const action of ['stop', 'restart', 'kill'] as const)
      expect(blockers(graph, action, 'db'), action).toEqual([blocker]);
    expect(blockers(graph, 'pause', 'db')).toEqual([]);
    expect(blockers(graph, 'stop', 'db', 'web')).toEqual([]);
  });

  test('are no pods: their members would block', () => {
    const pod = { pod: podKey('p'), podName: 'p' };
    const graph = ContainerGraph.build({
      containers: [container('db', running), container('i', { ...pod, isInfra: true, ...running })],
      pods: [],
      edges: [edge('i', 'db')],
    });
    expect(blockers(graph, 'stop', 'db')).toEqual([]);
  });

  test('are the stopped containers that the node needs', () => {
    const graph = graphOf('web>db web>up web~soft', { up: running });
    const blocker = { kind: 'dependency', node: graph.get(key('db')), of: graph.get(key('web')) };
    expect(blockers(graph, 'start', 'web')).toEqual([blocker]);
    expect(blockers(graph, 'start', 'web', 'db')).toEqual([]);
    const up = graphOf('web>db', { web: running });
    expect(blockers(up, 'restart', 'web')).toMatchObject([{ kind: 'dependency', node: { name: 'db' } }]);
    for (const action of ['stop', 'kill', 'pause'] as const) expect(blockers(up, action, 'web'), action).toEqual([]);
    expect(blockers(graphOf('web>db', { web: { state: 'paused' } }), 'unpause', 'web')).toEqual([]);
  });

  test('are no containers that the engine does not list', () => {
    const graph = ContainerGraph.build({ containers: [container('web')], pods: [], edges: [edge('web', 'hidden')] });
    expect(blockers(graph, 'start', 'web')).toEqual([]);
  });
});
