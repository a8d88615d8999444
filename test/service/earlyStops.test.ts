import { expect, test } from 'vitest';
import type { NodeKey } from '../../src/graph/model/model';
import type { UnitId } from '../../src/graph/plan/plan';
import type { ActionOptions } from '../../src/graph/plan/planAction';
import type { StopTimeout } from '../../src/graph/model/stopTimeout';
import { EarlyStopper } from '../../src/service/runs/earlyStopper';
import { key } from '../graph/build';
import { nullLog } from '../silent';
import { StopFixture } from './stopFixture';

const day = 24 * 3600;

/** Stops all containers of the fixture early, as long as `isQueued` is set. */
function createEarlyStopper(
  fixture: StopFixture,
  options: Partial<ActionOptions> = {},
  started = () => Promise.resolve(),
) {
  const plan = fixture.plan(options);
  const locked = new Set<NodeKey>();
  const awaited = new Set<UnitId>();
  const flags = { isQueued: true };
  const earlyStopper = new EarlyStopper({
    ...{ plan, clock: fixture.clock, log: nullLog, observed: fixture.observed },
    stateMachine: { isQueued: () => flags.isQueued, hasDependents: (id) => awaited.has(id) },
    isLocked: (of) => locked.has(of),
    ...{ onStop: none, onStopped: none, started, recorder: { recordStopSent: () => none, recordUnpauseSent: none } },
  });
  return { earlyStopper, locked, awaited, flags, units: plan.units };
}

const none = () => undefined;

/** Lets pending promises settle without advancing the time. */
const settle = (fixture: StopFixture) => fixture.clock.advance(0);

test.each<[StopTimeout]>([[30 * day], [20 * day], [2 ** 31 - 1], [2_147_484], [10]])(
  'does not kill before a stop timeout of %s s has passed (T1)',
  async (stopTimeout) => {
    const fixture = new StopFixture();
    fixture.add('db', { stopTimeout });
    const { earlyStopper, units } = createEarlyStopper(fixture);
    earlyStopper.stopEarly(units);
    await settle(fixture);
    await fixture.clock.advance((stopTimeout as number) * 1000 - 1);
    expect(fixture.calls('db')).toEqual(['SIGTERM']);
    await fixture.clock.advance(1);
    expect(fixture.sent.map(({ call, at }) => [call, at])).toEqual([
      ['signal', 0],
      ['kill', (stopTimeout as number) * 1000],
    ]);
  },
);

test('sends nothing before the journal is written, nor after an exit meanwhile', async () => {
  for (const exits of [false, true]) {
    const fixture = new StopFixture();
    fixture.add('db');
    let recorded: () => void = none;
    const { earlyStopper, units } = createEarlyStopper(
      fixture,
      {},
      () => new Promise((resolve) => (recorded = resolve)),
    );
    earlyStopper.stopEarly(units);
    await settle(fixture);
    expect(fixture.calls('db')).toEqual([]);
    if (exits) fixture.exit('db');
    recorded();
    await settle(fixture);
    expect(fixture.calls('db')).toEqual(exits ? [] : ['SIGTERM']);
  }
});

test('waits for the exit of a killed container, so that its removal sends no second signal', async () => {
  for (const exits of [true, false]) {
    const fixture = new StopFixture();
    fixture.add('db', { stopTimeout: 10 });
    fixture.killsAtOnce = false;
    const { earlyStopper, units } = createEarlyStopper(fixture);
    earlyStopper.stopEarly(units);
    await fixture.clock.advance(10_000);
    expect(fixture.calls('db')).toEqual(['SIGTERM', 'SIGKILL']);
    expect(earlyStopper.isStopping(key('db'))).toBe(true);
    if (exits) {
      fixture.exit('db');
      earlyStopper.poll('e');
    } else await fixture.clock.advance(5_000);
    expect(earlyStopper.isStopping(key('db'))).toBe(false);
  }
});

