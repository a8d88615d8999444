import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EngineError } from '../../src/engine/error';
import type { Report } from '../../src/graph/report';
import { pass, serviceOver, sourceOf, world } from './liveService';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('(J5) a run whose connection is hidden is not settled again and again, but as soon as the engine is shown', async () => {
  const engine = world();
  engine.add({ name: 'a' });
  const key = engine.key('a');
  const service = serviceOver(engine);
  service.setVisible(true);
  await pass(1_000);
  const planning = service.plan({ chosen: [key], everything: true }, { dependents: 'include', running: 'stop' });
  await pass(1_000);
  const plan = await planning;
  const settled: Report[] = [];
  service.onDidSettle((report) => settled.push(report));
  const list = vi.spyOn(engine, 'listContainers');
  list.mockRejectedValue(new EngineError('unreachable', 'away'));
  const run = service.run(plan);
  await pass(60_000);
  expect((await run.done).settled).toBe(false);
  service.setSources([]);
  await pass(60_000);
  const before = list.mock.calls.length;
  await pass(3_600_000);
  expect(list.mock.calls.length).toBe(before);
  expect(vi.getTimerCount()).toBe(0);
  list.mockRestore();
  service.setSources([sourceOf(engine)]);
  await pass(10_000);
  expect(settled.map((report) => report.settled)).toEqual([true]);
});
