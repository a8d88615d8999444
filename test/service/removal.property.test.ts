import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { localParallelism } from '../../src/engine/parallelism';
import type { NodeKey } from '../../src/graph/model/model';
import type { Report } from '../../src/graph/plan/report';
import type { ConcurrencySetting } from '../../src/service';
import {
  allKeys,
  wholeScope,
  expectNoViolations,
  expectTrueOutcomes,
  expectUntouched,
  isRemoved,
  planned,
} from './expectations';
import { outcomesArbitrary, fleetArbitrary } from './fleet';
import { assertProperty, schedulers } from './schedules';
import { setupRun } from './runSetup';
import type { ContainerSpec } from './containerModel';
import type { ScriptedOutcome } from './fakeEngine';

vi.setConfig({ testTimeout: 300_000 });

const faults = ['ok', 'busy', 'reject', 'falseSuccess', 'dropResponse', 'concurrentRemoval', 'dropRequest'] as const;
const limits = fc.integer({ min: 1, max: 4 });

test('any graph, faults and schedule: order, limit, one true outcome per node, no lock left', async () => {
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary({ running: true }),
      outcomesArbitrary(faults),
      limits,
      fc.boolean(),
      async (s, fleet, scriptedOutcomes, limit, enforcesDependencies) => {
        const { fakeEngine, service } = setupRun(s, fleet, {
          limit,
          scriptedOutcomes,
          engine: { enforcesDependencies, events: true },
        });
        fakeEngine.maxConcurrency = limit;
        const before = allKeys(fakeEngine);
        const plan = await planned(s, service, [fakeEngine.key('c0')]);
        const report = await s.waitFor(service.run(plan).done);
        expectTrueOutcomes(report, plan, fakeEngine);
        expectUntouched(fakeEngine, plan, before);
        expectNoViolations(service, fakeEngine);
        service.dispose();
      },
    ),
  );
});

test('a failure skips exactly its dependencies', async () => {
  const failures = fc.constantFrom<ScriptedOutcome>('reject', 'falseSuccess', 'busy');
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary(),
      fc.nat(8),
      failures,
      limits,
      async (s, fleet, unlucky, scriptedOutcome, limit) => {
        const scriptedOutcomes = new Map([[unlucky, Array<ScriptedOutcome>(4).fill(scriptedOutcome)]]);
        const { fakeEngine, service } = setupRun(s, fleet, { limit, scriptedOutcomes });
        const plan = await planned(s, service, allKeys(fakeEngine));
        const report = await s.waitFor(service.run(plan).done);
        expectTrueOutcomes(report, plan, fakeEngine);
        const { name, pod } = fleet.containers[unlucky] ?? {};
        const hit = fakeEngine.key(pod ?? name ?? '');
        const failed = plan.units.find(({ targets }) => targets.includes(hit))?.nodes ?? [];
        const needed = service.snapshot.graph.hardDependencies(failed);
        for (const [key, { outcome }] of report.nodes) {
          const kind = failed.includes(key) ? 'failed' : needed.has(key) ? 'skipped' : 'removed';
          expect({ key, kind: outcome.kind }).toEqual({ key, kind });
          if (kind === 'skipped') expect(fakeEngine.removalsSent).not.toContain(key);
        }
        expectNoViolations(service, fakeEngine);
        service.dispose();
      },
    ),
  );
});

test('cancelled at any step: starts nothing, finishes what was sent, and reports true outcomes', async () => {
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary({ running: true }),
      outcomesArbitrary(faults),
      limits,
      async (s, fleet, scriptedOutcomes, limit) => {
        const { fakeEngine, service } = setupRun(s, fleet, { limit, scriptedOutcomes });
        const plan = await planned(s, service, allKeys(fakeEngine));
        const removal = service.run(plan);
        void s.schedule(Promise.resolve(), 'cancel').then(() => {
          removal.cancel();
          fakeEngine.closed = true;
        });
        const report = await s.waitFor(removal.done);
        expectTrueOutcomes(report, plan, fakeEngine);
        expectNoViolations(service, fakeEngine);
        service.dispose();
      },
    ),
  );
});

test('overlapping removals, refreshes and other clients: one removal per node, no stale node, no deadlock', async () => {
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary({ running: true }),
      outcomesArbitrary(['ok', 'busy', 'concurrentRemoval']),
      limits,
      fc.nat(8),
      async (s, fleet, scriptedOutcomes, limit, stolen) => {
        const { fakeEngine, service } = setupRun(s, fleet, { limit, scriptedOutcomes });
        fakeEngine.maxConcurrency = limit;
        service.setVisible(true);
        const first = await planned(s, service, allKeys(fakeEngine));
        const second = await planned(s, service, allKeys(fakeEngine).slice(0, 4));
        const removals = [service.run(first), service.run(second)];
        const refreshed = service.refresh();
        void s.schedule(Promise.resolve(), 'newcomer').then(() => {
          const name = fleet.containers[stolen]?.name;
          if (name !== undefined && fakeEngine.has(fakeEngine.key(name))) fakeEngine.removeExternally(name);
        });
        const [one, two] = await s.waitFor(Promise.all(removals.map((removal) => removal.done)));
        await s.waitFor(refreshed);
        // One run may remove later what the other could not.
        const later = (key: NodeKey) =>
          !fakeEngine.has(key) && [one, two].some((report) => report && isRemoved(report, key));
        expectTrueOutcomes(one as Report, first, fakeEngine, later);
        expectTrueOutcomes(two as Report, second, fakeEngine, later);
        expectNoViolations(service, fakeEngine);
        // A soft dependent may still refer to a removed node, as an unlisted one.
        const listed = [...service.snapshot.graph.nodes.values()].filter(
          (node) => node.kind === 'pod' || !node.unlisted,
        );
        expect(listed.map(({ key }) => key).filter((key) => !fakeEngine.has(key))).toEqual([]);
        service.dispose();
      },
    ),
  );
});

