import { expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import type { EdgeReason } from '../../src/graph/model/model';
import { PlanSelection } from '../../src/graph/plan/plan';
import { planAction } from '../../src/graph/plan/planAction';
import { container, edge, key, podKey } from './build';

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
