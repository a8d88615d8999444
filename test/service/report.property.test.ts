import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { isActive, type NodeKey } from '../../src/graph/model/model';
import type { Action } from '../../src/graph/plan/lifecycleAction';
import type { PlanOptions } from '../../src/graph/plan/plan';
import type { CurrentState, Report } from '../../src/graph/plan/report';
import { timedReport, awaitReport, expectAccurateReport } from './reportAssertions';
import { allKeys, expectNoViolations, planned } from './expectations';
import { type Fleet, fleetArbitrary, outcomesArbitrary, resolveAll } from './fleet';
import type { ContainerSpec } from './containerModel';
import { createServiceFor, interleaveWith, scheduledClock } from './schedule';
import { assertProperty, reportRuns, schedulers } from './schedules';
import { FakeEngine } from './fakeEngine';

vi.setConfig({ testTimeout: 300_000 });

const faults = ['ok', 'busy', 'reject', 'falseSuccess', 'dropResponse', 'concurrentRemoval', 'dropRequest'] as const;
const actions = fc.constantFrom<Action>('remove', 'stop', 'restart', 'start', 'kill', 'pause');
const limits = fc.integer({ min: 1, max: 3 });

/** Behavior of one container. */
const behavior = fc.record({
  exitTurns: fc.integer({ min: 0, max: 4 }),
  stopTimeout: fc.constantFrom(0, 1, 10, 60),
  exitsAtOnce: fc.boolean(),
  autoRemove: fc.boolean(),
  paused: fc.boolean(),
});
const behaviors = fc.array(behavior, { minLength: 9, maxLength: 9 });
type Behavior = typeof behavior extends fc.Arbitrary<infer T> ? T : never;

function withBehaviors(fleet: Fleet, all: readonly Behavior[]): Fleet {
  const containers = fleet.containers.map((one, number): ContainerSpec => {
    const { exitTurns, stopTimeout, exitsAtOnce, autoRemove, paused } = all[number % all.length] as Behavior;
    const isPaused = paused && one.state === 'running';
    return {
      ...one,
      exitTurns,
      stopTimeout,
      exitsAtOnce,
      autoRemove: exitsAtOnce && autoRemove,
      ...(isPaused ? { state: 'paused' } : {}),
    };
  });
  return { ...fleet, containers };
}

type Interference = 'cancel' | 'restart' | 'unpause' | 'clock forward' | 'clock back';
const interferences = fc.array(
  fc.record({
    kind: fc.constantFrom<Interference>('cancel', 'restart', 'unpause', 'clock forward', 'clock back'),
    at: fc.nat(8),
    after: fc.nat(30),
  }),
  { maxLength: 5 },
);

const statesIn = (fakeEngine: FakeEngine) =>
  new Map(allKeys(fakeEngine).map((key): [NodeKey, CurrentState] => [key, fakeEngine.stateOf(key) ?? 'present']));

const optionsFor = (action: Action): PlanOptions => ({ action, dependents: 'include', running: 'stop' });

async function turns(s: fc.Scheduler, count: number, label: string) {
  for (let left = count; left > 0; left--) await s.schedule(Promise.resolve(), label);
}

const hour = 3_600_000;
/** Minimum milliseconds that a cancelled restart waits for pending stops. */
const minPendingStopWait = 10_000;

test('reports only accurate states and partial changes, whatever other clients do', async () => {
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary({ running: true }),
      outcomesArbitrary(faults),
      behaviors,
      interferences,
      fc.tuple(actions, limits, fc.boolean()),
      async (s, plain, scriptedOutcomes, behaviorList, others, [action, limit, enforcesDependencies]) => {
        const fleet = withBehaviors(plain, behaviorList);
        const fakeEngine = new FakeEngine('w', interleaveWith(s), { enforcesDependencies, events: true, stopTurns: 2 });
        resolveAll(fakeEngine, fleet, scriptedOutcomes);
        const clock = scheduledClock(s);
        const service = createServiceFor([fakeEngine], clock, limit);
        const before = statesIn(fakeEngine);
        const plan = await planned(s, service, allKeys(fakeEngine), optionsFor(action));
        if (plan.blockers.length > 0) return service.dispose();
        const run = service.run(plan);
        const interfering = others.map(async ({ kind, at, after }) => {
          await turns(s, after, kind);
          const name = fleet.containers[at % fleet.containers.length]?.name ?? '';
          if (kind === 'cancel') run.cancel();
          if (kind === 'restart') fakeEngine.restartExternally(name);
          if (kind === 'unpause') fakeEngine.unpauseExternally(name);
          if (kind === 'clock forward') clock.shiftWallTime(hour);
          if (kind === 'clock back') clock.shiftWallTime(-hour);
        });
        const timed = await awaitReport(s, fakeEngine, run);
        await s.waitFor(Promise.all(interfering));
        expectAccurateReport(timed, fakeEngine, before);
        expect(service.lockCount).toBe(0);
        service.dispose();
      },
    ),
    reportRuns,
  );
}, 1_800_000);

