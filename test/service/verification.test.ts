import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock';
import type { Run } from '../../src/service';
import { createServiceFor } from './schedule';
import { FakeEngine } from './fakeEngine';

afterEach(() => vi.useRealTimers());

/** A removal of four containers on an engine without events. */
async function removalOf4(limit: number): Promise<{ fakeEngine: FakeEngine; removal: Run; end: () => void }> {
  vi.useFakeTimers();
  const fakeEngine = new FakeEngine('w', async () => undefined, { enforcesDependencies: true, events: false });
  for (const name of ['a', 'b', 'c', 'd']) fakeEngine.add({ name });
  const service = createServiceFor([fakeEngine], systemClock, limit);
  service.setVisible(true);
  await vi.advanceTimersByTimeAsync(2_000);
  const chosen = [...service.snapshot.graph.nodes.keys()];
  const planning = service.plan({ chosen, isAll: true }, { dependents: 'include', running: 'stop' });
  await vi.advanceTimersByTimeAsync(100);
  return { fakeEngine, removal: service.run(await planning), end: () => service.dispose() };
}

test('a response releases the permit, and verification happens when it is needed', async () => {
  const { fakeEngine, removal, end } = await removalOf4(2);
  await vi.advanceTimersByTimeAsync(10);
  expect([fakeEngine.removalsSent.length, removal.progress.finished]).toEqual([4, 0]);
  // With an empty queue, the rest is verified by requests; the first had time for its event.
  await vi.advanceTimersByTimeAsync(90);
  expect(removal.progress.finished).toBe(3);
  await vi.advanceTimersByTimeAsync(500);
  expect((await removal.done).nodes.size).toBe(4);
  end();
});

test('a sequential limit verifies each unit before the next', async () => {
  const { fakeEngine, removal, end } = await removalOf4(1);
  await vi.advanceTimersByTimeAsync(10);
  expect(fakeEngine.removalsSent).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(500);
  expect([fakeEngine.removalsSent.length, removal.progress.finished]).toEqual([2, 1]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect((await removal.done).nodes.size).toBe(4);
  end();
});
