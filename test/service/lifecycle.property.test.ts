import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { isActive, type NodeKey } from '../../src/graph/model/model';
import { isInTargetState, type LifecycleAction } from '../../src/graph/plan/lifecycleAction';
import type { Plan, PlanOptions } from '../../src/graph/plan/plan';
import { isSuccess, type Report } from '../../src/graph/plan/report';
import { hardDependents } from '../graph/build';
import { allKeys, expectNoViolations, planned, wholeScope } from './expectations';
import { fleetArbitrary, outcomesArbitrary } from './fleet';
import { assertProperty, schedulers } from './schedules';
import { setupRun } from './runSetup';
import type { FakeEngine, ScriptedOutcome } from './fakeEngine';

vi.setConfig({ testTimeout: 300_000 });

const faults = ['ok', 'busy', 'reject', 'falseSuccess', 'dropResponse', 'concurrentRemoval', 'dropRequest'] as const;
const limits = fc.integer({ min: 1, max: 4 });
const changes = fc.constantFrom<LifecycleAction>('start', 'stop', 'kill', 'pause', 'unpause', 'restart');
const verifiable = fc.constantFrom<LifecycleAction>('start', 'stop', 'pause', 'unpause');

const optionsFor = (action: LifecycleAction): PlanOptions => ({ action, dependents: 'include', running: 'stop' });

/** Every node has an outcome, and it matches the engine's state. */
function expectTrueOutcomes(
  report: Report,
  plan: Plan,
  fakeEngine: FakeEngine,
  since: (key: NodeKey) => boolean = () => false,
) {
  expect([...report.nodes.keys()].sort()).toEqual([...plan.nodes.keys()].sort());
  for (const [key, { node, outcome }] of report.nodes) {
    if (node.kind === 'pod' || plan.action === 'remove' || plan.action === 'bringBack' || since(key)) continue;
    const state = fakeEngine.stateOf(key);
    const gone = plan.action === 'stop' || plan.action === 'kill';
    const reached = state === undefined ? gone : isInTargetState(plan.action, state);
    if (reached === undefined) {
      if (isSuccess(outcome)) expect({ key, outcome, up: state === 'running' }).toEqual({ key, outcome, up: true });
    } else expect({ key, outcome, reached }).toEqual({ key, outcome, reached: isSuccess(outcome) });
  }
}

/** Nodes outside the plan are unchanged, except in a pod that was removed concurrently. */
function expectOthersAsBefore(fakeEngine: FakeEngine, plan: Plan, before: ReadonlyMap<NodeKey, string | undefined>) {
  for (const [key, state] of before) {
    if (!plan.nodes.has(key) && !fakeEngine.removedConcurrently.has(key))
      expect({ key, state: fakeEngine.stateOf(key) }).toEqual({ key, state });
  }
}

const statesIn = (fakeEngine: FakeEngine) =>
  new Map(allKeys(fakeEngine).map((key) => [key, fakeEngine.stateOf(key) as string | undefined]));

/** Pauses some running containers. */
function pauseSome(fakeEngine: FakeEngine, which: readonly number[]) {
  const up = allKeys(fakeEngine).filter((key) => fakeEngine.stateOf(key) === 'running');
  for (const number of which) {
    const key = up[number];
    if (key !== undefined) fakeEngine.setState(key.slice(key.lastIndexOf('/') + 1), 'paused');
  }
}

const paused = fc.uniqueArray(fc.nat(8), { maxLength: 2 });

test('every lifecycle action under faults: order, limit, one true outcome per node, no lock left', async () => {
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary({ running: true }),
      outcomesArbitrary(faults),
      fc.tuple(changes, limits, fc.boolean(), fc.boolean(), paused),
      async (s, fleet, scriptedOutcomes, [action, limit, events, all, pausing]) => {
        const { fakeEngine, service } = setupRun(s, fleet, {
          limit,
          scriptedOutcomes,
          engine: { enforcesDependencies: false, events },
        });
        pauseSome(fakeEngine, pausing);
        const before = statesIn(fakeEngine);
        const plan = await planned(s, service, all ? allKeys(fakeEngine) : [fakeEngine.key('c0')], optionsFor(action));
        expect(plan.blockers).toEqual([]);
        const report = await s.waitFor(service.run(plan).done);
        expectTrueOutcomes(report, plan, fakeEngine);
        expectOthersAsBefore(fakeEngine, plan, before);
        expectNoViolations(service, fakeEngine);
        service.dispose();
      },
    ),
  );
});

test('without faults all nodes reach their target state, within the limit', async () => {
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary({ running: true }),
      changes,
      limits,
      async (s, fleet, action, limit) => {
        const { fakeEngine, service } = setupRun(s, fleet, { limit });
        const plan = await planned(s, service, allKeys(fakeEngine), optionsFor(action));
        const report = await s.waitFor(service.run(plan).done);
        expectTrueOutcomes(report, plan, fakeEngine);
        for (const { outcome } of report.nodes.values()) expect(outcome.kind).toBe('done');
        const podUnits = plan.units.some(({ kind }) => kind === 'pod');
        if (!podUnits) expect(fakeEngine.peakConcurrency).toBeLessThanOrEqual(limit);
        expectNoViolations(service, fakeEngine);
        service.dispose();
      },
    ),
  );
});

