import { describe, expect, test } from 'vitest';
import { EngineError } from '../../src/engine/error';
import type { Unit } from '../../src/graph/plan/plan';
import { executeLifecycle } from '../../src/service/runs/unitLifecycle';
import { removeUnit } from '../../src/service/runs/unitRemoval';
import type { UnitResult } from '../../src/service/runs/runContext';
import { StopFixture } from './stopFixture';

const failWith =
  (reason: 'timeout' | 'unreachable' | 'malformed', more = {}) =>
  () =>
    Promise.reject(new EngineError(reason, 'it broke off', more));

/** Advances the time until the result. */
async function resultOf(
  fixture: StopFixture,
  work: Promise<UnitResult>,
  maxMs = 60_000,
): Promise<UnitResult | 'not ended'> {
  let result: UnitResult | undefined;
  void work.then((one) => (result = one));
  for (let ms = 0; ms <= maxMs && !result; ms += 500) await fixture.clock.advance(500);
  return result ?? 'not ended';
}

describe('a request that was not sent', () => {
  test.each(['timeout', 'unreachable', 'malformed'] as const)('is retried at once: %s (T6)', async (reason) => {
    const fixture = new StopFixture();
    fixture.add('db', { stopTimeout: 600 });
    const plan = fixture.plan();
    fixture.observed.info = () =>
      ({ capabilities: { enforcesDependencies: false, killPreventsRestart: true } }) as never;
    fixture.next.set('attached', failWith(reason));
    const result = await removeUnit(fixture.context(plan.units[0] as Unit, plan));
    expect(result.kind).toBe('done');
    expect(fixture.sent.map(({ call, at }) => [call, at])).toEqual([['remove', 0]]);
  });

  test('a removal without a connection is sent again (T6)', async () => {
    const fixture = new StopFixture();
    fixture.add('db', { stopTimeout: 'unlimited' });
    const plan = fixture.plan();
    fixture.next.set('remove', failWith('unreachable', { sent: false }));
    expect((await removeUnit(fixture.context(plan.units[0] as Unit, plan))).kind).toBe('done');
    expect(fixture.calls('db')).toEqual(['remove', 'remove']);
  });

  test('a stop without a connection is sent again (T6)', async () => {
    const fixture = new StopFixture();
    fixture.add('db', { stopTimeout: 600 });
    const plan = fixture.plan({ action: 'stop' });
    fixture.next.set('stop', failWith('unreachable', { sent: false }));
    expect((await executeLifecycle(fixture.context(plan.units[0] as Unit, plan), 'stop')).kind).toBe('done');
    expect(fixture.calls('db')).toEqual(['stop', 'stop']);
  });

  test('a cancel ends it without a response (T6)', async () => {
    const fixture = new StopFixture();
    fixture.add('db', { stopTimeout: 600 });
    const plan = fixture.plan();
    fixture.observed.info = () =>
      ({ capabilities: { enforcesDependencies: false, killPreventsRestart: true } }) as never;
    fixture.next.set('attached', () => new Promise(() => undefined));
    const cancelled = new AbortController();
    const removing = removeUnit(fixture.context(plan.units[0] as Unit, plan, cancelled));
    await fixture.clock.advance(100);
    cancelled.abort();
    expect(await removing).toEqual({ kind: 'aborted', done: new Set() });
    expect(fixture.sent).toEqual([]);
  });

  test('the engine counts as disconnected after some seconds, for any stop timeout (T6)', async () => {
    const fixture = new StopFixture();
    fixture.add('db', { stopTimeout: 'unlimited' });
    const plan = fixture.plan();
    fixture.engine.remove = failWith('unreachable', { sent: false });
    const result = await resultOf(fixture, removeUnit(fixture.context(plan.units[0] as Unit, plan)));
    expect(result).toMatchObject({ kind: 'disconnected' });
    expect(fixture.clock.now()).toBeLessThan(10_000);
  });
});