test('restarts what a cancelled restart has stopped (A1)', async () => {
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary({ running: true }),
      behaviors,
      fc.tuple(limits, fc.nat(60)),
      async (s, plain, behaviorList, [limit, after]) => {
        const lasting = behaviorList.map((one) => ({ ...one, exitsAtOnce: false }));
        const containers = plain.containers.map((one) => ({ ...one, state: 'running' as const }));
        const fakeEngine = new FakeEngine('w', interleaveWith(s), {
          enforcesDependencies: false,
          events: true,
          stopTurns: 4,
        });
        resolveAll(fakeEngine, withBehaviors({ ...plain, containers }, lasting));
        const clock = scheduledClock(s);
        const service = createServiceFor([fakeEngine], clock, limit);
        service.setVisible(true);
        const before = statesIn(fakeEngine);
        const plan = await planned(s, service, allKeys(fakeEngine), optionsFor('restart'));
        const run = service.run(plan);
        let cancelledAt = Infinity;
        void turns(s, after, 'cancel').then(() => {
          cancelledAt = clock.now();
          run.cancel();
        });
        const timed = await awaitReport(s, fakeEngine, run);
        expectAccurateReport(timed, fakeEngine, before);
        // A container that stops later than a cancelled restart waits is not started again, as the report shows.
        const timedOut = clock.now() - cancelledAt >= minPendingStopWait;
        if (timedOut && [...timed.report.nodes.values()].some(({ partial }) => partial === 'stopped')) {
          return service.dispose();
        }
        for (const [key, state] of before) {
          if (state === 'present' || state === 'gone' || !isActive(state)) continue;
          const now = fakeEngine.stateOf(key);
          const { outcome, partial } = timed.report.nodes.get(key) ?? {};
          expect({ key, outcome, partial, now, up: isActive(now ?? 'exited') }).toEqual({
            key,
            outcome,
            partial,
            now,
            up: true,
          });
        }
        expectNoViolations(service, fakeEngine);
        service.dispose();
      },
    ),
  );
});

test('reports early stops after the engine disconnected and returned (A1)', async () => {
  let stopped = 0;
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary({ running: true }),
      behaviors,
      fc.tuple(fc.constantFrom<Action>('remove', 'restart', 'stop'), limits, fc.nat(60)),
      async (s, plain, behaviorList, [action, limit, after]) => {
        const fakeEngine = new FakeEngine('w', interleaveWith(s), {
          enforcesDependencies: false,
          events: true,
          stopTurns: 4,
        });
        resolveAll(fakeEngine, withBehaviors(plain, behaviorList));
        const service = createServiceFor([fakeEngine], scheduledClock(s), limit);
        service.setVisible(true);
        const before = statesIn(fakeEngine);
        const plan = await planned(s, service, allKeys(fakeEngine), optionsFor(action));
        if (plan.blockers.length > 0) return service.dispose();
        const settled = new Promise<Report>((resolve) => service.onDidReconcile(resolve));
        const run = service.run(plan);
        void turns(s, after, 'crash').then(() => fakeEngine.crash());
        const first = await awaitReport(s, fakeEngine, run);
        fakeEngine.reachable = true;
        expectAccurateReport(first, fakeEngine, before);
        if (!first.report.isReconciled) {
          const report = await s.waitFor(settled);
          expectAccurateReport(timedReport(report, fakeEngine), fakeEngine, before);
          for (const { partial } of report.nodes.values()) if (partial === 'stopped') stopped++;
        }
        service.dispose();
      },
    ),
  );
  expect(stopped).toBeGreaterThan(0);
});

test('reports short-lived containers as started, also when they were removed (A3, A4)', async () => {
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fc.array(fc.constantFrom<'rm' | 'once' | 'always' | 'lasting'>('rm', 'once', 'always', 'lasting'), {
        minLength: 1,
        maxLength: 5,
      }),
      fc.tuple(limits, fc.boolean(), fc.boolean()),
      async (s, kinds, [limit, inPod, events]) => {
        const fakeEngine = new FakeEngine('w', interleaveWith(s), { enforcesDependencies: true, events });
        if (inPod) fakeEngine.addPod('p');
        kinds.forEach((kind, number) =>
          fakeEngine.add({
            name: `c${number}`,
            state: 'created',
            ...(inPod ? { pod: 'p' } : {}),
            exitsAtOnce: kind !== 'lasting',
            autoRemove: kind === 'rm',
            ...(kind === 'once' || kind === 'always' ? { initContainer: kind } : {}),
          }),
        );
        const service = createServiceFor([fakeEngine], scheduledClock(s), limit);
        const before = statesIn(fakeEngine);
        const plan = await planned(s, service, allKeys(fakeEngine), optionsFor('start'));
        const timed = await awaitReport(s, fakeEngine, service.run(plan));
        expectAccurateReport(timed, fakeEngine, before);
        for (const [key, { outcome, attempts }] of timed.report.nodes) {
          expect({ key, outcome, attempts }).toEqual({ key, outcome: { kind: 'done' }, attempts: 1 });
        }
        service.dispose();
      },
    ),
  );
});
