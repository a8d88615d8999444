import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { isActive, type NodeKey } from '../../src/graph/model/model';
import { isInTargetState, type LifecycleAction } from '../../src/graph/plan/lifecycleAction';
import type { Plan, PlanOptions } from '../../src/graph/plan/plan';
import { isSuccess, type Report } from '../../src/graph/plan/report';
import { allKeys, expectNoViolations, planned, wholeScope } from './expectations';
import { fleetArbitrary, outcomesArbitrary } from './fleet';
import { assertProperty, schedulers } from './schedules';
import { setupRun } from './staged';
import type { FakeEngine, Fate } from './world';

vi.setConfig({ testTimeout: 300_000 });

const faults = ['ok', 'busy', 'refuse', 'lie', 'cutAfter', 'vanish', 'cutBefore'] as const;
const widths = fc.integer({ min: 1, max: 4 });
const changes = fc.constantFrom<LifecycleAction>('start', 'stop', 'kill', 'pause', 'unpause', 'restart');
const told = fc.constantFrom<LifecycleAction>('start', 'stop', 'pause', 'unpause');

const along = (action: LifecycleAction): PlanOptions => ({ action, dependents: 'include', running: 'stop' });

/** The account is whole, and each line of it is what the engine holds. */
function expectTold(report: Report, plan: Plan, world: FakeEngine, since: (key: NodeKey) => boolean = () => false) {
  expect([...report.nodes.keys()].sort()).toEqual([...plan.nodes.keys()].sort());
  for (const [key, { node, outcome }] of report.nodes) {
    if (node.kind === 'pod' || plan.action === 'remove' || since(key)) continue;
    const state = world.stateOf(key);
    const gone = plan.action === 'stop' || plan.action === 'kill';
    const so = state === undefined ? gone : isInTargetState(plan.action, state);
    if (so === undefined) {
      if (isSuccess(outcome)) expect({ key, outcome, up: state === 'running' }).toEqual({ key, outcome, up: true });
    } else expect({ key, outcome, so }).toEqual({ key, outcome, so: isSuccess(outcome) });
  }
}

/** What was not in the plan is as it was; what stood in a pod that vanished went with it. */
function expectOthersAsBefore(world: FakeEngine, plan: Plan, before: ReadonlyMap<NodeKey, string | undefined>) {
  for (const [key, state] of before) {
    if (!plan.nodes.has(key) && !world.vanished.has(key))
      expect({ key, state: world.stateOf(key) }).toEqual({ key, state });
  }
}

const statesIn = (world: FakeEngine) =>
  new Map(allKeys(world).map((key) => [key, world.stateOf(key) as string | undefined]));

/** Some of what runs is paused, so that there is something to be resumed. */
function pauseSome(world: FakeEngine, which: readonly number[]) {
  const up = allKeys(world).filter((key) => world.stateOf(key) === 'running');
  for (const number of which) {
    const key = up[number];
    if (key !== undefined) world.setState(key.slice(key.lastIndexOf('/') + 1), 'paused');
  }
}

const paused = fc.uniqueArray(fc.nat(8), { maxLength: 2 });

test('every change of state, whatever the faults and the schedule: order, width, one true outcome each, no lock left', async () => {
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary({ running: true }),
      outcomesArbitrary(faults),
      fc.tuple(changes, widths, fc.boolean(), fc.boolean(), paused),
      async (s, fleet, fates, [action, width, events, all, pausing]) => {
        const { world, service } = setupRun(s, fleet, { width, fates, engine: { guards: false, events } });
        pauseSome(world, pausing);
        const before = statesIn(world);
        const plan = await planned(s, service, all ? allKeys(world) : [world.key('c0')], along(action));
        expect(plan.blockers).toEqual([]);
        const report = await s.waitFor(service.run(plan).done);
        expectTold(report, plan, world);
        expectOthersAsBefore(world, plan, before);
        expectNoViolations(service, world);
        service.dispose();
      },
    ),
  );
});

test('without faults all is as wanted, at most as many calls at once as places, a call a unit', async () => {
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary({ running: true }),
      changes,
      widths,
      async (s, fleet, action, width) => {
        const { world, service } = setupRun(s, fleet, { width });
        const plan = await planned(s, service, allKeys(world), along(action));
        const report = await s.waitFor(service.run(plan).done);
        expectTold(report, plan, world);
        for (const { outcome } of report.nodes.values()) expect(outcome.kind).toBe('done');
        const podUnits = plan.units.some(({ kind }) => kind === 'pod');
        if (!podUnits) expect(world.mostAtOnce).toBeLessThanOrEqual(width);
        expectNoViolations(service, world);
        service.dispose();
      },
    ),
  );
});

