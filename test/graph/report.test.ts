import { describe, expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import type { ContainerNode, ContainerState, NodeKey } from '../../src/graph/model/model';
import type { LifecycleAction } from '../../src/graph/plan/lifecycleAction';
import { planAction } from '../../src/graph/plan/planAction';
import {
  countOutcomes,
  type CurrentState,
  isSuccess,
  isSuccessful,
  type Outcome,
  partialChange,
  reconcile,
  type Report,
} from '../../src/graph/plan/report';
import { container, details, key, podKey, podMember } from './build';

const outcomes = {
  removed: { kind: 'removed' },
  alreadyRemoved: { kind: 'alreadyRemoved' },
  done: { kind: 'done' },
  unchanged: { kind: 'unchanged' },
  failed: { kind: 'failed', reason: 'busy', message: 'busy' },
  restoreFailed: { kind: 'failed', reason: 'restoreFailed', message: '' },
  skipped: { kind: 'skipped', because: key('x') },
  notAttempted: { kind: 'notAttempted', reason: 'cancelled' },
  unknown: { kind: 'unknown', message: 'no response' },
} as const satisfies Record<string, Outcome>;

const before: Partial<Record<LifecycleAction, ContainerState>> = { start: 'exited', unpause: 'paused' };

/** The outcome of a node of a plan, corrected by a list. */
function corrected(
  action: LifecycleAction,
  recorded: Outcome,
  listed: readonly (readonly [NodeKey, CurrentState])[],
  nodes: readonly ContainerNode[] = [container('a', { state: before[action] ?? 'running' })],
  of: NodeKey = key('a'),
): Outcome {
  const graph = ContainerGraph.build({ containers: nodes, pods: [], edges: [] });
  const plan = planAction('r', graph, { chosen: [of], isAll: false }, { action, dependents: 'block', running: 'stop' });
  const entry = reconcile(plan, new Map([[of, recorded]]), new Map([['e', new Map(listed)]])).get(of);
  if (!entry) throw new Error(`${of} is not in the plan`);
  return entry.outcome;
}

describe('the list of the engine corrects an outcome', () => {
  test.each<[LifecycleAction, ContainerState, keyof typeof outcomes, string]>([
    ['stop', 'exited', 'done', 'done'],
    ['stop', 'running', 'done', 'failed'],
    ['stop', 'running', 'unchanged', 'failed'],
    ['stop', 'exited', 'failed', 'done'],
    ['stop', 'running', 'failed', 'failed'],
    ['stop', 'exited', 'restoreFailed', 'failed'],
    ['stop', 'exited', 'unknown', 'done'],
    ['stop', 'running', 'unknown', 'failed'],
    ['stop', 'exited', 'skipped', 'unchanged'],
    ['stop', 'running', 'skipped', 'skipped'],
    ['stop', 'exited', 'notAttempted', 'unchanged'],
    ['stop', 'exited', 'removed', 'removed'],
    ['stop', 'running', 'alreadyRemoved', 'alreadyRemoved'],
    ['kill', 'exited', 'unknown', 'done'],
    ['start', 'running', 'unknown', 'done'],
    ['start', 'exited', 'unknown', 'failed'],
    ['start', 'exited', 'done', 'done'],
    ['unpause', 'paused', 'done', 'done'],
    ['unpause', 'running', 'failed', 'done'],
    ['restart', 'running', 'done', 'done'],
    ['restart', 'running', 'unknown', 'failed'],
    ['restart', 'running', 'skipped', 'skipped'],
  ])('%s, now %s, recorded as %s: %s', (action, state, recorded, expected) => {
    expect(corrected(action, outcomes[recorded], [[key('a'), state]]).kind).toBe(expected);
  });

  test('and says why', () => {
    expect(corrected('stop', outcomes.done, [[key('a'), 'running']])).toMatchObject({
      reason: 'falseSuccess',
      message: expect.stringContaining('reported success') as string,
    });
    const message = outcomes.unknown.message;
    expect(corrected('stop', outcomes.unknown, [[key('a'), 'running']])).toMatchObject({
      reason: 'unconfirmed',
      message,
    });
  });

  test.each<[LifecycleAction, boolean, string]>([
    ['stop', false, 'done'],
    ['kill', false, 'done'],
    ['start', false, 'failed'],
    ['pause', false, 'failed'],
    ['restart', false, 'failed'],
    ['stop', true, 'done'],
    ['start', true, 'failed'],
    ['pause', true, 'done'],
    ['restart', true, 'failed'],
  ])('%s of a container that is no longer listed, removed on exit %s: %s', (action, autoRemove, expected) => {
    const node = container('a', { state: before[action] ?? 'running', details: { ...details, autoRemove } });
    expect(corrected(action, outcomes.unknown, [], [node]).kind).toBe(expected);
  });

  test('of a pod by its members, without completed init containers', () => {
    const init = { details: { ...details, initContainer: 'always' as const } };
    const members = (state: ContainerState) => [
      podMember('p', 'a', state),
      podMember('p', 'b', state),
      { ...podMember('p', 'i', state), ...init },
    ];
    const listed = (a: CurrentState, b: CurrentState, i: CurrentState) =>
      [
        [podKey('p'), 'present'],
        [key('a'), a],
        [key('b'), b],
        [key('i'), i],
      ] as const;
    const outcome = (action: LifecycleAction, from: ContainerState, ...states: Parameters<typeof listed>) =>
      corrected(action, outcomes.unknown, listed(...states), members(from), podKey('p')).kind;
    expect(outcome('start', 'exited', 'running', 'running', 'exited')).toBe('done');
    expect(outcome('start', 'exited', 'running', 'exited', 'exited')).toBe('failed');
    expect(outcome('stop', 'running', 'exited', 'exited', 'running')).toBe('done');
    expect(outcome('stop', 'running', 'exited', 'running', 'exited')).toBe('failed');
    expect(outcome('restart', 'running', 'running', 'running', 'exited')).toBe('failed');
  });
});

test.each<[ContainerState | 'gone' | 'present', keyof typeof outcomes, string, string | undefined]>([
  ['exited', 'failed', 'stop', 'stopped'],
  ['running', 'failed', 'stop', 'stopping'],
  ['unknown', 'failed', 'stop', 'stopping'],
  ['running', 'failed', 'stop start', undefined],
  ['exited', 'failed', 'stop start', 'stopped'],
  ['running', 'failed', 'unpause', 'resumed'],
  ['paused', 'failed', 'unpause', undefined],
  ['exited', 'failed', 'unpause', undefined],
  ['running', 'failed', '', undefined],
  ['gone', 'failed', 'stop', undefined],
  ['present', 'failed', 'stop', undefined],
  ['exited', 'done', 'stop', undefined],
  ['exited', 'removed', 'stop', undefined],
  ['exited', 'skipped', 'stop', 'stopped'],
])('a node that is %s and %s after "%s" has the partial change %s', (state, recorded, sent, expected) => {
  const calls = { stop: sent.includes('stop'), start: sent.includes('start'), unpause: sent.includes('unpause') };
  expect(partialChange({ outcome: outcomes[recorded], state }, calls)).toBe(expected);
});

test('outcomes are counted by kind of node', () => {
  const nodes = [
    [container('a'), outcomes.removed],
    [container('b'), outcomes.removed],
    [container('c'), outcomes.failed],
  ] as const;
  const report = {
    nodes: new Map(nodes.map(([node, outcome]) => [node.key, { node, outcome }])),
  } as unknown as Report;
  const counts = countOutcomes(report);
  const none = { pods: 0, containers: 0, units: 0, volumes: 0, networks: 0, images: 0 };
  expect(counts.removed).toEqual({ ...none, containers: 2 });
  expect(counts.failed).toEqual({ ...none, containers: 1 });
  expect(Object.values(counts).filter(({ containers }) => containers > 0)).toHaveLength(2);
  expect(isSuccessful(report)).toBe(false);
});

test('only these outcomes are a success', () => {
  const successes = Object.values(outcomes).filter((outcome) => isSuccess(outcome));
  expect(successes.map(({ kind }) => kind)).toEqual(['removed', 'alreadyRemoved', 'done', 'unchanged']);
});
