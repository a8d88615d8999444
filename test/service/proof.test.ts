import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock';
import type { Run } from '../../src/service';
import { createServiceFor } from './schedule';
import { FakeEngine } from './world';

afterEach(() => vi.useRealTimers());

/** A removal of four containers on an engine without events. */
async function removalOf4(limit: number): Promise<{ world: FakeEngine; removal: Run; end: () => void }> {
  vi.useFakeTimers();
  const world = new FakeEngine('w', async () => undefined, { enforcesDependencies: true, events: false });
  for (const name of ['a', 'b', 'c', 'd']) world.add({ name });
  const service = createServiceFor([world], systemClock, limit);
  service.setVisible(true);
  await vi.advanceTimersByTimeAsync(2_000);
  const chosen = [...service.snapshot.graph.nodes.keys()];
  const planning = service.plan({ chosen, isAll: true }, { dependents: 'include', running: 'stop' });
  await vi.advanceTimersByTimeAsync(100);
  return { world, removal: service.run(await planning), end: () => service.dispose() };
}

test('a response releases the permit, and verification happens when it is needed', async () => {
  const { world, removal, end } = await removalOf4(2);
  await vi.advanceTimersByTimeAsync(10);
  expect([world.removalsSent.length, removal.progress.finished]).toEqual([4, 0]);
  // With an empty queue, the rest is verified by requests; the first had time for its event.
  await vi.advanceTimersByTimeAsync(90);
  expect(removal.progress.finished).toBe(3);
  await vi.advanceTimersByTimeAsync(500);
  expect((await removal.done).nodes.size).toBe(4);
  end();
});

test('a sequential limit verifies each unit before the next', async () => {
  const { world, removal, end } = await removalOf4(1);
  await vi.advanceTimersByTimeAsync(10);
  expect(world.removalsSent).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(500);
  expect([world.removalsSent.length, removal.progress.finished]).toEqual([2, 1]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect((await removal.done).nodes.size).toBe(4);
  end();
});
