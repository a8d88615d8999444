import { describe, expect, test } from 'vitest';
import { EngineError } from '../../src/engine/error';
import type { ContainerState } from '../../src/graph/model/model';
import type { LifecycleAction } from '../../src/graph/plan/lifecycleAction';
import type { UnitContext } from '../../src/service/runs/runContext';
import { executeLifecycle } from '../../src/service/runs/unitLifecycle';
import { key } from '../graph/build';
import { StopFixture } from './stopFixture';

/** One unit with the container `a`, and one attempt at an action on it. */
function unitOf(action: LifecycleAction, state: ContainerState) {
  const fixture = new StopFixture();
  fixture.add('a', { state });
  const plan = fixture.plan({ action });
  const cancelled = new AbortController();
  const abandoned = new AbortController();
  const execute = (more: Partial<UnitContext> = {}) =>
    executeLifecycle({ ...fixture.context(plan.units[0]!, plan, cancelled, abandoned), ...more }, action);
  return { fixture, execute, cancelled, abandoned };
}

const steps = ['start', 'stop', 'kill', 'restart', 'pause', 'unpause'] as const;
type Step = (typeof steps)[number];
const initial: Readonly<Record<Step, ContainerState>> = {
  ...{ start: 'exited', stop: 'running', kill: 'running', restart: 'running' },
  ...{ pause: 'running', unpause: 'paused' },
};
const target = { stop: 'exited', kill: 'exited', pause: 'paused', unpause: 'running' } as const;
const unchanged = { kind: 'done', unchanged: new Set([key('a')]) };
const done = { kind: 'done', unchanged: new Set() };

describe.each(steps)('%s', (step) => {
  test('sends its call and verifies the state', async () => {
    const { fixture, execute } = unitOf(step, initial[step]);
    expect(await execute()).toEqual(done);
    expect(fixture.sent.length).toBeGreaterThan(0);
  });

  test('fails if the engine reports success without doing it; a second attempt is the last', async () => {
    const { fixture, execute } = unitOf(step, initial[step]);
    fixture.obeys = false;
    const expected = {
      kind: 'failed',
      reason: 'falseSuccess',
      detail: expect.stringContaining('but a did not change') as unknown,
    };
    expect(await execute()).toMatchObject({ ...expected, canRetry: true });
    expect(await execute({ attempt: 2 })).toMatchObject({ ...expected, canRetry: false });
  });

  test('sends nothing after a cancel', async () => {
    const { fixture, execute, cancelled } = unitOf(step, initial[step]);
    cancelled.abort();
    expect(await execute()).toEqual({ kind: 'aborted' });
    expect(fixture.sent).toEqual([]);
  });

  test('that is refused fails, and may have been done by another client', async () => {
    const { fixture, execute } = unitOf(step, initial[step]);
    fixture.next.set(step, () => Promise.reject(new EngineError('busy', 'in use')));
    expect(await execute()).toMatchObject({ kind: 'failed', reason: 'busy', detail: 'in use', busy: true });
    const other = unitOf(step, initial[step]);
    other.fixture.next.set(step, () => {
      if (step === 'start' || step === 'restart') other.fixture.start('a');
      else other.fixture.setState('a', target[step]);
      return Promise.reject(new EngineError('busy', 'in use'));
    });
    expect(await other.execute()).toEqual(done);
  });

  test('ends with the engine if that denies access', async () => {
    const { fixture, execute } = unitOf(step, initial[step]);
    fixture.next.set(step, () => Promise.reject(new EngineError('denied', 'no access')));
    expect(await execute()).toEqual({ kind: 'disconnected', detail: 'no access' });
  });
});

test.each<[Step, ContainerState]>([
  ['start', 'running'],
  ['stop', 'exited'],
  ['kill', 'exited'],
  ['pause', 'paused'],
  ['pause', 'exited'],
  ['unpause', 'running'],
])('%s of a container that another client made %s since changes nothing', async (step, state) => {
  const { fixture, execute } = unitOf(step, initial[step]);
  if (state === 'running' && step === 'start') fixture.start('a');
  else fixture.setState('a', state);
  expect(await execute()).toEqual(unchanged);
  expect(fixture.sent).toEqual([]);
});

test('what an earlier attempt or signal did is a change', async () => {
  const { fixture, execute } = unitOf('stop', 'running');
  fixture.exit('a');
  expect(await execute({ attempt: 2 })).toEqual(done);
  expect(await execute({ alreadySignalled: new Set([key('a')]) })).toEqual(done);
});

test.each<[Step, object]>([
  ['start', { kind: 'failed', reason: 'gone' }],
  ['restart', { kind: 'failed', reason: 'gone' }],
  ['pause', { kind: 'failed', reason: 'gone' }],
  ['stop', unchanged],
  ['kill', unchanged],
])('%s of a container that another client removed', async (step, expected) => {
  const { fixture, execute } = unitOf(step, initial[step]);
  fixture.forget('a');
  expect(await execute()).toMatchObject(expected);
  expect(fixture.sent).toEqual([]);
});

test('a container that has exited again since its start was started', async () => {
  const { fixture, execute } = unitOf('start', 'exited');
  fixture.next.set('start', async () => {
    fixture.obeys = false;
    await fixture.clock.advance(1_000);
    fixture.start('a');
    fixture.exit('a');
  });
  expect(await execute()).toEqual(done);
});

test('a container that exits while it is paused is not running either', async () => {
  const { fixture, execute } = unitOf('pause', 'running');
  fixture.next.set('pause', async () => {
    fixture.obeys = false;
    fixture.exit('a');
  });
  expect(await execute()).toEqual(done);
});

test('an aborted request names what it completed; an abandoned one leaves the outcome to the engine', async () => {
  const { fixture, execute, cancelled } = unitOf('pause', 'running');
  fixture.next.set('pause', () => {
    cancelled.abort();
    return Promise.reject(new EngineError('aborted', 'cancelled'));
  });
  expect(await execute()).toEqual({ kind: 'aborted', done: new Set() });
  const completed = unitOf('pause', 'running');
  completed.fixture.next.set('pause', () => {
    completed.cancelled.abort();
    completed.fixture.setState('a', 'paused');
    return Promise.reject(new EngineError('aborted', 'cancelled'));
  });
  expect(await completed.execute()).toEqual({ kind: 'aborted', done: new Set([key('a')]) });
  const left = unitOf('pause', 'running');
  left.fixture.next.set('pause', () => {
    left.cancelled.abort();
    left.abandoned.abort();
    left.fixture.setState('a', 'paused');
    return Promise.reject(new EngineError('aborted', 'cancelled'));
  });
  expect(await left.execute()).toEqual(done);
});
