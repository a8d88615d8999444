import { describe, expect, test } from 'vitest';
import { EngineError } from '../../src/engine/error';
import type { Unit } from '../../src/graph/plan/plan';
import { executeLifecycle } from '../../src/service/runs/unitLifecycle';
import { removeUnit } from '../../src/service/runs/unitRemoval';
import type { UnitResult } from '../../src/service/runs/runContext';
import { StopLab } from './stopLab';

const failing =
  (reason: 'timeout' | 'unreachable' | 'malformed', more = {}) =>
  () =>
    Promise.reject(new EngineError(reason, 'it broke off', more));

/** Moves time on until the work has ended. */
async function ended(lab: StopLab, work: Promise<UnitResult>, most = 60_000): Promise<UnitResult | 'not ended'> {
  let result: UnitResult | undefined;
  void work.then((one) => (result = one));
  for (let ms = 0; ms <= most && !result; ms += 500) await lab.clock.advance(500);
  return result ?? 'not ended';
}

describe('what was never sent', () => {
  test.each(['timeout', 'unreachable', 'malformed'] as const)('is tried again at once: %s (T6)', async (reason) => {
    const lab = new StopLab();
    lab.add('db', { stopTimeout: 600 });
    const plan = lab.plan();
    lab.observed.info = () => ({ capabilities: { guardsDependents: false, signalIsStop: true } }) as never;
    lab.next.set('attached', failing(reason));
    const result = await removeUnit(lab.work(plan.units[0] as Unit, plan));
    expect(result.kind).toBe('done');
    expect(lab.sent.map(({ call, at }) => [call, at])).toEqual([['remove', 0]]);
  });

  test('a call without a connection is sent again (T6)', async () => {
    const lab = new StopLab();
    lab.add('db', { stopTimeout: 'unlimited' });
    const plan = lab.plan();
    lab.next.set('remove', failing('unreachable', { sent: false }));
    expect((await removeUnit(lab.work(plan.units[0] as Unit, plan))).kind).toBe('done');
    expect(lab.calls('db')).toEqual(['remove', 'remove']);
  });

  test('a stop without a connection is sent again (T6)', async () => {
    const lab = new StopLab();
    lab.add('db', { stopTimeout: 600 });
    const plan = lab.plan({ action: 'stop' });
    lab.next.set('stop', failing('unreachable', { sent: false }));
    expect((await executeLifecycle(lab.work(plan.units[0] as Unit, plan), 'stop')).kind).toBe('done');
    expect(lab.calls('db')).toEqual(['stop', 'stop']);
  });

  test('a cancel ends it, although the question is not answered (T6)', async () => {
    const lab = new StopLab();
    lab.add('db', { stopTimeout: 600 });
    const plan = lab.plan();
    lab.observed.info = () => ({ capabilities: { guardsDependents: false, signalIsStop: true } }) as never;
    lab.next.set('attached', () => new Promise(() => undefined));
    const cancelled = new AbortController();
    const removing = removeUnit(lab.work(plan.units[0] as Unit, plan, cancelled));
    await lab.clock.advance(100);
    cancelled.abort();
    expect(await removing).toEqual({ kind: 'aborted' });
    expect(lab.sent).toEqual([]);
  });

  test('an engine that stays away is lost after some seconds, whatever the stop timeout (T6)', async () => {
    const lab = new StopLab();
    lab.add('db', { stopTimeout: 'unlimited' });
    const plan = lab.plan();
    lab.engine.remove = failing('unreachable', { sent: false });
    const result = await ended(lab, removeUnit(lab.work(plan.units[0] as Unit, plan)));
    expect(result).toMatchObject({ kind: 'disconnected' });
    expect(lab.clock.now()).toBeLessThan(10_000);
  });
});

