import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { localParallelism } from '../../src/engine/podman';
import type { NodeKey } from '../../src/graph/model/model';
import type { Report } from '../../src/graph/plan/report';
import type { ConcurrencySetting } from '../../src/service';
import {
  allKeys,
  wholeScope,
  expectNoViolations,
  expectTrue,
  expectUntouched,
  isRemoved,
  planned,
} from './expectations';
import { outcomesArbitrary, fleetArbitrary } from './fleet';
import { assertProperty, schedulers } from './schedules';
import { setupRun } from './staged';
import type { ContainerSpec } from './population';
import type { Fate } from './world';

vi.setConfig({ testTimeout: 300_000 });

const faults = ['ok', 'busy', 'refuse', 'lie', 'cutAfter', 'vanish', 'cutBefore'] as const;
const widths = fc.integer({ min: 1, max: 4 });

test('whatever the graph, the faults and the schedule: order, width, one true outcome each, no lock left', async () => {
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary({ running: true }),
      outcomesArbitrary(faults),
      widths,
      fc.boolean(),
      async (s, fleet, fates, width, guards) => {
        const { world, service } = setupRun(s, fleet, { width, fates, engine: { guards, events: true } });
        world.allowedAtOnce = width;
        const before = allKeys(world);
        const plan = await planned(s, service, [world.key('c0')]);
        const report = await s.waitFor(service.run(plan).done);
        expectTrue(report, plan, world);
        expectUntouched(world, plan, before);
        expectNoViolations(service, world);
        service.dispose();
      },
    ),
  );
});

test('a failure keeps everything it needs, and only that, from being touched', async () => {
  const failures = fc.constantFrom<Fate>('refuse', 'lie', 'busy');
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary(),
      fc.nat(8),
      failures,
      widths,
      async (s, fleet, unlucky, fate, width) => {
        const fates = new Map([[unlucky, Array<Fate>(4).fill(fate)]]);
        const { world, service } = setupRun(s, fleet, { width, fates });
        const plan = await planned(s, service, allKeys(world));
        const report = await s.waitFor(service.run(plan).done);
        expectTrue(report, plan, world);
        const { name, pod } = fleet.containers[unlucky] ?? {};
        const hit = world.key(pod ?? name ?? '');
        const failed = plan.units.find(({ targets }) => targets.includes(hit))?.nodes ?? [];
        const needed = service.snapshot.graph.hardDependencies(failed);
        for (const [key, { outcome }] of report.nodes) {
          const kind = failed.includes(key) ? 'failed' : needed.has(key) ? 'skipped' : 'removed';
          expect({ key, kind: outcome.kind }).toEqual({ key, kind });
          if (kind === 'skipped') expect(world.removalsSent).not.toContain(key);
        }
        expectNoViolations(service, world);
        service.dispose();
      },
    ),
  );
});

test('cancelled at any step: nothing new starts, what had begun ends, the account is what the engine holds', async () => {
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary({ running: true }),
      outcomesArbitrary(faults),
      widths,
      async (s, fleet, fates, width) => {
        const { world, service } = setupRun(s, fleet, { width, fates });
        const plan = await planned(s, service, allKeys(world));
        const removal = service.run(plan);
        void s.schedule(Promise.resolve(), 'cancel').then(() => {
          removal.cancel();
          world.closed = true;
        });
        const report = await s.waitFor(removal.done);
        expectTrue(report, plan, world);
        expectNoViolations(service, world);
        service.dispose();
      },
    ),
  );
});

test('two overlapping removals, refreshes and strangers: never two deletions of one node, no ghost, no deadlock', async () => {
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary({ running: true }),
      outcomesArbitrary(['ok', 'busy', 'vanish']),
      widths,
      fc.nat(8),
      async (s, fleet, fates, width, stolen) => {
        const { world, service } = setupRun(s, fleet, { width, fates });
        world.allowedAtOnce = width;
        service.setVisible(true);
        const first = await planned(s, service, allKeys(world));
        const second = await planned(s, service, allKeys(world).slice(0, 4));
        const removals = [service.run(first), service.run(second)];
        const refreshed = service.refresh();
        void s.schedule(Promise.resolve(), 'stranger').then(() => {
          const name = fleet.containers[stolen]?.name;
          if (name !== undefined && world.has(world.key(name))) world.takeAway(name);
        });
        const [one, two] = await s.waitFor(Promise.all(removals.map((removal) => removal.done)));
        await s.waitFor(refreshed);
        // What the one could not remove the other may have, later.
        const later = (key: NodeKey) =>
          !world.has(key) && [one, two].some((report) => report && isRemoved(report, key));
        expectTrue(one as Report, first, world, later);
        expectTrue(two as Report, second, world, later);
        expectNoViolations(service, world);
        // What is gone may still be named by what needed it softly, as something that no list holds.
        const listed = [...service.snapshot.graph.nodes.values()].filter(
          (node) => node.kind === 'pod' || !node.unlisted,
        );
        expect(listed.map(({ key }) => key).filter((key) => !world.has(key))).toEqual([]);
        service.dispose();
      },
    ),
  );
});

