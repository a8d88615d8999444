import { expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import type { ContainerNode } from '../../src/graph/model/model';
import type { LifecycleAction } from '../../src/graph/plan/lifecycleAction';
import { isDisruptive, planAction } from '../../src/graph/plan/planAction';
import { container, details, edge, key, podKey } from './build';

const running = (name: string, more: Partial<ContainerNode> = {}) => container(name, { state: 'running', ...more });
const removedOnStop = { details: { ...details, autoRemove: true } };

function planOf(action: LifecycleAction, chosen: readonly string[], nodes: readonly ContainerNode[]) {
  const graph = ContainerGraph.build({ containers: nodes, pods: [], edges: [edge('web', 'db')] });
  const scope = { chosen: chosen.map((name) => key(name)), isAll: false };
  return planAction('r', graph, scope, { action, dependents: 'include', running: 'stop' });
}

const three = [running('db'), running('web'), running('other')];

test.each<[LifecycleAction, readonly string[], boolean]>([
  ['kill', ['other'], true],
  ['stop', ['other'], false],
  ['restart', ['other'], false],
  ['pause', ['other', 'web'], false],
  ['unpause', ['other', 'web'], false],
  ['stop', ['other', 'web'], true],
  ['restart', ['other', 'web'], true],
  ['stop', ['db'], true],
])('%s of %j needs confirmation: %s', (action, chosen, expected) => {
  expect(isDisruptive(planOf(action, chosen, three))).toBe(expected);
});

test('a start of several containers needs none', () => {
  const stopped = three.map((node) => ({ ...node, state: 'exited' as const }));
  expect(isDisruptive(planOf('start', ['web', 'other'], stopped))).toBe(false);
});

test('a stop that makes the engine remove the container needs confirmation', () => {
  expect(
    isDisruptive(planOf('stop', ['other'], [running('db'), running('web'), running('other', removedOnStop)])),
  ).toBe(true);
});

test('a restart of such a container needs none', () => {
  expect(isDisruptive(planOf('restart', ['other'], [running('other', removedOnStop)]))).toBe(false);
});

test('one of several containers of a pod that the engine removes is enough', () => {
  const member = (name: string, more: Partial<ContainerNode> = {}) =>
    running(name, { pod: podKey('shop'), podName: 'shop', ...more });
  const nodes = [member('till'), member('db', removedOnStop)];
  const graph = ContainerGraph.build({ containers: nodes, pods: [], edges: [] });
  const scope = { chosen: [podKey('shop')], isAll: false };
  const plan = planAction('r', graph, scope, { action: 'stop', dependents: 'include', running: 'stop' });
  expect(isDisruptive({ ...plan, counts: { ...plan.counts, implied: 0 } })).toBe(true);
  const kept = { ...plan, nodes: new Map([...plan.nodes].filter(([one]) => one !== key('db'))) };
  expect(isDisruptive({ ...kept, counts: { ...plan.counts, implied: 0 } })).toBe(false);
  expect(isDisruptive({ ...kept, counts: { ...plan.counts, implied: 1 } })).toBe(true);
});
