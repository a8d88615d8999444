import { describe, expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import { type ContainerNode, type EdgeReason, parseKey } from '../../src/graph/model/model';
import { PlanSelection } from '../../src/graph/plan/plan';
import { type ActionOptions, planAction } from '../../src/graph/plan/planAction';
import { countKinds } from '../../src/graph/plan/report';
import { container, details, edge, graphOf, key, podKey, podMember, sortedNames } from './build';

test.each<[EdgeReason, readonly string[]]>([
  ['requires', ['base', 'web']],
  ['network', ['base', 'web']],
  ['depends-on', ['base', 'web']],
  ['link', ['base', 'web']],
  ['systemd', ['base', 'web']],
  ['volumes-from', ['web']],
  ['systemd-order', ['web']],
])('with dependencies, a start over an edge of "%s" takes %s', (reason, expected) => {
  const graph = ContainerGraph.build({
    containers: ['base', 'web'].map((name) => container(name, { state: 'exited' })),
    pods: [],
    edges: [edge('web', 'base', reason)],
  });
  const scope = { chosen: [key('web')], isAll: false };
  const plan = planAction('r', graph, scope, { action: 'start', dependents: 'include', running: 'stop' });
  expect([...plan.nodes.values()].map(({ node }) => node.name).sort()).toEqual(expected);
});

test('a selection lists a node once, with its last reason, and no dropped one', () => {
  const selection = new PlanSelection(3);
  selection.add(2, { kind: 'memberOf', pod: podKey('p') });
  selection.add(0, { kind: 'chosen' });
  selection.add(2, { kind: 'chosen' });
  expect(selection.indices).toEqual([2, 0]);
  expect([selection.reasonFor(2), selection.has(1)]).toEqual([{ kind: 'chosen' }, false]);
  selection.drop(2);
  expect(selection.indices).toEqual([0]);
  expect(selection.has(2)).toBe(false);
});

describe('a restart', () => {
  const restart = (text: string, names: readonly string[]) => {
    const states = Object.fromEntries(names.map((name) => [name, { state: 'running' as const }]));
    const scope = { chosen: names.map(key), isAll: false };
    const plan = planAction('r', graphOf(text, states), scope, {
      action: 'restart',
      dependents: 'include',
      running: 'stop',
    });
    const nameOf = new Map(plan.units.map((unit) => [unit.id, unit.nodes.map((one) => parseKey(one).id).join()]));
    return plan.units.map(({ id, action, nodes, step, softDependencies, undoes }) => ({
      action,
      of: nodes.map((one) => parseKey(one).id).join(),
      step,
      after: softDependencies.map((one) => `${one.endsWith('#start') ? 'start ' : ''}${nameOf.get(one) ?? ''}`).sort(),
      isStart: id.endsWith('#start'),
      undoes: undoes === undefined ? undefined : nameOf.get(undoes),
    }));
  };

  test('of connected containers is a stop of each, dependents first, and then a start of each', () => {
    const units = restart('web>db', ['web', 'db']);
    expect(units).toEqual([
      { action: 'stop', of: 'web', step: 0, after: [], isStart: false, undoes: undefined },
      { action: 'stop', of: 'db', step: 1, after: [], isStart: false, undoes: undefined },
      { action: 'start', of: 'db', step: 2, after: ['db'], isStart: true, undoes: 'db' },
      { action: 'start', of: 'web', step: 3, after: ['web'], isStart: true, undoes: 'web' },
    ]);
  });

  test('of a container without edges is one call, and one with a soft edge is stopped and started', () => {
    const units = restart('web~data lone', ['web', 'data', 'lone']);
    expect(units.map(({ action, of }) => `${action} ${of}`).sort()).toEqual([
      'restart lone',
      'start data',
      'start web',
      'stop data',
      'stop web',
    ]);
  });

  test('of a pod, even alone, is a stop and a start', () => {
    const pod = ContainerGraph.build({ containers: [podMember('shop', 'till', 'running')], pods: [], edges: [] });
    const scope = { chosen: [podKey('shop')], isAll: false };
    const plan = planAction('r', pod, scope, { action: 'restart', dependents: 'include', running: 'stop' });
    expect(plan.units.map(({ action }) => action)).toEqual(['stop', 'start']);
  });
});

test('nodes are counted by kind', () => {
  const { nodes } = ContainerGraph.build({
    containers: [podMember('shop', 'till'), podMember('shop', 'db'), container('web')],
    pods: [],
    edges: [],
  });
  const counts = countKinds([...nodes.values()].map((node) => ({ node })));
  expect(counts).toMatchObject({ containers: 3, pods: 1 });
});

describe('containers that the engine removes when they stop', () => {
  const restarted = (text: string, removedOnStop: string, options: Partial<ActionOptions> = {}) => {
    const names = [...new Set(text.split(/[ >~]/))];
    const states = Object.fromEntries(
      names.map((name): [string, Partial<ContainerNode>] => [
        name,
        { state: 'running', details: { ...details, autoRemove: name === removedOnStop } },
      ]),
    );
    const scope = { chosen: names.map(key), isAll: false };
    const all = { action: 'restart', dependents: 'include', running: 'stop', ...options } as const;
    const plan = planAction('r', graphOf(text, states), scope, all);
    return {
      nodes: sortedNames(plan.nodes.keys()),
      retained: Object.fromEntries(plan.retained.map(({ node, why }) => [node.name, why.kind])),
    };
  };

  test('are restarted alone, without edges', () => {
    expect(restarted('web other', 'web')).toEqual({ nodes: ['other', 'web'], retained: {} });
    expect(restarted('web>web', 'web')).toEqual({ nodes: ['web'], retained: {} });
  });

  test('are retained with their dependencies, but not their dependents', () => {
    const retained = { web: 'removedWhenStopped', db: 'neededBy' };
    expect(restarted('web>db other', 'web')).toEqual({ nodes: ['other'], retained });
    expect(restarted('proxy>web web>db', 'web')).toEqual({ nodes: ['proxy'], retained });
    expect(restarted('proxy>web', 'web')).toEqual({ nodes: ['proxy'], retained: { web: 'removedWhenStopped' } });
  });

  test('are restarted by their systemd unit', () => {
    const managed = { unit: 'web.service', machine: 'system m', stopsWith: [], startsWith: [] };
    expect(restarted('web>db', 'web', { systemd: new Map([[key('web'), managed]]) }).nodes).toEqual(['db', 'web']);
  });
});

test.each([
  ['start', 'include', ['base', 'web']],
  ['start', 'block', ['web']],
  ['unpause', 'include', ['web']],
] as const)('%s with "%s" takes %j', (action, dependents, expected) => {
  const state = action === 'start' ? 'exited' : 'paused';
  const graph = graphOf('web>base', { web: { state }, base: { state } });
  const plan = planAction('r', graph, { chosen: [key('web')], isAll: false }, { action, dependents, running: 'stop' });
  expect(sortedNames(plan.nodes.keys())).toEqual(expected);
});