test('never kills with an unlimited stop timeout, by plan or container (T1)', async () => {
  for (const options of [{}, { stopTimeout: 'unlimited' as const }]) {
    const fixture = new StopFixture();
    fixture.add('db', { stopTimeout: options.stopTimeout ? 10 : 'unlimited' });
    const { earlyStopper, units } = createEarlyStopper(fixture, options);
    earlyStopper.stopEarly(units);
    await fixture.clock.advance(100 * 365 * day * 1000);
    expect(fixture.calls('db')).toEqual(['SIGTERM']);
    expect(earlyStopper.isStopping(key('db'))).toBe(true);
    fixture.exit('db');
    earlyStopper.poll('e');
    expect(earlyStopper.isStopping(key('db'))).toBe(false);
  }
});

test('gives a container started after planning its own stop timeout (T3)', async () => {
  const fixture = new StopFixture();
  fixture.add('db', { stopTimeout: 30, state: 'exited' });
  const { earlyStopper, units } = createEarlyStopper(fixture);
  fixture.start('db');
  earlyStopper.stopEarly(units);
  await fixture.clock.advance(29_999);
  expect(fixture.calls('db')).toEqual(['SIGTERM']);
  await fixture.clock.advance(1);
  expect(fixture.calls('db')).toEqual(['SIGTERM', 'SIGKILL']);
});

test('cancels the timer on exit, and does not kill after a new start (T4)', async () => {
  const fixture = new StopFixture();
  fixture.add('db');
  const { earlyStopper, units } = createEarlyStopper(fixture);
  earlyStopper.stopEarly(units);
  await fixture.clock.advance(4_000);
  fixture.exit('db');
  earlyStopper.poll('e');
  expect(fixture.clock.pending).toBe(0);
  fixture.start('db');
  await fixture.clock.advance(60_000);
  expect(fixture.calls('db')).toEqual(['SIGTERM']);
  expect(earlyStopper.isStopping(key('db'))).toBe(false);
});

test('signals again after a new start, with the full stop timeout (T4)', async () => {
  const fixture = new StopFixture();
  fixture.add('db');
  const { earlyStopper, units } = createEarlyStopper(fixture);
  earlyStopper.stopEarly(units);
  await fixture.clock.advance(4_000);
  fixture.exit('db');
  earlyStopper.poll('e');
  fixture.start('db');
  await fixture.clock.advance(3_000);
  earlyStopper.stopEarly(units);
  await fixture.clock.advance(9_999);
  expect(fixture.calls('db')).toEqual(['SIGTERM', 'SIGTERM']);
  await fixture.clock.advance(1);
  expect(fixture.calls('db')).toEqual(['SIGTERM', 'SIGTERM', 'SIGKILL']);
});

test.each([true, false])('detects a restart without an event before the kill (T4)', async (isSeenByState) => {
  const fixture = new StopFixture();
  fixture.add('db');
  const { earlyStopper, units } = createEarlyStopper(fixture);
  earlyStopper.stopEarly(units);
  await fixture.clock.advance(4_000);
  fixture.exit('db', !isSeenByState);
  fixture.start('db', !isSeenByState);
  await fixture.clock.advance(60_000);
  expect(fixture.calls('db')).toEqual(['SIGTERM']);
});

test('kills nothing that cannot be inspected', async () => {
  const fixture = new StopFixture();
  fixture.add('db');
  const { earlyStopper, units } = createEarlyStopper(fixture);
  earlyStopper.stopEarly(units);
  await fixture.clock.advance(1_000);
  fixture.next.set('inspect', () => Promise.reject(new Error('the engine is unreachable')));
  await fixture.clock.advance(60_000);
  expect(fixture.calls('db')).toEqual(['SIGTERM']);
  expect(earlyStopper.isStopping(key('db'))).toBe(false);
});

