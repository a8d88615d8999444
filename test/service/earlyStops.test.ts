import { expect, test } from 'vitest';
import type { NodeKey } from '../../src/graph/model/model';
import type { PlanOptions } from '../../src/graph/plan/plan';
import type { StopTimeout } from '../../src/graph/model/stopTimeout';
import { EarlyStopper } from '../../src/service/runs/earlyStopper';
import { key } from '../graph/build';
import { nullLog } from '../silent';
import { StopLab } from './stopLab';

const day = 24 * 3600;

/** Early stops of everything in the lab, which waits for a place until `waits` says otherwise. */
function early(lab: StopLab, options: Partial<PlanOptions> = {}, started = () => Promise.resolve()) {
  const plan = lab.plan(options);
  const locked = new Set<NodeKey>();
  const flags = { waits: true };
  const ahead = new EarlyStopper({
    ...{ plan, clock: lab.clock, log: nullLog, observed: lab.observed },
    isQueueNonEmpty: () => flags.waits,
    isLocked: (of) => locked.has(of),
    ...{ onStop: none, onStopped: none, started, onStopSent: () => none, onUnpauseSent: none },
  });
  return { ahead, locked, flags, units: plan.units };
}

const none = () => undefined;

/** Lets pending promises settle; no time passes. */
const settle = (lab: StopLab) => lab.clock.advance(0);

test.each<[StopTimeout]>([[30 * day], [20 * day], [2 ** 31 - 1], [2_147_484], [10]])(
  'no kill before a stop timeout of %s s is over (T1)',
  async (stopTimeout) => {
    const lab = new StopLab();
    lab.add('db', { stopTimeout });
    const { ahead, units } = early(lab);
    ahead.stopEarly(units);
    await settle(lab);
    await lab.clock.advance((stopTimeout as number) * 1000 - 1);
    expect(lab.calls('db')).toEqual(['SIGTERM']);
    await lab.clock.advance(1);
    expect(lab.sent.map(({ call, at }) => [call, at])).toEqual([
      ['signal', 0],
      ['kill', (stopTimeout as number) * 1000],
    ]);
  },
);

test('nothing is sent before it is noted on disk, nor where it has ended meanwhile', async () => {
  for (const exits of [false, true]) {
    const lab = new StopLab();
    lab.add('db');
    let noted: () => void = none;
    const { ahead, units } = early(lab, {}, () => new Promise((resolve) => (noted = resolve)));
    ahead.stopEarly(units);
    await settle(lab);
    expect(lab.calls('db')).toEqual([]);
    if (exits) lab.exit('db');
    noted();
    await settle(lab);
    expect(lab.calls('db')).toEqual(exits ? [] : ['SIGTERM']);
  }
});

test('a container that was killed is waited for, so that its deletion signals nothing again', async () => {
  for (const exits of [true, false]) {
    const lab = new StopLab();
    lab.add('db', { stopTimeout: 10 });
    lab.killsAtOnce = false;
    const { ahead, units } = early(lab);
    ahead.stopEarly(units);
    await lab.clock.advance(10_000);
    expect(lab.calls('db')).toEqual(['SIGTERM', 'SIGKILL']);
    expect(ahead.isStopping(key('db'))).toBe(true);
    if (exits) {
      lab.exit('db');
      ahead.poll('e');
    } else await lab.clock.advance(5_000);
    expect(ahead.isStopping(key('db'))).toBe(false);
  }
});

test('what has no time limit is never killed, whatever the plan or the container says (T1)', async () => {
  for (const options of [{}, { stopTimeout: 'unlimited' as const }]) {
    const lab = new StopLab();
    lab.add('db', { stopTimeout: options.stopTimeout ? 10 : 'unlimited' });
    const { ahead, units } = early(lab, options);
    ahead.stopEarly(units);
    await lab.clock.advance(100 * 365 * day * 1000);
    expect(lab.calls('db')).toEqual(['SIGTERM']);
    expect(ahead.isStopping(key('db'))).toBe(true);
    lab.exit('db');
    ahead.poll('e');
    expect(ahead.isStopping(key('db'))).toBe(false);
  }
});

test('what was started after the plan was made has its own stop timeout (T3)', async () => {
  const lab = new StopLab();
  lab.add('db', { stopTimeout: 30, state: 'exited' });
  const { ahead, units } = early(lab);
  lab.start('db');
  ahead.stopEarly(units);
  await lab.clock.advance(29_999);
  expect(lab.calls('db')).toEqual(['SIGTERM']);
  await lab.clock.advance(1);
  expect(lab.calls('db')).toEqual(['SIGTERM', 'SIGKILL']);
});

test('an exit withdraws the timer, and a new life is not killed by it (T4)', async () => {
  const lab = new StopLab();
  lab.add('db');
  const { ahead, units } = early(lab);
  ahead.stopEarly(units);
  await lab.clock.advance(4_000);
  lab.exit('db');
  ahead.poll('e');
  expect(lab.clock.pending).toBe(0);
  lab.start('db');
  await lab.clock.advance(60_000);
  expect(lab.calls('db')).toEqual(['SIGTERM']);
  expect(ahead.isStopping(key('db'))).toBe(false);
});