describe('what was sent', () => {
  test('is one call, with the time that it may take: none for an unlimited stop timeout (T2)', async () => {
    for (const [stopTimeout, timeout, deadline] of [
      ['unlimited', 'unlimited', Infinity],
      [4_294_967, undefined, 4_294_967_000 + 60_000],
      [10, undefined, 70_000],
    ] as const) {
      const lab = new StopLab();
      lab.add('db', { stopTimeout });
      const plan = lab.plan();
      expect((await removeUnit(lab.work(plan.units[0] as Unit, plan))).kind).toBe('done');
      expect(lab.sent).toMatchObject([{ call: 'remove', timeout, deadline }]);
    }
  });

  test('is watched when it breaks off for as long as what runs may take, and no longer', async () => {
    for (const [state, seconds] of [
      ['running', 600],
      ['exited', 0],
    ] as const) {
      const lab = new StopLab();
      lab.add('db', { stopTimeout: 600, state });
      const plan = lab.plan();
      lab.next.set('remove', failing('unreachable'));
      const result = await ended(lab, removeUnit(lab.work(plan.units[0] as Unit, plan)), 700_000);
      expect(result).toMatchObject({ kind: 'failed', again: true });
      expect(lab.clock.now()).toBeGreaterThanOrEqual(seconds * 1000);
      expect(lab.clock.now()).toBeLessThan(seconds * 1000 + 10_000);
      expect(lab.calls('db')).toEqual(['remove']);
    }
  });

  test('is not watched without end after a cancel', async () => {
    const lab = new StopLab();
    lab.add('db', { stopTimeout: 'unlimited' });
    const plan = lab.plan();
    lab.next.set('remove', failing('unreachable'));
    const cancelled = new AbortController();
    const removing = removeUnit(lab.work(plan.units[0] as Unit, plan, cancelled));
    await lab.clock.advance(3600_000);
    cancelled.abort();
    expect(await ended(lab, removing, 120_000)).toMatchObject({ kind: 'failed' });
  });
});

describe('what another client is stopping', () => {
  test('is killed when it has had its stop timeout once, and then removed (E9)', async () => {
    const lab = new StopLab();
    lab.add('db', { stopTimeout: 30, state: 'stopping' });
    const plan = lab.plan();
    const result = await ended(lab, removeUnit(lab.work(plan.units[0] as Unit, plan)));
    expect(result).toMatchObject({ kind: 'done' });
    expect(lab.calls('db')).toEqual(['SIGKILL', 'remove']);
    const at = lab.sent[0]?.at ?? 0;
    expect(at).toBeGreaterThanOrEqual(30_000);
    expect(at).toBeLessThan(31_000);
  });

  test('is stopped no second time by a stop, and not killed when it was started since (E9)', async () => {
    const lab = new StopLab();
    lab.add('db', { stopTimeout: 30, state: 'stopping' });
    const plan = lab.plan({ action: 'stop' });
    const stopping = executeLifecycle(lab.work(plan.units[0] as Unit, plan), 'stop');
    await lab.clock.advance(10_000);
    lab.exit('db');
    expect(await ended(lab, stopping)).toMatchObject({ kind: 'done' });
    expect(lab.sent).toEqual([]);

    const other = new StopLab();
    other.add('db', { stopTimeout: 30, state: 'stopping' });
    const removal = other.plan();
    const removing = removeUnit(other.work(removal.units[0] as Unit, removal));
    await other.clock.advance(10_000);
    other.start('db');
    expect(await ended(other, removing)).toMatchObject({ kind: 'done' });
    expect(other.calls('db')).toEqual(['remove']);
  });

  test('has no end of its own where its stop timeout has none: a cancel ends the wait', async () => {
    const lab = new StopLab();
    lab.add('db', { stopTimeout: 'unlimited', state: 'stopping' });
    const plan = lab.plan();
    const cancelled = new AbortController();
    const removing = removeUnit(lab.work(plan.units[0] as Unit, plan, cancelled));
    await lab.clock.advance(3600_000);
    cancelled.abort();
    expect(await ended(lab, removing)).toEqual({ kind: 'aborted' });
    expect(lab.sent).toEqual([]);
  });
});

test('a stop is not sent after a cancel that comes while it is being resumed (A7)', async () => {
  const lab = new StopLab();
  lab.add('db', { state: 'paused' });
  const plan = lab.plan({ action: 'stop' });
  const cancelled = new AbortController();
  let resumed: () => void = () => undefined;
  lab.next.set('unpause', () => new Promise((resolve) => (resumed = resolve)));
  const stopping = executeLifecycle(lab.work(plan.units[0] as Unit, plan, cancelled), 'stop');
  await lab.clock.advance(10);
  cancelled.abort();
  resumed();
  expect(await ended(lab, stopping)).toMatchObject({ kind: 'aborted' });
  expect(lab.calls('db')).toEqual(['unpause']);
});
