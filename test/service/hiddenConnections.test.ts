import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EngineError } from '../../src/engine/error';
import type { Report } from '../../src/graph/plan/report';
import { advance, createServiceFor, sourceOf, fakeEngine } from './serviceDeps';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('(J5) a run with a hidden connection is not reconciled until the connection is shown', async () => {
  const engine = fakeEngine();
  engine.add({ name: 'a' });
  const key = engine.key('a');
  const service = createServiceFor(engine);
  service.setVisible(true);
  await advance(1_000);
  const planning = service.plan({ chosen: [key], isAll: true }, { dependents: 'include', running: 'stop' });
  await advance(1_000);
  const plan = await planning;
  const settled: Report[] = [];
  service.onDidReconcile((report) => settled.push(report));
  const list = vi.spyOn(engine, 'listContainers');
  list.mockRejectedValue(new EngineError('unreachable', 'down'));
  const run = service.run(plan);
  await advance(60_000);
  expect((await run.done).isReconciled).toBe(false);
  service.setSources([]);
  await advance(60_000);
  const before = list.mock.calls.length;
  await advance(3_600_000);
  expect(list.mock.calls.length).toBe(before);
  expect(vi.getTimerCount()).toBe(0);
  list.mockRestore();
  service.setSources([sourceOf(engine)]);
  await advance(10_000);
  expect(settled.map((report) => report.isReconciled)).toEqual([true]);
});