test('a new life that waits on gets a stop of its own, with all of its time (T4)', async () => {
  const lab = new StopLab();
  lab.add('db');
  const { ahead, units } = early(lab);
  ahead.stopEarly(units);
  await lab.clock.advance(4_000);
  lab.exit('db');
  ahead.poll('e');
  lab.start('db');
  await lab.clock.advance(3_000);
  ahead.stopEarly(units);
  await lab.clock.advance(9_999);
  expect(lab.calls('db')).toEqual(['SIGTERM', 'SIGTERM']);
  await lab.clock.advance(1);
  expect(lab.calls('db')).toEqual(['SIGTERM', 'SIGTERM', 'SIGKILL']);
});

test.each([true, false])('a restart of which no event came is noticed before the kill (T4)', async (isSeenByState) => {
  const lab = new StopLab();
  lab.add('db');
  const { ahead, units } = early(lab);
  ahead.stopEarly(units);
  await lab.clock.advance(4_000);
  lab.exit('db', !isSeenByState);
  lab.start('db', !isSeenByState);
  await lab.clock.advance(60_000);
  expect(lab.calls('db')).toEqual(['SIGTERM']);
});

test('nothing is killed that cannot be asked about', async () => {
  const lab = new StopLab();
  lab.add('db');
  const { ahead, units } = early(lab);
  ahead.stopEarly(units);
  await lab.clock.advance(1_000);
  lab.next.set('inspect', () => Promise.reject(new Error('the engine is away')));
  await lab.clock.advance(60_000);
  expect(lab.calls('db')).toEqual(['SIGTERM']);
  expect(ahead.isStopping(key('db'))).toBe(false);
});

test('what another run works on is not signalled until it lets go (A6)', async () => {
  const lab = new StopLab();
  lab.add('x');
  const { ahead, locked, units } = early(lab);
  locked.add(key('x'));
  ahead.stopEarly(units);
  await lab.clock.advance(60_000);
  expect(lab.sent).toEqual([]);
  // It waits for its turn like others, and then for the lock.
  expect(ahead.isStopping(key('x'))).toBe(false);
  locked.clear();
  ahead.stopEarly(units);
  await settle(lab);
  expect(lab.calls('x')).toEqual(['SIGTERM']);
  locked.add(key('x'));
  await lab.clock.advance(60_000);
  expect(lab.calls('x')).toEqual(['SIGTERM']);
});

test('nothing is sent after a cancel that comes while it is being resumed (A7)', async () => {
  const lab = new StopLab();
  lab.add('x', { state: 'paused' });
  const { ahead, units } = early(lab);
  let resumed: () => void = none;
  lab.next.set('unpause', () => new Promise((resolve) => (resumed = resolve)));
  ahead.stopEarly(units);
  await settle(lab);
  ahead.stop();
  resumed();
  await lab.clock.advance(60_000);
  expect(lab.calls('x')).toEqual(['unpause']);
});

test('nothing is killed after a cancel', async () => {
  const lab = new StopLab();
  lab.add('x');
  const { ahead, units } = early(lab);
  ahead.stopEarly(units);
  await lab.clock.advance(5_000);
  ahead.stop();
  await lab.clock.advance(60_000);
  expect(lab.calls('x')).toEqual(['SIGTERM']);
  expect(lab.clock.pending).toBe(0);
});

test('what was never inspected is not signalled: nobody knows its stop timeout', async () => {
  const lab = new StopLab();
  lab.add('x', { inspected: false });
  const { ahead, units } = early(lab);
  ahead.stopEarly(units);
  await lab.clock.advance(60_000);
  expect(lab.sent).toEqual([]);
});

test('long stops by the engine itself have no deadline before their time, and hold up no signal', async () => {
  const lab = new StopLab();
  lab.signalIsStop = false;
  const many = Array.from({ length: 40 }, (_, number) => `r${number}`);
  for (const name of many) lab.add(name, { restartPolicy: 'always', stopTimeout: 'unlimited' });
  lab.add('plain', { stopTimeout: 20 });
  const stop = lab.engine.stop.bind(lab.engine);
  lab.engine.stop = (...given) => (void stop(...given), new Promise(none));
  const { ahead, units } = early(lab);
  ahead.stopEarly(units);
  await lab.clock.advance(20_000);
  expect(lab.calls('plain')).toEqual(['SIGTERM', 'SIGKILL']);
  const stops = lab.sent.filter(({ call }) => call === 'stop');
  expect(stops).toHaveLength(many.length);
  expect(new Set(stops.map(({ timeout, deadline }) => `${timeout} ${deadline}`))).toEqual(
    new Set(['unlimited Infinity']),
  );
});