test('a failure keeps all that stands behind it from being touched, and only that', async () => {
  const failures = fc.constantFrom<Fate>('refuse', 'lie', 'busy');
  const directions = fc.constantFrom<LifecycleAction>('start', 'stop');
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary(),
      fc.nat(8),
      fc.tuple(failures, directions, widths),
      async (s, fleet, unlucky, [fate, action, width]) => {
        const up = action === 'start' ? ('exited' as const) : ('running' as const);
        const containers = fleet.containers.map((one) => ({ ...one, state: up }));
        const fates = new Map([[unlucky, Array<Fate>(4).fill(fate)]]);
        const { world, service } = setupRun(s, { ...fleet, containers }, { width, fates });
        const plan = await planned(s, service, allKeys(world), along(action));
        const { name, pod } = fleet.containers[unlucky] ?? {};
        // A pod whose members need each other is not stopped by one call, so that its own fate is never met.
        const hit = world.key(pod ?? name ?? '');
        const failed = plan.units.find(({ targets }) => targets.includes(hit))?.nodes ?? [];
        const report = await s.waitFor(service.run(plan).done);
        expectTold(report, plan, world);
        const met = failed.some((key) => report.nodes.get(key)?.outcome.kind === 'failed');
        const { graph } = service.snapshot;
        const behind = !met ? [] : action === 'start' ? graph.hardDependents(failed) : graph.hardDependencies(failed);
        const skipped = new Set(behind);
        for (const [key, { outcome }] of report.nodes) {
          const kind = met && failed.includes(key) ? 'failed' : skipped.has(key) ? 'skipped' : 'done';
          expect({ key, kind: outcome.kind }).toEqual({ key, kind });
          if (kind === 'skipped') expect(world.changesSent.map((sent) => sent.key)).not.toContain(key);
        }
        expectNoViolations(service, world);
        service.dispose();
      },
    ),
  );
});

test('cancelled at any step: nothing new is sent, what had begun ends, the account is what the engine holds', async () => {
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary({ running: true }),
      outcomesArbitrary(faults),
      fc.tuple(told, widths),
      async (s, fleet, fates, [action, width]) => {
        const engine = { guards: false, events: true, grace: 3 };
        const { world, service } = setupRun(s, fleet, { width, fates, engine });
        const plan = await planned(s, service, allKeys(world), along(action));
        const run = service.run(plan);
        void s.schedule(Promise.resolve(), 'cancel').then(() => {
          run.cancel();
          world.closed = true;
        });
        expectTold(await s.waitFor(run.done), plan, world);
        expectNoViolations(service, world);
        service.dispose();
      },
    ),
  );
});

test('a stop, a start and a removal of the same nodes at once: never two operations on one node, no deadlock', async () => {
  await assertProperty(
    fc.asyncProperty(schedulers(), fleetArbitrary({ running: true }), widths, async (s, fleet, width) => {
      // Orders of two runs meet, so that only what concerns single nodes is kept book of.
      const loose = { ...fleet, containers: fleet.containers.map((one) => ({ ...one, needs: [] })) };
      const { world, service } = setupRun(s, loose, { width, engine: { guards: true, events: true } });
      service.setVisible(true);
      const keys = allKeys(world);
      const stop = await planned(s, service, keys, along('stop'));
      const start = await planned(s, service, keys, along('start'));
      const removal = await planned(s, service, keys.slice(0, 4), wholeScope);
      const runs = [stop, start, removal].map((plan) => service.run(plan));
      await s.waitFor(Promise.all(runs.map((run) => run.done)));
      expectNoViolations(service, world);
      service.dispose();
    }),
  );
});

test('an engine that dies at any step and returns: nothing believed that is not so, all settled', async () => {
  await assertProperty(
    fc.asyncProperty(schedulers(), fleetArbitrary({ running: true }), told, widths, async (s, fleet, action, width) => {
      const { world, service } = setupRun(s, fleet, { width });
      service.setVisible(true);
      const plan = await planned(s, service, allKeys(world), along(action));
      const run = service.run(plan);
      const settledAgain = new Promise<Report>((resolve) => service.onDidReconcile(resolve));
      void s.schedule(Promise.resolve(), 'the engine dies').then(() => world.die());
      const report = await s.waitFor(run.done);
      expect(service.lockCount).toBe(0);
      world.reachable = true;
      expectTold(report.settled ? report : await s.waitFor(settledAgain), plan, world);
      expectNoViolations(service, world);
      service.dispose();
    }),
  );
});

test("a stubborn fleet is signalled ahead while it waits for a place: one grace is everybody's, dependents first", async () => {
  let signalled = 0;
  await assertProperty(
    fc.asyncProperty(schedulers(), fleetArbitrary({ running: true }), async (s, fleet) => {
      const running = { ...fleet, containers: fleet.containers.map((one) => ({ ...one, state: 'running' as const })) };
      const { world, service } = setupRun(s, running, { width: 2, engine: { guards: true, events: true, grace: 9 } });
      service.setVisible(true);
      const plan = await planned(s, service, allKeys(world), along('stop'));
      expectTold(await s.waitFor(service.run(plan).done), plan, world);
      for (const key of allKeys(world)) expect(isActive(world.stateOf(key) ?? 'exited')).toBe(false);
      expectNoViolations(service, world);
      signalled += world.kills;
      service.dispose();
    }),
  );
  // Some schedules must have met silent places, or nothing of this was tried.
  expect(signalled).toBeGreaterThan(0);
});