test('a failure skips exactly the nodes behind it', async () => {
  const failures = fc.constantFrom<ScriptedOutcome>('reject', 'falseSuccess', 'busy');
  const directions = fc.constantFrom<LifecycleAction>('start', 'stop');
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary(),
      fc.nat(8),
      fc.tuple(failures, directions, limits),
      async (s, fleet, unlucky, [scriptedOutcome, action, limit]) => {
        const up = action === 'start' ? ('exited' as const) : ('running' as const);
        const containers = fleet.containers.map((one) => ({ ...one, state: up }));
        const scriptedOutcomes = new Map([[unlucky, Array<ScriptedOutcome>(4).fill(scriptedOutcome)]]);
        const { fakeEngine, service } = setupRun(s, { ...fleet, containers }, { limit, scriptedOutcomes });
        const plan = await planned(s, service, allKeys(fakeEngine), optionsFor(action));
        const { name, pod } = fleet.containers[unlucky] ?? {};
        // A pod with internal dependencies is not stopped by one call, so its scripted outcome is never used.
        const hit = fakeEngine.key(pod ?? name ?? '');
        const failed = plan.units.find(({ targets }) => targets.includes(hit))?.nodes ?? [];
        const report = await s.waitFor(service.run(plan).done);
        expectTrueOutcomes(report, plan, fakeEngine);
        const met = failed.some((key) => report.nodes.get(key)?.outcome.kind === 'failed');
        const { graph } = service.snapshot;
        const behind = !met ? [] : action === 'start' ? hardDependents(graph, failed) : graph.hardDependencies(failed);
        const skipped = new Set(behind);
        for (const [key, { outcome }] of report.nodes) {
          const kind = met && failed.includes(key) ? 'failed' : skipped.has(key) ? 'skipped' : 'done';
          expect({ key, kind: outcome.kind }).toEqual({ key, kind });
          if (kind === 'skipped') expect(fakeEngine.changesSent.map((sent) => sent.key)).not.toContain(key);
        }
        expectNoViolations(service, fakeEngine);
        service.dispose();
      },
    ),
  );
});

test('cancelled at any step: sends nothing more, finishes what was sent, and reports true outcomes', async () => {
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary({ running: true }),
      outcomesArbitrary(faults),
      fc.tuple(verifiable, limits),
      async (s, fleet, scriptedOutcomes, [action, limit]) => {
        const engine = { enforcesDependencies: false, events: true, stopTurns: 3 };
        const { fakeEngine, service } = setupRun(s, fleet, { limit, scriptedOutcomes, engine });
        const plan = await planned(s, service, allKeys(fakeEngine), optionsFor(action));
        const run = service.run(plan);
        void s.schedule(Promise.resolve(), 'cancel').then(() => {
          run.cancel();
          fakeEngine.closed = true;
        });
        expectTrueOutcomes(await s.waitFor(run.done), plan, fakeEngine);
        expectNoViolations(service, fakeEngine);
        service.dispose();
      },
    ),
  );
});

test('concurrent stop, start and removal: one operation per node, no deadlock', async () => {
  await assertProperty(
    fc.asyncProperty(schedulers(), fleetArbitrary({ running: true }), limits, async (s, fleet, limit) => {
      // Two runs have no common order, so only single nodes are checked.
      const loose = { ...fleet, containers: fleet.containers.map((one) => ({ ...one, needs: [] })) };
      const { fakeEngine, service } = setupRun(s, loose, {
        limit,
        engine: { enforcesDependencies: true, events: true },
      });
      service.setVisible(true);
      const keys = allKeys(fakeEngine);
      const stop = await planned(s, service, keys, optionsFor('stop'));
      const start = await planned(s, service, keys, optionsFor('start'));
      const removal = await planned(s, service, keys.slice(0, 4), wholeScope);
      const runs = [stop, start, removal].map((plan) => service.run(plan));
      await s.waitFor(Promise.all(runs.map((run) => run.done)));
      expectNoViolations(service, fakeEngine);
      service.dispose();
    }),
  );
});

test('an engine that crashes at any step: true outcomes, all reconciled', async () => {
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary({ running: true }),
      verifiable,
      limits,
      async (s, fleet, action, limit) => {
        const { fakeEngine, service } = setupRun(s, fleet, { limit });
        service.setVisible(true);
        const plan = await planned(s, service, allKeys(fakeEngine), optionsFor(action));
        const run = service.run(plan);
        const settledAgain = new Promise<Report>((resolve) => service.onDidReconcile(resolve));
        void s.schedule(Promise.resolve(), 'crash').then(() => fakeEngine.crash());
        const report = await s.waitFor(run.done);
        expect(service.lockCount).toBe(0);
        fakeEngine.reachable = true;
        expectTrueOutcomes(report.isReconciled ? report : await s.waitFor(settledAgain), plan, fakeEngine);
        expectNoViolations(service, fakeEngine);
        service.dispose();
      },
    ),
  );
});

test('containers that ignore their signal are stopped early, dependents first', async () => {
  let signalled = 0;
  await assertProperty(
    fc.asyncProperty(schedulers(), fleetArbitrary({ running: true }), async (s, fleet) => {
      const running = { ...fleet, containers: fleet.containers.map((one) => ({ ...one, state: 'running' as const })) };
      const { fakeEngine, service } = setupRun(s, running, {
        limit: 2,
        engine: { enforcesDependencies: true, events: true, stopTurns: 9 },
      });
      service.setVisible(true);
      const plan = await planned(s, service, allKeys(fakeEngine), optionsFor('stop'));
      expectTrueOutcomes(await s.waitFor(service.run(plan).done), plan, fakeEngine);
      for (const key of allKeys(fakeEngine)) expect(isActive(fakeEngine.stateOf(key) ?? 'exited')).toBe(false);
      expectNoViolations(service, fakeEngine);
      signalled += fakeEngine.kills;
      service.dispose();
    }),
  );
  // Some schedules must have had stalled permits.
  expect(signalled).toBeGreaterThan(0);
});
