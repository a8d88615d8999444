import { expect, test } from 'vitest';
import type { ContainerNode, ContainerState, NodeKey } from '../../src/graph/model/model';
import type { Plan, PlannedNode } from '../../src/graph/plan/plan';
import { planAction } from '../../src/graph/plan/planAction';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import { type Outcome, reconcile } from '../../src/graph/plan/report';
import { graphOf, key } from './build';

const samplePlan = planRemoval(
  'r',
  graphOf('a'),
  { chosen: [key('a')], isAll: false },
  {
    dependents: 'include',
    running: 'stop',
  },
);
const skipped: Outcome = { kind: 'skipped', because: key('x') };
const notAttempted: Outcome = { kind: 'notAttempted', reason: 'cancelled' };
const failed: Outcome = { kind: 'failed', reason: 'busy', message: '' };
const unknown: Outcome = { kind: 'unknown', message: '' };

test.each<[string, Outcome, string, string]>([
  ['removed', { kind: 'removed' }, 'removed', 'failed'],
  ['already gone', { kind: 'alreadyRemoved' }, 'alreadyRemoved', 'failed'],
  ['failed', failed, 'removed', 'failed'],
  ['unknown', unknown, 'removed', 'failed'],
  ['skipped', skipped, 'alreadyRemoved', 'skipped'],
  ['not attempted', notAttempted, 'alreadyRemoved', 'notAttempted'],
])('recorded as %s: corrected by the list of the engine', (_, recorded, absent, present) => {
  const outcomes = new Map<NodeKey, Outcome>([[key('a'), recorded]]);
  const reconciled = (listed: readonly string[]) =>
    reconcile(
      samplePlan,
      outcomes,
      new Map([['e', new Map(listed.map((name) => [key(name), 'exited' as const]))]]),
    ).get(key('a'));
  expect(reconciled([])).toMatchObject({ outcome: { kind: absent }, state: 'gone' });
  expect(reconciled(['a'])).toMatchObject({ outcome: { kind: present }, state: 'exited' });
});

test('keeps the recorded outcome if the engine could not be listed', () => {
  expect(reconcile(samplePlan, new Map([[key('a'), unknown]]), new Map()).get(key('a'))).toEqual({
    outcome: unknown,
    state: 'unknown',
  });
});

test('a node without a recorded outcome was not attempted', () => {
  expect(reconcile(samplePlan, new Map(), new Map()).get(key('a'))?.outcome).toEqual(notAttempted);
});

test('a container that exited instead of being paused is not running either', () => {
  const options = { action: 'pause', dependents: 'block', running: 'stop' } as const;
  const pause = planAction(
    'r',
    graphOf('a', { a: { state: 'running' } }),
    { chosen: [key('a')], isAll: false },
    options,
  );
  const reconciled = (state: ContainerState) => {
    const outcomes = new Map<NodeKey, Outcome>([[key('a'), { kind: 'done' }]]);
    return reconcile(pause, outcomes, new Map([['e', new Map([[key('a'), state]])]])).get(key('a'))?.outcome.kind;
  };
  expect((['paused', 'exited', 'running'] as const).map(reconciled)).toEqual(['done', 'done', 'failed']);
});

test.each<[ContainerState, ContainerState | undefined, string]>([
  ['exited', 'created', 'done'],
  ['exited', 'running', 'done'],
  ['running', 'running', 'done'],
  ['running', 'created', 'failed'],
  ['running', undefined, 'failed'],
  ['exited', undefined, 'failed'],
])('a container that was %s before its removal, and is %s after it was brought back: %s', (before, now, expected) => {
  const options = { action: 'stop', dependents: 'block', running: 'stop' } as const;
  const stop = planAction(
    'r',
    graphOf('a', { a: { state: 'running' } }),
    { chosen: [key('a')], isAll: false },
    options,
  );
  const [[at, planned]] = [...stop.nodes] as [[NodeKey, PlannedNode]];
  const node = { ...(planned.node as ContainerNode), state: before };
  const units = stop.units.map((unit) => ({ ...unit, action: 'bringBack' as const }));
  const plan: Plan = { ...stop, action: 'bringBack', units, nodes: new Map([[at, { ...planned, node }]]) };
  const listed = new Map([['e', new Map(now ? [[at, now]] : [])]]);
  expect(reconcile(plan, new Map([[at, unknown]]), listed).get(at)?.outcome.kind).toBe(expected);
});
