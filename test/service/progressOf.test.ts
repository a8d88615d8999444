import { expect, test } from 'vitest';
import type { ContainerNode, ContainerState, NodeKey } from '../../src/graph/model/model';
import type { Action } from '../../src/graph/plan/lifecycleAction';
import { planAction } from '../../src/graph/plan/planAction';
import { operationForUnit, operationOf, progressOf, type RunState } from '../../src/service/runs/progress';
import { container, graphOf, key } from '../graph/build';

interface Now {
  readonly state?: ContainerState | undefined;
  readonly removed?: boolean;
  readonly ended?: boolean;
  readonly unit?: 'waiting' | 'ready' | 'running' | 'backingOff' | 'done';
  readonly inFlight?: boolean;
  readonly stoppingSince?: number;
  readonly waiting?: boolean;
  readonly own?: boolean;
}

/** A run of one container `a`, and what its parts say of it. */
function runOf(action: Action, before: ContainerState, now: Now): RunState {
  const scope = { chosen: [key('a')], isAll: false };
  const graph = graphOf('a', { a: { state: before } });
  const kind = action === 'bringBack' ? 'start' : action;
  const planned = planAction('r', graph, scope, { action: kind, dependents: 'include', running: 'stop' });
  const units = planned.units.map((unit) => ({ ...unit, action: action === 'bringBack' ? action : unit.action }));
  const plan = { ...planned, action };
  const [unit] = units;
  if (!unit) throw new Error('nothing planned');
  const { inFlight = true } = now;
  const node: ContainerNode | undefined = now.state && container('a', { state: now.state });
  const condition = { dependent: key('a'), dependency: key('db'), condition: 'started' as const };
  return {
    plan,
    units: new Map([[unit.id, unit]]),
    undoingUnits: new Map(),
    stateMachine: { inFlight: new Set(inFlight ? [unit.id] : []), isCancelled: false, stateOf: () => now.unit },
    earlyStopper: { stopping: new Map(now.stoppingSince === undefined ? [] : [[key('a'), now.stoppingSince]]) },
    outcomeRecorder: {
      counts: { total: 1, ended: 0, failed: 0 },
      outcomeOf: () => (now.ended ? { kind: 'done' as const } : undefined),
      startedAt: 5,
    },
    observed: { container: () => node, isRemoved: () => now.removed === true },
    operations: { get: () => (now.own ? operationForUnit(unit, plan, key('a'), 7) : undefined) },
    startGate: { waiting: new Map(now.waiting ? [[key('a'), condition]] : []) },
  };
}

const finished = (run: RunState) => progressOf(run).finished;

test.each<[Action, ContainerState, Now, number]>([
  ['remove', 'exited', { state: 'exited' }, 0],
  ['remove', 'exited', { removed: true }, 1],
  ['stop', 'running', { state: 'running' }, 0],
  ['stop', 'running', { state: 'exited' }, 1],
  ['stop', 'running', { removed: true }, 1],
  ['stop', 'running', {}, 0],
  ['start', 'exited', { state: 'running' }, 1],
  ['start', 'exited', { state: 'exited' }, 0],
  ['pause', 'running', { state: 'paused' }, 1],
  // The state before a restart is the same as after it, and a return has later steps.
  ['restart', 'running', { state: 'running' }, 0],
  ['bringBack', 'exited', { state: 'running' }, 0],
  ['stop', 'running', { state: 'exited', ended: true }, 0],
  ['stop', 'running', { state: 'exited', inFlight: false }, 0],
])('%s of a container that was %s, now %j: %s finished before its unit', (action, before, now, expected) => {
  expect(finished(runOf(action, before, now))).toBe(expected);
});

const operationIn = (run: RunState) => operationOf(run, key('a'));

test('a node waits, for a permit, a retry or a condition, and may be stopped early', () => {
  const phase = (now: Now) => operationIn(runOf('stop', 'running', { inFlight: false, ...now }))?.phase;
  expect(phase({ unit: 'waiting' })).toBe('waiting');
  expect(phase({ unit: 'ready' })).toBe('waitingForPermit');
  expect(phase({ unit: 'backingOff' })).toBe('retrying');
  expect(phase({ waiting: true })).toBe('waitingForCondition');
  expect(phase({ ended: true, unit: 'done' })).toBeUndefined();
  const early = operationIn(runOf('stop', 'running', { stoppingSince: 9 }));
  expect(early).toMatchObject({ phase: 'stopping', since: 9, stopTimeout: 10 });
});

test('only nodes with an operation are active', () => {
  const active = (now: Now) => [...progressOf(runOf('stop', 'running', now)).active.keys()];
  expect(active({ state: 'running', own: true })).toEqual([key('a')]);
  expect(active({ state: 'exited', own: true })).toEqual([]);
  expect(active({ inFlight: false, unit: 'waiting' })).toEqual([]);
  expect(active({ inFlight: false, waiting: true })).toEqual([key('a')]);
  expect(active({ inFlight: false, stoppingSince: 1 })).toEqual([key('a')]);
  expect(active({ state: 'running', ended: true, own: true })).toEqual([]);
  const run = runOf('stop', 'running', { state: 'running', own: true });
  const unknown = { ...run, stateMachine: { ...run.stateMachine, inFlight: new Set(['elsewhere']) } };
  expect([...progressOf(unknown).active.keys()]).toEqual([]);
});

test('a node outside the plan has no operation', () => {
  const other: NodeKey = key('other');
  expect(operationOf(runOf('stop', 'running', { own: true }), other)).toBeUndefined();
});

test('after its exit, a container is being removed', () => {
  const phase = (action: Action, state: ContainerState) =>
    operationIn(runOf(action, 'running', { state, own: true }))?.phase;
  expect([phase('remove', 'running'), phase('remove', 'exited')]).toEqual(['stopping', 'removing']);
  expect([phase('stop', 'running'), phase('stop', 'exited')]).toEqual(['stopping', 'stopping']);
});
