import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { NodeKey } from '../../src/graph/model/model';
import { systemClock } from '../../src/clock';
import type { Run } from '../../src/service';
import { createServiceFor } from './schedule';
import { FakeEngine } from './fakeEngine';

/** Milliseconds per step of the engine. */
const step = 50;

/** All containers ignore the stop signal. */
class UnresponsiveEngine extends FakeEngine {
  constructor(stopMs = 60_000) {
    const turn = () => new Promise<void>((resolve) => setTimeout(resolve, step));
    super('w', turn, { enforcesDependencies: true, events: true, stopTurns: stopMs / step });
  }

  override async kill(key: NodeKey, signal?: string): Promise<void> {
    if (signal === 'SIGKILL') await super.kill(key);
  }

  override async restart(key: NodeKey): Promise<void> {
    const before = this.kills;
    while (this.kills === before) await this.turn('stopping');
    await super.restart(key);
  }
}

/** Containers exit nine seconds after a signal. */
class SlowEngine extends UnresponsiveEngine {
  override async kill(key: NodeKey): Promise<void> {
    setTimeout(() => void super.kill(key, 'SIGKILL'), 9_000);
    return this.turn('signal');
  }
}

afterEach(() => vi.useRealTimers());

const names = ['one', 'two', 'three'];

test('an early stop is shown as stopping while it waits for a permit, and can be killed', async () => {
  vi.useFakeTimers();
  const fakeEngine = new UnresponsiveEngine();
  for (const name of names) fakeEngine.add({ name, state: 'running' });
  const keys = names.map((name) => fakeEngine.key(name));
  const service = createServiceFor([fakeEngine], systemClock, 2);
  service.setVisible(true);
  await vi.advanceTimersByTimeAsync(2_000);
  const planning = service.plan(
    { chosen: keys, isAll: true },
    { dependents: 'include', running: 'stop', stopTimeout: 60 },
  );
  await vi.advanceTimersByTimeAsync(1_000);
  const removal = service.run(await planning);
  await vi.advanceTimersByTimeAsync(5_000);

  expect(fakeEngine.inFlight.size).toBe(2);
  const waiting = keys.find((key) => !fakeEngine.inFlight.has(key)) as NodeKey;
  expect(keys.map((key) => service.operationOf(key))).toMatchObject(
    keys.map(() => ({ phase: 'stopping', stopTimeout: 60, run: removal.plan.id })),
  );
  expect([...removal.progress.active.keys()].sort()).toEqual([...keys].sort());

  await Promise.all([removal.killNow([waiting]), vi.advanceTimersByTimeAsync(1_000)]);
  expect(service.operationOf(waiting)?.phase).toBe('waitingForPermit');
  expect([...removal.progress.active.keys()]).toEqual([...fakeEngine.inFlight]);

  await Promise.all([removal.killNow(), vi.advanceTimersByTimeAsync(5_000)]);
  const report = await removal.done;
  expect([...report.nodes.values()].map(({ outcome }) => outcome.kind)).toEqual(names.map(() => 'removed'));
  expect(fakeEngine.kills).toBe(3);
  service.dispose();
});

test('a restart by one call can be killed until the container has started again', async () => {
  vi.useFakeTimers();
  const fakeEngine = new UnresponsiveEngine();
  fakeEngine.add({ name: 'one', state: 'running' });
  const key = fakeEngine.key('one');
  const service = createServiceFor([fakeEngine], systemClock, 1);
  service.setVisible(true);
  await vi.advanceTimersByTimeAsync(2_000);
  const planning = service.plan(
    { chosen: [key], isAll: true },
    { action: 'restart', dependents: 'include', running: 'stop' },
  );
  await vi.advanceTimersByTimeAsync(1_000);
  const run = service.run(await planning);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(service.operationOf(key)?.phase).toBe('restarting');
  await Promise.all([run.killNow(), vi.advanceTimersByTimeAsync(5_000)]);
  expect((await run.done).nodes.get(key)?.outcome).toEqual({ kind: 'done' });
  expect(fakeEngine.kills).toBe(1);
  service.dispose();
});

test('the report of a cancelled run includes early stops', async () => {
  vi.useFakeTimers();
  const fakeEngine = new SlowEngine(7_000);
  const four = [...names, 'four'];
  for (const name of four) fakeEngine.add({ name, state: 'running' });
  const keys = four.map((name) => fakeEngine.key(name));
  const service = createServiceFor([fakeEngine], systemClock, 2);
  service.setVisible(true);
  await vi.advanceTimersByTimeAsync(2_000);
  const planning = service.plan(
    { chosen: keys, isAll: true },
    { dependents: 'include', running: 'stop', stopTimeout: 60 },
  );
  await vi.advanceTimersByTimeAsync(1_000);
  const run = service.run(await planning);
  await vi.advanceTimersByTimeAsync(5_500);
  run.cancel();
  await vi.advanceTimersByTimeAsync(15_000);
  const report = await run.done;
  const notAttempted = [...report.nodes.values()].filter(({ outcome }) => outcome.kind === 'notAttempted');
  expect(notAttempted.map(({ partial }) => partial)).toEqual(['stopped', 'stopped']);
  service.dispose();
});

describe('a container that another client is stopping', () => {
  const stopTimeout = 60;
  let fakeEngine: UnresponsiveEngine;
  let service: ReturnType<typeof createServiceFor>;
  let removal: Run;

  beforeEach(async () => {
    vi.useFakeTimers();
    fakeEngine = new UnresponsiveEngine();
    fakeEngine.add({ name: 'one', state: 'stopping' });
    service = createServiceFor([fakeEngine], systemClock, 1);
    service.setVisible(true);
    await vi.advanceTimersByTimeAsync(2_000);
    const options = { dependents: 'include', running: 'stop', stopTimeout } as const;
    const planning = service.plan({ chosen: [fakeEngine.key('one')], isAll: true }, options);
    await vi.advanceTimersByTimeAsync(1_000);
    removal = service.run(await planning);
    await vi.advanceTimersByTimeAsync((stopTimeout / 2) * 1000);
  });

  test('keeps its stop timeout, and is removed as soon as it has stopped', async () => {
    expect(fakeEngine.removalsSent).toEqual([]);
    expect(service.operationOf(fakeEngine.key('one'))?.phase).toBe('stopping');
    await Promise.all([fakeEngine.kill(fakeEngine.key('one'), 'SIGKILL'), vi.advanceTimersByTimeAsync(2_000)]);
    expect((await removal.done).nodes.get(fakeEngine.key('one'))?.outcome).toEqual({ kind: 'removed' });
    service.dispose();
  });

  test('is removed with force after its stop timeout', async () => {
    await vi.advanceTimersByTimeAsync((stopTimeout / 2 + 1) * 1000);
    expect(fakeEngine.removalsSent).toEqual([fakeEngine.key('one')]);
    await Promise.all([removal.killNow(), vi.advanceTimersByTimeAsync(2_000)]);
    expect((await removal.done).nodes.get(fakeEngine.key('one'))?.outcome).toEqual({ kind: 'removed' });
    service.dispose();
  });

  test('is not touched if the removal is cancelled', async () => {
    removal.cancel();
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await removal.done).nodes.get(fakeEngine.key('one'))?.outcome.kind).toBe('notAttempted');
    expect(fakeEngine.removalsSent).toEqual([]);
    service.dispose();
  });
});
