import { describe, expect, test } from 'vitest';
import { EngineError, type EngineErrorReason } from '../../src/engine/error';
import type { NodeKey } from '../../src/graph/model/model';
import { ManualClock } from '../../src/manualClock';
import { failure, stopBounds, type UnitContext, verifyDelayMs } from '../../src/service/runs/runContext';
import {
  containersOf,
  isEngineAccessDenied,
  isOutcomeUnknown,
  isUnsent,
  sendCall,
  waitForOutcome,
} from '../../src/service/runs/unitCalls';
import { container, key, podKey } from '../graph/build';

const error = (reason: EngineErrorReason, details: EngineError['details'] = {}) =>
  new EngineError(reason, 'd', details);

describe('an error', () => {
  test('leaves the outcome of a request unknown if the engine may have executed it', () => {
    const unknown = ['unreachable', 'timeout', 'aborted', 'malformed'] as const;
    expect(unknown.filter((reason) => isOutcomeUnknown(error(reason)))).toEqual(unknown);
    const known = ['denied', 'gone', 'busy', 'running', 'unknown'] as const;
    expect(known.filter((reason) => isOutcomeUnknown(error(reason)))).toEqual([]);
  });

  test('of a proxy means that the request did not pass it', () => {
    const isUnknown = (status: number) => isOutcomeUnknown(error('malformed', { status }));
    expect([399, 400, 499, 500].map(isUnknown)).toEqual([true, false, false, true]);
    expect(isOutcomeUnknown(error('timeout', { status: 408 }))).toBe(true);
  });

  test('denies the access to the engine only without a response', () => {
    expect(isEngineAccessDenied(error('denied'))).toBe(true);
    expect(isEngineAccessDenied(error('denied', { status: 403 }))).toBe(false);
    expect(isEngineAccessDenied(error('gone'))).toBe(false);
  });

  test('may certainly be from before the request', () => {
    expect(isUnsent(error('unreachable', { sent: false }))).toBe(true);
    expect(isUnsent(error('unreachable'))).toBe(false);
    expect(isUnsent(error('gone'))).toBe(false);
  });
});

test('a failure is final, idle and of the whole unit by default', () => {
  const members = new Map([[key('a'), 'm']]);
  expect(failure('r', 'd')).toEqual({
    ...{ kind: 'failed', reason: 'r', detail: 'd', canRetry: false, busy: false, members: new Map() },
  });
  expect(failure('r', 'd', { canRetry: true, busy: true, members })).toMatchObject({
    ...{ canRetry: true, busy: true, members },
  });
});

test('a call with a long stop timeout can be abandoned', () => {
  const abandoned = new AbortController().signal;
  const bounds = (stopTimeout: number | 'unlimited') =>
    stopBounds({ abandoned, unit: { stopTimeout } } as Pick<UnitContext, 'unit' | 'abandoned'>);
  expect(bounds(300)).toEqual({ timeoutMs: 360_000 });
  expect(bounds(301)).toEqual({ timeoutMs: 361_000, signal: abandoned });
  expect(bounds('unlimited')).toEqual({ timeoutMs: Infinity, signal: abandoned });
});

test('a change is verified at once without events, soon if others wait, and otherwise after half a second', () => {
  const delay = (hasEvents: boolean, immediately: boolean) =>
    verifyDelayMs({
      verifyImmediately: () => immediately,
      observed: { hasEvents: () => hasEvents },
      unit: { engine: 'e' },
    } as unknown as UnitContext);
  expect([delay(false, false), delay(false, true), delay(true, true), delay(true, false)]).toEqual([0, 0, 20, 500]);
});

/** A unit of two members of a pod, one of which runs. */
function unitContext(more: Record<string, unknown> = {}) {
  const pod = { pod: podKey('p'), podName: 'p' };
  const containers = new Map([
    [key('a'), container('a', { ...pod, state: 'running' })],
    [key('b'), container('b', pod)],
    [key('c'), container('c', { state: 'running' })],
  ]);
  const calls: string[] = [];
  const context = {
    unit: { engine: 'e', nodes: [podKey('p'), key('a'), key('b'), key('c')], infra: [] },
    plan: { nodes: new Map(), options: { stopTimeout: 2 } },
    observed: { container: (one: NodeKey) => containers.get(one) },
    sent: new Set<NodeKey>(),
    recorder: {
      recordStopSent: (keys: Iterable<NodeKey>) => {
        calls.push(`stops ${[...keys].join()}`);
        return () => calls.push('undo');
      },
    },
    cancelled: new AbortController().signal,
    clock: new ManualClock(),
    ...more,
  } as unknown as UnitContext;
  return { context, calls, containers };
}

