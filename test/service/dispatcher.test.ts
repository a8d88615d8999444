import { expect, test } from 'vitest';
import type { Plan } from '../../src/graph/plan/plan';
import type { ConcurrencyLimiter } from '../../src/service/concurrency/limiter';
import { Dispatcher } from '../../src/service/runs/dispatcher';
import { key } from '../graph/build';
import { nullLog } from '../silent';
import { StopFixture } from './stopFixture';

interface Situation {
  readonly action?: Plan['action'];
  readonly running?: Plan['options']['running'];
  readonly stalled?: boolean;
  readonly sequential?: boolean;
  readonly queued?: boolean;
  /** The unit has just been queued, and its dependent was slow to stop. */
  readonly slowDependent?: boolean;
  readonly ofOtherEngine?: boolean;
}

/** A queued unit without a permit, on an engine whose permits are stalled, or not. */
async function signalsIn({ action = 'remove', running = 'stop', ...more }: Situation) {
  const { stalled = true, sequential = false, queued = true, slowDependent = false, ofOtherEngine = false } = more;
  const fixture = new StopFixture();
  fixture.add('a');
  const planned = fixture.plan();
  const nodes = new Map([...planned.nodes].map(([of, node]) => [of, { ...node, dependents: [key('dependent')] }]));
  const plan: Plan = { ...planned, nodes, action, options: { ...planned.options, running } };
  const none = () => undefined;
  let [released, listening] = [0, 0];
  const limiter = {
    ...{ availability: () => 'none', tryAcquire: none, isSequential: sequential, isStalled: () => stalled },
    ...{ nextStallCheck: undefined, refresh: none, onDidRelease: () => ({ dispose: () => released++ }) },
  } as unknown as ConcurrencyLimiter;
  const observed = { ...fixture.observed, onActivity: () => () => listening++ } as never;
  const dispatcher = new Dispatcher({
    ...{ plan, clock: fixture.clock, log: nullLog, observed, limiters: () => limiter, start: none },
    units: new Map(plan.units.map((unit) => [unit.id, unit])),
    stateMachine: {
      ...{ dequeue: none, isQueued: () => queued, hasQueued: () => queued, hasDependents: () => false },
      queued: () => plan.units.map(({ id }) => id),
    },
    ...{ isLocked: () => false, onStop: none, started: () => Promise.resolve() },
    recorder: {
      ...{ recordStopSent: () => none, recordUnpauseSent: none },
      hasStoppedSlowly: (of) => slowDependent && of === key('dependent'),
    },
  });
  dispatcher.pump('e', ofOtherEngine ? plan.units.map((unit) => ({ ...unit, engine: 'other' })) : plan.units);
  dispatcher.pump('e');
  await fixture.clock.advance(0);
  dispatcher.dispose();
  // One subscription for an engine, and it ends.
  expect([released, listening]).toEqual([1, 1]);
  return fixture.calls('a');
}

test.each<[string, Situation, readonly string[]]>([
  ['a removal that stops containers', {}, ['SIGTERM']],
  ['a stop', { action: 'stop', running: 'skip' }, ['SIGTERM']],
  ['a restart', { action: 'restart', running: 'skip' }, ['SIGTERM']],
  ['a removal of stopped containers only', { running: 'skip' }, []],
  ['a start', { action: 'start' }, []],
  ['a pause', { action: 'pause' }, []],
  ['a removal whose permits are not stalled', { stalled: false }, []],
  ['a removal whose dependent was slow to stop', { stalled: false, slowDependent: true }, ['SIGTERM']],
  [
    'a removal whose unit of another engine is queued',
    { stalled: false, slowDependent: true, ofOtherEngine: true },
    [],
  ],
  ['a start whose dependent was slow to stop', { action: 'start', stalled: false, slowDependent: true }, []],
  ['an engine with one permit', { sequential: true }, []],
  ['a removal without queued units', { queued: false }, []],
])('%s signals queued containers early: %j', async (_, situation, expected) => {
  expect(await signalsIn(situation)).toEqual(expected);
});
