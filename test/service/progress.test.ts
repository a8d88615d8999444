import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock';
import { createServiceFor } from './schedule';
import { FakeEngine } from './fakeEngine';

/** Milliseconds per step of the engine. */
const step = 50;

afterEach(() => vi.useRealTimers());

test('counts members of a pod as soon as they are removed (A5)', async () => {
  vi.useFakeTimers();
  const turn = () => new Promise<void>((resolve) => setTimeout(resolve, step));
  const fakeEngine = new FakeEngine('w', turn, { enforcesDependencies: true, events: true, stopTurns: 10_000 / step });
  fakeEngine.addPod('p');
  for (const name of ['one', 'two', 'three']) fakeEngine.add({ name, pod: 'p', state: 'running' });
  const service = createServiceFor([fakeEngine], systemClock, 1);
  service.setVisible(true);
  await vi.advanceTimersByTimeAsync(2_000);
  const planning = service.plan(
    { chosen: [fakeEngine.key('p')], isAll: true },
    { dependents: 'include', running: 'stop' },
  );
  await vi.advanceTimersByTimeAsync(1_000);
  const removal = service.run(await planning);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(removal.progress).toMatchObject({ total: 4, finished: 0 });

  fakeEngine.removeExternally('one');
  fakeEngine.removeExternally('two');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(removal.progress).toMatchObject({ total: 4, finished: 2, failed: 0 });
  expect([...removal.progress.active.keys()].sort()).toEqual([fakeEngine.key('three'), fakeEngine.key('p')].sort());

  await vi.advanceTimersByTimeAsync(20_000);
  await removal.done;
  expect(removal.progress).toMatchObject({ total: 4, finished: 4, failed: 0 });
  service.dispose();
});