describe('a call', () => {
  test('affects its container, or those of its pod', () => {
    const { context } = unitContext();
    expect(containersOf(context, key('a'))).toEqual([key('a')]);
    expect(containersOf(context, podKey('p'))).toEqual([podKey('p'), key('a'), key('b')]);
  });

  test('that stops containers is recorded with those that run', async () => {
    const { context, calls } = unitContext();
    await sendCall(context, podKey('p'), true, async () => void calls.push('call'));
    expect(calls).toEqual([`stops ${key('a')}`, 'call']);
    expect([...context.sent]).toEqual([podKey('p')]);
    await sendCall(context, podKey('p'), false, async () => undefined);
    expect(calls.at(-1)).toBe('stops ');
  });

  test('is not recorded if it certainly did not reach the engine', async () => {
    const { context, calls } = unitContext();
    const unsent = error('unreachable', { sent: false });
    await expect(sendCall(context, key('a'), true, () => Promise.reject(unsent))).rejects.toBe(unsent);
    expect([calls.at(-1), context.sent.size]).toEqual(['undo', 0]);
    const lost = error('unreachable');
    await expect(sendCall(context, key('a'), true, () => Promise.reject(lost))).rejects.toBe(lost);
    expect([calls.at(-1), context.sent.size]).toEqual([`stops ${key('a')}`, 1]);
  });
});

describe('the outcome of an interrupted call', () => {
  /** Resolves with the result and the milliseconds that it took. */
  async function awaited(
    { context }: ReturnType<typeof unitContext>,
    thrown: EngineError,
    isDone: () => Promise<boolean>,
    cancel?: () => void,
  ) {
    const clock = context.clock as ManualClock;
    let result: Awaited<ReturnType<typeof waitForOutcome>> | undefined;
    void waitForOutcome(context, thrown, isDone).then((one) => (result = one));
    cancel?.();
    await clock.advance(0);
    while (result === undefined && clock.now() < 200_000) await clock.advance(500);
    return { result, ms: clock.now() };
  }
  const never = () => Promise.resolve(false);

  test('is awaited for the stop timeout of running containers, and then failed', async () => {
    const own = unitContext({ sent: new Set([key('a')]) });
    expect(await awaited(own, error('unreachable'), never)).toEqual({
      ...{ result: failure('unreachable', 'd', { canRetry: true }), ms: 7_000 },
    });
    const pod = unitContext({ sent: new Set([podKey('p')]) });
    expect((await awaited(pod, error('unreachable'), never)).ms).toBe(9_000);
    const stopped = unitContext({ sent: new Set([key('b')]) });
    expect((await awaited(stopped, error('unreachable'), never)).ms).toBe(5_000);
  });

  test('of a call that had all its time is awaited for a moment, and not sent again', async () => {
    const own = unitContext({ sent: new Set([key('a')]) });
    expect(await awaited(own, error('timeout'), never)).toEqual({
      ...{ result: failure('timeout', 'd', { canRetry: false }), ms: 5_000 },
    });
  });

  test('is done as soon as the engine shows it', async () => {
    let queries = 0;
    const { result, ms } = await awaited(unitContext(), error('aborted'), () => Promise.resolve(++queries === 3));
    expect([result, ms]).toEqual(['done', 1_000]);
  });

  test('is unknown if the engine does not respond for three seconds', async () => {
    const silent = () => Promise.reject(error('unreachable'));
    expect(await awaited(unitContext(), error('aborted'), silent)).toEqual({
      ...{ result: { kind: 'disconnected', detail: 'd' }, ms: 3_000 },
    });
    let queries = 0;
    const once = () => (++queries % 4 === 0 ? Promise.resolve(false) : Promise.reject(error('unreachable')));
    expect((await awaited(unitContext(), error('unreachable'), once)).result).toMatchObject({ kind: 'failed' });
  });

  test('is awaited for a minute at most after a cancel', async () => {
    const cancelled = new AbortController();
    const options = { plan: { nodes: new Map(), options: { stopTimeout: 'unlimited' } }, cancelled: cancelled.signal };
    const own = unitContext({ ...options, sent: new Set([key('a')]) });
    const { result, ms } = await awaited(own, error('unreachable'), never, () => cancelled.abort());
    // From the query after the cancel.
    expect([result, ms]).toEqual([failure('unreachable', 'd', { canRetry: true }), 60_500]);
    const abandoned = await awaited(unitContext(options), error('aborted'), never);
    expect(abandoned).toMatchObject({
      ms: 5_000,
      result: { detail: expect.stringContaining('still stopping') as string },
    });
  });
});
