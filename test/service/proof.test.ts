import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock';
import type { Run } from '../../src/service';
import { createServiceFor } from './schedule';
import { FakeEngine } from './world';

afterEach(() => vi.useRealTimers());

/** A removal of four on an engine that answers at once, and whose events never come. */
async function removalOf4(width: number): Promise<{ world: FakeEngine; removal: Run; end: () => void }> {
  vi.useFakeTimers();
  const world = new FakeEngine('w', async () => undefined, { guards: true, events: false });
  for (const name of ['a', 'b', 'c', 'd']) world.add({ name });
  const service = createServiceFor([world], systemClock, width);
  service.setVisible(true);
  await vi.advanceTimersByTimeAsync(2_000);
  const chosen = [...service.snapshot.graph.nodes.keys()];
  const planning = service.plan({ chosen, isAll: true }, { dependents: 'include', running: 'stop' });
  await vi.advanceTimersByTimeAsync(100);
  return { world, removal: service.run(await planning), end: () => service.dispose() };
}

test('what the engine has answered leaves its place to the next, and is proved when it must be', async () => {
  const { world, removal, end } = await removalOf4(2);
  await vi.advanceTimersByTimeAsync(10);
  expect([world.removalsSent.length, removal.progress.finished]).toEqual([4, 0]);
  // Where nothing waits for a place any more, the end waits for the rest: it is asked about. The first had time for its event.
  await vi.advanceTimersByTimeAsync(90);
  expect(removal.progress.finished).toBe(3);
  await vi.advanceTimersByTimeAsync(500);
  expect((await removal.done).nodes.size).toBe(4);
  end();
});

test('one after another means that each is proved before the next', async () => {
  const { world, removal, end } = await removalOf4(1);
  await vi.advanceTimersByTimeAsync(10);
  expect(world.removalsSent).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(500);
  expect([world.removalsSent.length, removal.progress.finished]).toEqual([2, 1]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect((await removal.done).nodes.size).toBe(4);
  end();
});