describe('a request that was sent', () => {
  test('has a deadline by the stop timeout: none if unlimited (T2)', async () => {
    for (const [stopTimeout, timeout, timeoutMs] of [
      ['unlimited', 'unlimited', Infinity],
      [4_294_967, undefined, 4_294_967_000 + 60_000],
      [10, undefined, 70_000],
    ] as const) {
      const fixture = new StopFixture();
      fixture.add('db', { stopTimeout });
      const plan = fixture.plan();
      expect((await removeUnit(fixture.context(plan.units[0] as Unit, plan))).kind).toBe('done');
      expect(fixture.sent).toMatchObject([{ call: 'remove', timeout, timeoutMs }]);
    }
  });

  test('when interrupted, its outcome is awaited for the stop timeout of running containers', async () => {
    for (const [state, seconds] of [
      ['running', 600],
      ['exited', 0],
    ] as const) {
      const fixture = new StopFixture();
      fixture.add('db', { stopTimeout: 600, state });
      const plan = fixture.plan();
      fixture.next.set('remove', failWith('unreachable'));
      const result = await resultOf(fixture, removeUnit(fixture.context(plan.units[0] as Unit, plan)), 700_000);
      expect(result).toMatchObject({ kind: 'failed', canRetry: true });
      expect(fixture.clock.now()).toBeGreaterThanOrEqual(seconds * 1000);
      expect(fixture.clock.now()).toBeLessThan(seconds * 1000 + 10_000);
      expect(fixture.calls('db')).toEqual(['remove']);
    }
  });

  test('its outcome is awaited for a limited time after a cancel', async () => {
    const fixture = new StopFixture();
    fixture.add('db', { stopTimeout: 'unlimited' });
    const plan = fixture.plan();
    fixture.next.set('remove', failWith('unreachable'));
    const cancelled = new AbortController();
    const removing = removeUnit(fixture.context(plan.units[0] as Unit, plan, cancelled));
    await fixture.clock.advance(3600_000);
    cancelled.abort();
    expect(await resultOf(fixture, removing, 120_000)).toMatchObject({ kind: 'failed' });
  });
});

describe('a container that another client is stopping', () => {
  test('is killed after its stop timeout, and then removed (E9)', async () => {
    const fixture = new StopFixture();
    fixture.add('db', { stopTimeout: 30, state: 'stopping' });
    const plan = fixture.plan();
    const result = await resultOf(fixture, removeUnit(fixture.context(plan.units[0] as Unit, plan)));
    expect(result).toMatchObject({ kind: 'done' });
    expect(fixture.calls('db')).toEqual(['SIGKILL', 'remove']);
    const at = fixture.sent[0]?.at ?? 0;
    expect(at).toBeGreaterThanOrEqual(30_000);
    expect(at).toBeLessThan(31_000);
  });

  test('is not stopped again, and not killed after a new start (E9)', async () => {
    const fixture = new StopFixture();
    fixture.add('db', { stopTimeout: 30, state: 'stopping' });
    const plan = fixture.plan({ action: 'stop' });
    const stopping = executeLifecycle(fixture.context(plan.units[0] as Unit, plan), 'stop');
    await fixture.clock.advance(10_000);
    fixture.exit('db');
    expect(await resultOf(fixture, stopping)).toMatchObject({ kind: 'done' });
    expect(fixture.sent).toEqual([]);

    const other = new StopFixture();
    other.add('db', { stopTimeout: 30, state: 'stopping' });
    const removal = other.plan();
    const removing = removeUnit(other.context(removal.units[0] as Unit, removal));
    await other.clock.advance(10_000);
    other.start('db');
    expect(await resultOf(other, removing)).toMatchObject({ kind: 'done' });
    expect(other.calls('db')).toEqual(['remove']);
  });

  test('with an unlimited stop timeout is awaited until a cancel', async () => {
    const fixture = new StopFixture();
    fixture.add('db', { stopTimeout: 'unlimited', state: 'stopping' });
    const plan = fixture.plan();
    const cancelled = new AbortController();
    const removing = removeUnit(fixture.context(plan.units[0] as Unit, plan, cancelled));
    await fixture.clock.advance(3600_000);
    cancelled.abort();
    expect(await resultOf(fixture, removing)).toEqual({ kind: 'aborted', done: new Set() });
    expect(fixture.sent).toEqual([]);
  });
});

test('no stop is sent after a cancel during an unpause (A7)', async () => {
  const fixture = new StopFixture();
  fixture.add('db', { state: 'paused' });
  const plan = fixture.plan({ action: 'stop' });
  const cancelled = new AbortController();
  let resumed: () => void = () => undefined;
  fixture.next.set('unpause', () => new Promise((resolve) => (resumed = resolve)));
  const stopping = executeLifecycle(fixture.context(plan.units[0] as Unit, plan, cancelled), 'stop');
  await fixture.clock.advance(10);
  cancelled.abort();
  resumed();
  expect(await resultOf(fixture, stopping)).toMatchObject({ kind: 'aborted' });
  expect(fixture.calls('db')).toEqual(['unpause']);
});