test('without force a plan with anything that runs is refused as a whole, and nothing is sent', async () => {
  await assertProperty(
    fc.asyncProperty(schedulers(), fleetArbitrary({ running: true }), async (s, fleet) => {
      const { world, service } = setupRun(s, fleet);
      const plan = await planned(s, service, allKeys(world), { ...wholeScope, running: 'block' });
      const runs = fleet.containers.some(({ state }) => state === 'running');
      expect(plan.blockers.length > 0).toBe(runs);
      if (runs) expect(() => service.run(plan)).toThrow(/blockers/);
      expect(world.removalsSent).toEqual([]);
      service.dispose();
    }),
  );
});

test('without force, what was started after the plan was made stays whole, with all that it needs', async () => {
  await assertProperty(
    fc.asyncProperty(schedulers(), fleetArbitrary(), fc.nat(8), widths, async (s, fleet, started, width) => {
      const { world, service } = setupRun(s, fleet, { width });
      const plan = await planned(s, service, allKeys(world), { ...wholeScope, running: 'block' });
      const { name, pod } = fleet.containers[started % fleet.containers.length] as ContainerSpec;
      world.setState(name, 'running');
      const report = await s.waitFor(service.run(plan).done);
      const unit = plan.units.find(({ targets }) => targets.includes(world.key(pod ?? name)));
      const left = unit?.nodes ?? [];
      for (const key of left) {
        expect(report.nodes.get(key)?.outcome).toMatchObject({ kind: 'failed', reason: 'running' });
      }
      const stays = [...left, ...service.snapshot.graph.hardDependencies(left)];
      expect(allKeys(world).sort()).toEqual(stays.sort());
      expectTrue(report, plan, world);
      expectNoViolations(service, world);
      service.dispose();
    }),
  );
});

test('what came to a pod after the plan was confirmed is not deleted with it', async () => {
  await assertProperty(
    fc.asyncProperty(schedulers(), fleetArbitrary(), fc.boolean(), async (s, fleet, guards) => {
      const { world, service } = setupRun(s, fleet, { width: 2, engine: { guards, events: true } });
      const plan = await planned(s, service, allKeys(world));
      const [pod] = fleet.pods;
      world.add({ name: 'newcomer', ...(pod === undefined ? { needs: ['c0'] } : { pod }) });
      const report = await s.waitFor(service.run(plan).done);
      expect(world.has(world.key('newcomer'))).toBe(true);
      const blocked = pod === undefined ? world.key('c0') : world.key(pod);
      expect(report.nodes.get(blocked)?.outcome).toMatchObject({ kind: 'failed', reason: 'changed' });
      expectTrue(report, plan, world);
      expectNoViolations(service, world);
      service.dispose();
    }),
  );
});

test('an engine that dies at any step and returns: nothing believed that is not so, all settled', async () => {
  await assertProperty(
    fc.asyncProperty(schedulers(), fleetArbitrary({ running: true }), widths, async (s, fleet, width) => {
      const { world, service } = setupRun(s, fleet, { width });
      service.setVisible(true);
      const plan = await planned(s, service, allKeys(world));
      const removal = service.run(plan);
      const settledAgain = new Promise<Report>((resolve) => service.onDidReconcile(resolve));
      void s.schedule(Promise.resolve(), 'the engine dies').then(() => world.die());
      const report = await s.waitFor(removal.done);
      expect(service.lockCount).toBe(0);
      world.reachable = true;
      expectTrue(report.settled ? report : await s.waitFor(settledAgain), plan, world);
      expectNoViolations(service, world);
      service.dispose();
    }),
  );
});

test("what waits behind somebody's grace is signalled ahead, its dependents first, and never after a cancel", async () => {
  let signalled = 0;
  const concurrency = fc.constantFrom<ConcurrencySetting>(1, 2, 3, 'auto');
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary({ running: true }),
      concurrency,
      fc.boolean(),
      async (s, fleet, wide, cancels) => {
        const running = {
          ...fleet,
          containers: fleet.containers.map((one) => ({ ...one, state: 'running' as const })),
        };
        const engine = { guards: true, events: true, grace: 9 };
        const { world, service } = setupRun(s, running, { width: wide, engine });
        // What the engine says that it carries out at once itself.
        world.allowedAtOnce = wide === 'auto' ? (localParallelism(world.endpoint) ?? 4) : wide;
        service.setVisible(true);
        const plan = await planned(s, service, allKeys(world));
        const removal = service.run(plan);
        if (cancels) {
          void s.schedule(Promise.resolve(), 'cancel').then(() => {
            removal.cancel();
            world.closed = true;
          });
        }
        const report = await s.waitFor(removal.done);
        expectTrue(report, plan, world);
        expectNoViolations(service, world);
        signalled += world.kills;
        // One strictly after another means the stops, too.
        if (wide === 1) expect(world.kills).toBe(0);
        service.dispose();
      },
    ),
  );
  // Some schedules must have met silent places, or nothing of this was tried.
  expect(signalled).toBeGreaterThan(0);
});
