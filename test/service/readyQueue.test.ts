import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock';
import type { Unit } from '../../src/graph/plan/plan';
import { criticalPathLengths, ReadyQueue } from '../../src/graph/plan/readyQueue';
import { createServiceFor } from './schedule';
import { FakeEngine } from './fakeEngine';

const unit = (id: string, step: number, hardDependencies: string[] = [], softDependencies: string[] = []): Unit => ({
  id,
  kind: 'container',
  engine: 'w',
  action: 'remove',
  targets: [],
  nodes: [],
  infra: [],
  hardDependencies,
  softDependencies,
  step,
  stopTimeout: 0,
});

/** A chain from `a`, a diamond from `top`, and two units without dependents. */
const units = [
  unit('alone', 0),
  unit('a', 0),
  unit('top', 0),
  unit('other', 0),
  unit('b', 1, ['a']),
  unit('left', 1, ['top']),
  unit('right', 1, [], ['top']),
  unit('c', 2, ['b']),
  unit('base', 2, ['left', 'right']),
  unit('end', 3, ['c']),
];

test('the critical path is the longest chain of waiting units', () => {
  const behind = criticalPathLengths(units);
  expect(Object.fromEntries(behind)).toEqual({ a: 3, top: 2, b: 2, left: 1, right: 1, c: 1 });
});

test('orders by critical path, then first in, first out', () => {
  const ready = new ReadyQueue(criticalPathLengths(units));
  for (const { id } of units.slice(0, 4)) ready.add(id);
  expect([...ready]).toEqual(['a', 'top', 'alone', 'other']);
  ready.delete('a');
  ready.add('b');
  expect([...ready]).toEqual(['top', 'b', 'alone', 'other']);
  expect([ready.has('b'), ready.has('a')]).toEqual([true, false]);
});

test('starts the longest critical path first, and gives the next link the released permit', async () => {
  const fakeEngine = new FakeEngine('w', async () => undefined, { enforcesDependencies: true, events: true });
  const links = ['base', 'middle', 'end'];
  for (const name of ['x', 'y', 'z']) fakeEngine.add({ name });
  links.forEach((name, at) => fakeEngine.add({ name, needs: links.slice(Math.max(0, at - 1), at) }));
  const service = createServiceFor([fakeEngine], systemClock, 1);
  service.setVisible(true);
  await service.refresh();
  const chosen = [...service.snapshot.graph.nodes.keys()];
  const plan = await service.plan({ chosen, isAll: true }, { dependents: 'include', running: 'stop' });
  await service.run(plan).done;
  service.dispose();
  expect(fakeEngine.removalsSent).toEqual(['end', 'middle', 'x', 'y', 'z', 'base'].map((name) => fakeEngine.key(name)));
});