test('does not signal nodes locked by another run (A6)', async () => {
  const fixture = new StopFixture();
  fixture.add('x');
  const { earlyStopper, locked, units } = createEarlyStopper(fixture);
  locked.add(key('x'));
  earlyStopper.stopEarly(units);
  await fixture.clock.advance(60_000);
  expect(fixture.sent).toEqual([]);
  // It waits for a permit, and then for the lock.
  expect(earlyStopper.isStopping(key('x'))).toBe(false);
  locked.clear();
  earlyStopper.stopEarly(units);
  await settle(fixture);
  expect(fixture.calls('x')).toEqual(['SIGTERM']);
  locked.add(key('x'));
  await fixture.clock.advance(60_000);
  expect(fixture.calls('x')).toEqual(['SIGTERM']);
});

test('sends nothing after a cancel during an unpause (A7)', async () => {
  const fixture = new StopFixture();
  fixture.add('x', { state: 'paused' });
  const { earlyStopper, units } = createEarlyStopper(fixture);
  let resumed: () => void = none;
  fixture.next.set('unpause', () => new Promise((resolve) => (resumed = resolve)));
  earlyStopper.stopEarly(units);
  await settle(fixture);
  earlyStopper.stop();
  resumed();
  await fixture.clock.advance(60_000);
  expect(fixture.calls('x')).toEqual(['unpause']);
});

test('kills nothing after a cancel', async () => {
  const fixture = new StopFixture();
  fixture.add('x');
  const { earlyStopper, units } = createEarlyStopper(fixture);
  earlyStopper.stopEarly(units);
  await fixture.clock.advance(5_000);
  earlyStopper.stop();
  await fixture.clock.advance(60_000);
  expect(fixture.calls('x')).toEqual(['SIGTERM']);
  expect(fixture.clock.pending).toBe(0);
});

test('does not signal without an inspection, as the stop timeout is unknown', async () => {
  const fixture = new StopFixture();
  fixture.add('x', { inspected: false });
  const { earlyStopper, units } = createEarlyStopper(fixture);
  earlyStopper.stopEarly(units);
  await fixture.clock.advance(60_000);
  expect(fixture.sent).toEqual([]);
});

test('sends stops by the engine without a deadline if unlimited, and not instead of signals', async () => {
  const fixture = new StopFixture();
  fixture.killPreventsRestart = false;
  const many = Array.from({ length: 40 }, (_, number) => `r${number}`);
  for (const name of many) fixture.add(name, { restartPolicy: 'always', stopTimeout: 'unlimited' });
  fixture.add('plain', { stopTimeout: 20 });
  const stop = fixture.engine.stop.bind(fixture.engine);
  fixture.engine.stop = (...given) => (void stop(...given), new Promise(none));
  const { earlyStopper, units } = createEarlyStopper(fixture);
  earlyStopper.stopEarly(units);
  await fixture.clock.advance(20_000);
  expect(fixture.calls('plain')).toEqual(['SIGTERM', 'SIGKILL']);
  const stops = fixture.sent.filter(({ call }) => call === 'stop');
  expect(stops).toHaveLength(many.length);
  expect(new Set(stops.map(({ timeout, timeoutMs }) => `${timeout} ${timeoutMs}`))).toEqual(
    new Set(['unlimited Infinity']),
  );
});

test('offers stopped units in the order of their stops, after those for which others wait', async () => {
  const fixture = new StopFixture();
  for (const name of ['a', 'b', 'c', 'd']) fixture.add(name);
  const { earlyStopper, awaited, flags, units } = createEarlyStopper(fixture);
  awaited.add(key('c')).add(key('a'));
  earlyStopper.stopEarly(units);
  await settle(fixture);
  for (const name of ['b', 'c', 'd', 'a']) {
    fixture.exit(name);
    earlyStopper.poll('e');
  }
  const stopped = () => [...earlyStopper.stoppedUnits('e')].map(({ id }) => id);
  expect(stopped()).toEqual([key('c'), key('a'), key('b'), key('d')]);
  expect([...earlyStopper.stoppedUnits('other')]).toEqual([]);
  flags.isQueued = false;
  expect(stopped()).toEqual([]);
});
