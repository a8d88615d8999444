import { beforeEach, describe, expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import type { ContainerNode, ContainerState, NodeKey } from '../../src/graph/model/model';
import type { Plan, Unit } from '../../src/graph/plan/plan';
import { type ActionOptions, planAction } from '../../src/graph/plan/planAction';
import type { Outcome, ReconciledOutcome } from '../../src/graph/plan/report';
import type { EndState } from '../../src/graph/plan/runStateMachine';
import { ManualClock } from '../../src/manualClock';
import { OutcomeRecorder } from '../../src/service/runs/outcomeRecorder';
import { failure } from '../../src/service/runs/runContext';
import { container, graphOf, key, podKey, podMember } from '../graph/build';

const none: ReadonlySet<NodeKey> = new Set();
const running = { state: 'running' } as const;
const unavailable = failure('unavailable', 'try later', { members: new Map([[key('b'), 'busy']]) });

let clock: ManualClock;
let states: Map<NodeKey, Partial<ContainerNode>>;
beforeEach(() => {
  clock = new ManualClock(1_000_000);
  states = new Map();
});

function start(action: ActionOptions['action'], graph: ContainerGraph) {
  const scope = { chosen: [...graph.nodes.keys()], isAll: true };
  const plan = planAction('p', graph, scope, { action, dependents: 'include', running: 'stop' });
  const recorder = new OutcomeRecorder(plan, clock, {
    startOf: (one) => states.get(one)?.startedAt,
    container: (one) => (states.has(one) ? container('x', states.get(one)) : undefined),
  });
  const unitOf = (name: string, of: Unit['action'] = plan.units[0]?.action ?? 'remove') =>
    plan.units.find(({ nodes, action: own }) => nodes.includes(key(name)) && own === of) as Unit;
  const finish = (name: string, state: EndState, of?: Unit['action']) =>
    recorder.finish(unitOf(name, of), state, (id) => plan.units.find((unit) => unit.id === id)?.nodes[0] as NodeKey);
  return { plan, recorder, unitOf, finish, outcome: (name: string) => recorder.outcomeOf(key(name)) };
}

function reportOf(plan: Plan, recorder: OutcomeRecorder, now: Record<string, ReconciledOutcome['state']>) {
  const nodes = new Map(
    [...plan.nodes.keys()].map((one): [NodeKey, ReconciledOutcome] => [
      one,
      { outcome: recorder.outcomeOf(one) as Outcome, state: now[one.split('/')[2] ?? ''] ?? 'gone' },
    ]),
  );
  return recorder.report(false, { nodes, volumes: new Map(), complete: true });
}

const notAttempted = (reason: 'cancelled' | 'engineDisconnected'): Outcome => ({ kind: 'notAttempted', reason });

describe('the outcome of a unit', () => {
  test.each<[EndState, Outcome]>([
    [{ kind: 'done' }, { kind: 'removed' }],
    [{ kind: 'failed' }, { kind: 'failed', reason: 'unknown', message: '' }],
    [{ kind: 'cancelled' }, notAttempted('cancelled')],
    [
      { kind: 'disconnected', started: true },
      { kind: 'unknown', message: '' },
    ],
    [{ kind: 'disconnected', started: false }, notAttempted('engineDisconnected')],
    [
      { kind: 'skipped', because: key('b') },
      { kind: 'skipped', because: key('b') },
    ],
  ])('that ends %j without a failure', (state, expected) => {
    const { finish, outcome } = start('remove', graphOf('a>b'));
    finish('a', state);
    expect(outcome('a')).toEqual(expected);
  });

  test.each<EndState>([
    { kind: 'failed' },
    { kind: 'cancelled' },
    { kind: 'disconnected', started: true },
    { kind: 'disconnected', started: false },
  ])('that ends %j is its last failure', (state) => {
    const { recorder, unitOf, finish, outcome } = start('remove', graphOf('a'));
    recorder.recordDisconnect(unitOf('a'), 'gone');
    recorder.recordFailure(unitOf('a'), failure('busy', 'first'));
    recorder.recordFailure(unitOf('a'), unavailable);
    finish('a', state);
    expect(outcome('a')).toEqual({ kind: 'failed', reason: 'unavailable', message: 'try later' });
  });

  test('that was disconnected is unknown; that did not start is skipped, with its reason', () => {
    const { recorder, unitOf, finish, outcome } = start('start', graphOf('a b'));
    recorder.recordDisconnect(unitOf('a'), 'lost');
    finish('a', { kind: 'disconnected', started: true });
    expect(outcome('a')).toEqual({ kind: 'unknown', message: 'lost' });
    const unmet = { kind: 'gone' } as const;
    recorder.recordUnmet(unitOf('b'), { because: key('a'), unmet });
    finish('b', { kind: 'failed' });
    expect(outcome('b')).toEqual({ kind: 'skipped', because: key('a'), unmet });
  });

  test('is the first reason of a chain', () => {
    const { finish, outcome, recorder } = start('remove', graphOf('a>b b>c'));
    finish('a', { kind: 'failed' });
    finish('b', { kind: 'skipped', because: key('a') });
    finish('c', { kind: 'skipped', because: key('b') });
    expect(outcome('c')).toEqual({ kind: 'skipped', because: key('a') });
    expect(recorder.counts).toEqual({ total: 3, ended: 3, failed: 3 });
  });

  test('is recorded once, and of members with their own messages', () => {
    const { finish, outcome, recorder, unitOf, plan } = start('remove', graphOf('a>b b>a'));
    expect(plan.units).toHaveLength(1);
    recorder.recordFailure(unitOf('a'), unavailable);
    finish('a', { kind: 'failed' });
    finish('a', { kind: 'done' });
    expect(outcome('a')).toMatchObject({ message: 'try later' });
    expect(outcome('b')).toMatchObject({ message: 'busy' });
    expect(recorder.counts).toEqual({ total: 2, ended: 2, failed: 2 });
  });
});

describe('a removal', () => {
  test('has removed a node, unless it was gone before', () => {
    const { recorder, unitOf, outcome } = start('remove', graphOf('a b c'));
    recorder.recordSuccess(unitOf('a'), none);
    recorder.recordSuccess(unitOf('b'), new Set([key('b')]));
    recorder.recordStopSent([key('c')]);
    recorder.recordSuccess(unitOf('c'), new Set([key('c')]));
    expect(['a', 'b', 'c'].map((name) => outcome(name)?.kind)).toEqual(['removed', 'alreadyRemoved', 'removed']);
    expect(recorder.counts).toEqual({ total: 3, ended: 3, failed: 0 });
  });

  test('of a pod that was gone before has removed no member', () => {
    const graph = ContainerGraph.build({ containers: [podMember('p', 'a')], pods: [], edges: [] });
    const { recorder, unitOf, outcome } = start('remove', graph);
    recorder.recordSuccess(unitOf('a'), new Set([podKey('p')]));
    expect(outcome('a')).toEqual({ kind: 'alreadyRemoved' });
    const other = start('remove', graph);
    other.recorder.recordSuccess(unitOf('a'), new Set([key('a')]));
    expect(other.recorder.outcomeOf(podKey('p'))).toEqual({ kind: 'removed' });
  });
});

describe('an action', () => {
  test('is done, or has changed nothing', () => {
    const { recorder, unitOf, outcome } = start('start', graphOf('a b c'));
    recorder.recordSuccess(unitOf('a'), none, new Map([[key('a'), ['image']]]));
    recorder.recordSuccess(unitOf('b'), new Set([key('b')]));
    recorder.recordSuccess(unitOf('c'), none, new Map([[key('c'), []]]));
    expect(outcome('a')).toEqual({ kind: 'done', differences: ['image'] });
    expect(outcome('b')).toEqual({ kind: 'unchanged' });
    expect(outcome('c')).toEqual({ kind: 'done' });
  });

  test('that was cancelled has done some of its nodes', () => {
    const { recorder, unitOf, finish, outcome } = start('stop', graphOf('a>b b>a', { a: running, b: running }));
    recorder.recordPartial(unitOf('a'), new Set([key('a')]));
    finish('a', { kind: 'cancelled' });
    expect([outcome('a')?.kind, outcome('b')?.kind]).toEqual(['done', 'notAttempted']);
  });
});

describe('a restart', () => {
  const chain = () => start('restart', graphOf('a>b', { a: running, b: running }));

  test('is done when the container was started, not when it was stopped', () => {
    const { recorder, unitOf, finish, outcome } = chain();
    recorder.recordSuccess(unitOf('a', 'stop'), none);
    finish('a', { kind: 'done' }, 'stop');
    expect(outcome('a')).toBeUndefined();
    recorder.recordPartial(unitOf('a', 'stop'), new Set([key('a')]));
    expect(outcome('a')).toBeUndefined();
    recorder.recordSuccess(unitOf('a', 'start'), new Set([key('a')]));
    expect(outcome('a')).toEqual({ kind: 'done' });
  });

  test('that failed to stop has failed, whatever its start does', () => {
    const { recorder, unitOf, finish, outcome } = chain();
    recorder.recordFailure(unitOf('a', 'stop'), unavailable);
    finish('a', { kind: 'failed' }, 'stop');
    recorder.recordSuccess(unitOf('a', 'start'), none);
    expect(outcome('a')?.kind).toBe('failed');
  });

  test('of a container that a cancel kept running was not attempted', () => {
    const { recorder, unitOf, outcome } = chain();
    recorder.recordSuccess(unitOf('b', 'stop'), none);
    recorder.recordStillRunning([key('a'), key('b')]);
    recorder.recordSuccess(unitOf('a', 'start'), none);
    recorder.recordSuccess(unitOf('b', 'start'), none);
    expect([outcome('a'), outcome('b')]).toEqual([notAttempted('cancelled'), { kind: 'done' }]);
  });

  test('of a pod was not attempted if a cancel kept all members running', () => {
    const graph = ContainerGraph.build({
      containers: [podMember('p', 'a', 'running'), podMember('p', 'b', 'running'), container('user', running)],
      pods: [],
      edges: [{ from: key('user'), to: podKey('p'), reasons: ['network'] }],
    });
    for (const kept of [['a'], ['a', 'b']]) {
      const { recorder, unitOf } = start('restart', graph);
      recorder.recordStillRunning(kept.map(key));
      recorder.recordSuccess(unitOf('a', 'start'), none);
      expect(recorder.outcomeOf(podKey('p'))?.kind).toBe(kept.length === 2 ? 'notAttempted' : 'done');
    }
  });
});

describe('a stop that was sent', () => {
  test('is known with the start of its container, until the request is undone', () => {
    const { recorder } = start('stop', graphOf('a b', { a: running, b: running }));
    states.set(key('a'), { startedAt: 5 });
    const undo = recorder.recordStopSent([key('a'), key('b')]);
    expect([...recorder.stopsSentTo([key('a'), key('b'), key('c')])]).toEqual([
      [key('a'), 5],
      [key('b'), undefined],
    ]);
    states.set(key('a'), { startedAt: 9 });
    const undoSecond = recorder.recordStopSent([key('a'), key('b')]);
    expect(recorder.stopsSentTo([key('a')]).get(key('a'))).toBe(9);
    undoSecond();
    expect([...recorder.stopsSentTo([key('a'), key('b')])]).toEqual([
      [key('a'), 5],
      [key('b'), undefined],
    ]);
    undo();
    expect(recorder.stopsSentTo([key('a'), key('b')]).size).toBe(0);
  });
});

test.each<[string, number, boolean, boolean]>([
  ['exits within a second', 999, true, false],
  ['exits after a second', 1000, true, true],
  ['is gone after a second, without an observed exit', 1000, false, true],
])('a container that %s', async (_, ms, isObserved, expected) => {
  const { recorder } = start('remove', graphOf('a', { a: running }));
  states.set(key('a'), running);
  recorder.recordStopSent([key('a')]);
  await clock.advance(ms);
  recorder.recordExits();
  expect(recorder.hasStoppedSlowly(key('a'))).toBe(false);
  if (isObserved) states.set(key('a'), { state: 'exited' });
  else states.delete(key('a'));
  recorder.recordExits();
  expect(recorder.hasStoppedSlowly(key('a'))).toBe(expected);
});

describe('the report', () => {
  const removal = async (exits: readonly ContainerState[]) => {
    const { plan, recorder, unitOf } = start('remove', graphOf('a', { a: running }));
    states.set(key('a'), running);
    recorder.recordStart(unitOf('a'));
    await clock.advance(100);
    recorder.recordStart(unitOf('a'));
    recorder.recordStopSent([key('a')]);
    for (const state of exits) {
      await clock.advance(20);
      states.set(key('a'), { state });
      recorder.recordExits();
    }
    await clock.advance(30);
    recorder.recordSuccess(unitOf('a'), none);
    await clock.advance(50);
    return reportOf(plan, recorder, {});
  };

  test('has times and attempts, and the phases of a removal', async () => {
    const report = await removal(['running', 'exited', 'exited']);
    expect(report).toMatchObject({ startedAt: 1_000_000, endedAt: 1_000_240, cancelled: false, isReconciled: true });
    expect(report.nodes.get(key('a'))).toMatchObject({
      ...{ duration: 190, attempts: 2, phases: { stop: 40, removal: 50 }, partial: undefined },
    });
  });

  test('has no phases without an observed exit', async () => {
    expect((await removal([])).nodes.get(key('a'))?.phases).toBeUndefined();
    const { plan, recorder, unitOf } = start('remove', graphOf('a', { a: running }));
    recorder.recordStart(unitOf('a'));
    recorder.recordStopSent([key('a')]);
    recorder.recordExits();
    recorder.recordSuccess(unitOf('a'), none);
    expect(reportOf(plan, recorder, {}).nodes.get(key('a'))?.phases).toBeUndefined();
  });

  test('has neither a duration nor attempts without a request, and corrected counts', () => {
    const { plan, recorder, finish } = start('remove', graphOf('a b'));
    finish('a', { kind: 'cancelled' });
    finish('b', { kind: 'done' });
    const { nodes } = reportOf(plan, recorder, { a: 'exited' });
    expect(nodes.get(key('a'))).toMatchObject({ duration: undefined, attempts: 0 });
    expect(recorder.counts).toEqual({ total: 2, ended: 2, failed: 1 });
  });

  test('names what was changed without success', () => {
    const partialOf = (record: (recorder: OutcomeRecorder) => void, now: ContainerState) => {
      const { plan, recorder, finish } = start('stop', graphOf('a', { a: running }));
      record(recorder);
      finish('a', { kind: 'failed' });
      return reportOf(plan, recorder, { a: now }).nodes.get(key('a'))?.partial;
    };
    const stop = (recorder: OutcomeRecorder) => void recorder.recordStopSent([key('a')]);
    expect(partialOf(stop, 'exited')).toBe('stopped');
    expect(partialOf(stop, 'running')).toBe('stopping');
    expect(
      partialOf((recorder) => {
        stop(recorder);
        recorder.recordStartSent([key('a')]);
      }, 'running'),
    ).toBeUndefined();
    expect(partialOf((recorder) => recorder.recordUnpauseSent(key('a')), 'running')).toBe('resumed');
    expect(partialOf(() => undefined, 'running')).toBeUndefined();
  });

  test('has the health of containers that run', () => {
    const { plan, recorder, unitOf } = start('start', graphOf('a'));
    states.set(key('a'), { ...running, health: 'healthy' });
    recorder.recordSuccess(unitOf('a'), none);
    expect(reportOf(plan, recorder, { a: 'running' }).nodes.get(key('a'))?.health).toBe('healthy');
    expect(reportOf(plan, recorder, { a: 'exited' }).nodes.get(key('a'))?.health).toBeUndefined();
  });
});