test('without force a plan with running containers is blocked, and nothing is sent', async () => {
  await assertProperty(
    fc.asyncProperty(schedulers(), fleetArbitrary({ running: true }), async (s, fleet) => {
      const { fakeEngine, service } = setupRun(s, fleet);
      const plan = await planned(s, service, allKeys(fakeEngine), { ...wholeScope, running: 'block' });
      const runs = fleet.containers.some(({ state }) => state === 'running');
      expect(plan.blockers.length > 0).toBe(runs);
      if (runs) expect(() => service.run(plan)).toThrow(/blockers/);
      expect(fakeEngine.removalsSent).toEqual([]);
      service.dispose();
    }),
  );
});

test('without force a container started after planning is kept, with its dependencies', async () => {
  await assertProperty(
    fc.asyncProperty(schedulers(), fleetArbitrary(), fc.nat(8), limits, async (s, fleet, started, limit) => {
      const { fakeEngine, service } = setupRun(s, fleet, { limit });
      const plan = await planned(s, service, allKeys(fakeEngine), { ...wholeScope, running: 'block' });
      const { name, pod } = fleet.containers[started % fleet.containers.length] as ContainerSpec;
      fakeEngine.setState(name, 'running');
      const report = await s.waitFor(service.run(plan).done);
      const unit = plan.units.find(({ targets }) => targets.includes(fakeEngine.key(pod ?? name)));
      const left = unit?.nodes ?? [];
      for (const key of left) {
        expect(report.nodes.get(key)?.outcome).toMatchObject({ kind: 'failed', reason: 'running' });
      }
      const stays = [...left, ...service.snapshot.graph.hardDependencies(left)];
      expect(allKeys(fakeEngine).sort()).toEqual(stays.sort());
      expectTrueOutcomes(report, plan, fakeEngine);
      expectNoViolations(service, fakeEngine);
      service.dispose();
    }),
  );
});

test('a container added to a pod after confirmation is not removed', async () => {
  await assertProperty(
    fc.asyncProperty(schedulers(), fleetArbitrary(), fc.boolean(), async (s, fleet, enforcesDependencies) => {
      const { fakeEngine, service } = setupRun(s, fleet, { limit: 2, engine: { enforcesDependencies, events: true } });
      const plan = await planned(s, service, allKeys(fakeEngine));
      const [pod] = fleet.pods;
      fakeEngine.add({ name: 'newcomer', ...(pod === undefined ? { needs: ['c0'] } : { pod }) });
      const report = await s.waitFor(service.run(plan).done);
      expect(fakeEngine.has(fakeEngine.key('newcomer'))).toBe(true);
      const blocked = pod === undefined ? fakeEngine.key('c0') : fakeEngine.key(pod);
      expect(report.nodes.get(blocked)?.outcome).toMatchObject({ kind: 'failed', reason: 'changed' });
      expectTrueOutcomes(report, plan, fakeEngine);
      expectNoViolations(service, fakeEngine);
      service.dispose();
    }),
  );
});

test('an engine that crashes at any step: true outcomes, all reconciled', async () => {
  await assertProperty(
    fc.asyncProperty(schedulers(), fleetArbitrary({ running: true }), limits, async (s, fleet, limit) => {
      const { fakeEngine, service } = setupRun(s, fleet, { limit });
      service.setVisible(true);
      const plan = await planned(s, service, allKeys(fakeEngine));
      const removal = service.run(plan);
      const settledAgain = new Promise<Report>((resolve) => service.onDidReconcile(resolve));
      void s.schedule(Promise.resolve(), 'crash').then(() => fakeEngine.crash());
      const report = await s.waitFor(removal.done);
      expect(service.lockCount).toBe(0);
      fakeEngine.reachable = true;
      expectTrueOutcomes(report.isReconciled ? report : await s.waitFor(settledAgain), plan, fakeEngine);
      expectNoViolations(service, fakeEngine);
      service.dispose();
    }),
  );
});

test('queued units are stopped early, dependents first, and never after a cancel', async () => {
  let signalled = 0;
  const concurrency = fc.constantFrom<ConcurrencySetting>(1, 2, 3, 'auto');
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary({ running: true }),
      concurrency,
      fc.boolean(),
      async (s, fleet, limit, cancels) => {
        const running = {
          ...fleet,
          containers: fleet.containers.map((one) => ({ ...one, state: 'running' as const })),
        };
        const engine = { enforcesDependencies: true, events: true, stopTurns: 9 };
        const { fakeEngine, service } = setupRun(s, running, { limit: limit, engine });
        // The engine's own parallelism.
        fakeEngine.maxConcurrency = limit === 'auto' ? (localParallelism(fakeEngine.endpoint) ?? 4) : limit;
        service.setVisible(true);
        const plan = await planned(s, service, allKeys(fakeEngine));
        const removal = service.run(plan);
        if (cancels) {
          void s.schedule(Promise.resolve(), 'cancel').then(() => {
            removal.cancel();
            fakeEngine.closed = true;
          });
        }
        const report = await s.waitFor(removal.done);
        expectTrueOutcomes(report, plan, fakeEngine);
        expectNoViolations(service, fakeEngine);
        signalled += fakeEngine.kills;
        // A sequential limit allows no early stops.
        if (limit === 1) expect(fakeEngine.kills).toBe(0);
        service.dispose();
      },
    ),
  );
  // Some schedules must have had stalled permits.
  expect(signalled).toBeGreaterThan(0);
});
