import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { nodeKey } from '../../src/graph/model/model';
import { hardDependents } from '../graph/build';
import { allKeys, expectNoViolations, expectTrueOutcomes, planned } from './expectations';
import { type Fleet, fleetArbitrary, resolveAll, unlistedName } from './fleet';
import type { ContainerSpec } from './containerModel';
import { createServiceFor, interleaveWith, scheduledClock } from './schedule';
import { assertProperty, runs, schedulers } from './schedules';
import { FakeEngine } from './fakeEngine';

vi.setConfig({ testTimeout: 600_000 });

/** Fewer in a short run. */
const thousand = runs < 150 ? runs : Math.max(1000, runs);
const limits = fc.integer({ min: 1, max: 4 });

test('a hard cycle is removed as a unit if the engine allows it, else it fails and the rest continues', async () => {
  let refusedCycles = 0;
  let removedCycles = 0;
  const fleet = fleetArbitrary({ cycles: true, running: true });
  await assertProperty(
    fc.asyncProperty(schedulers(), fleet, limits, fc.boolean(), async (s, made, limit, rejectsCycles) => {
      const fakeEngine = new FakeEngine('w', interleaveWith(s), {
        enforcesDependencies: true,
        events: true,
        stopTurns: 9,
        rejectsCycles,
      });
      resolveAll(fakeEngine, made);
      fakeEngine.maxConcurrency = limit;
      const service = createServiceFor([fakeEngine], scheduledClock(s), limit);
      const plan = await planned(s, service, allKeys(fakeEngine));
      const named = new Set(plan.cycles.flat());
      const { graph } = service.snapshot;
      const report = await s.waitFor(service.run(plan).done);
      expectTrueOutcomes(report, plan, fakeEngine);
      const cycles = plan.units.filter(({ kind }) => kind === 'cycle');
      expect(cycles.flatMap(({ nodes }) => nodes).filter((key) => !named.has(key))).toEqual([]);
      const stuck = new Set(rejectsCycles ? cycles.flatMap(({ nodes }) => nodes) : []);
      for (const unit of plan.units) {
        const isBelow = [...hardDependents(graph, unit.nodes)].some((key) => stuck.has(key));
        const fails = !isBelow && unit.nodes.some((key) => stuck.has(key));
        const expected = fails ? { kind: 'failed', reason: 'cycle' } : { kind: isBelow ? 'skipped' : 'removed' };
        for (const key of unit.nodes) expect(report.nodes.get(key)).toMatchObject({ outcome: expected });
      }
      refusedCycles += stuck.size;
      removedCycles += rejectsCycles ? 0 : named.size;
      expectNoViolations(service, fakeEngine);
      service.dispose();
    }),
  );
  // Both cases must have occurred.
  expect(Math.min(refusedCycles, removedCycles)).toBeGreaterThan(0);
});

test('an unlisted dependency is retained, never requested, and blocks nothing', async () => {
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary({ unlisted: true, running: true }),
      limits,
      async (s, made, limit) => {
        const fakeEngine = new FakeEngine('w', interleaveWith(s));
        resolveAll(fakeEngine, made);
        const service = createServiceFor([fakeEngine], scheduledClock(s), limit);
        const hidden = nodeKey('w', 'container', unlistedName);
        const needed = made.containers.some(({ needs }) => needs?.includes(unlistedName));
        const plan = await planned(s, service, [...allKeys(fakeEngine), hidden]);
        expect(plan.retained.map(({ node, why }) => [node.key, why.kind])).toEqual(needed ? [[hidden, 'unknown']] : []);
        const report = await s.waitFor(service.run(plan).done);
        expectTrueOutcomes(report, plan, fakeEngine);
        expect(fakeEngine.names()).toEqual([]);
        expect(fakeEngine.removalsSent).not.toContain(hidden);
        expectNoViolations(service, fakeEngine);
        service.dispose();
      },
    ),
  );
});

test('never removes a dependency after a dependent failed, in any order of responses (Podman #27943)', async () => {
  const siblings = fc.array(fc.boolean(), { minLength: 2, maxLength: 5 });
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      siblings,
      fc.nat(4),
      limits,
      fc.boolean(),
      async (s, ups, unlucky, limit, enforcesDependencies) => {
        const fakeEngine = new FakeEngine('w', interleaveWith(s), { enforcesDependencies, events: true });
        fakeEngine.add({ name: 'root' });
        fakeEngine.add({ name: 'base', state: 'running', needs: ['root'] });
        ups.forEach((up, number) =>
          fakeEngine.add({ name: `d${number}`, state: up ? 'running' : 'exited', needs: ['base'] }),
        );
        const failing = `d${unlucky % ups.length}`;
        fakeEngine.scriptedOutcomes.set(failing, ['reject', 'reject', 'reject', 'reject']);
        const service = createServiceFor([fakeEngine], scheduledClock(s), limit + ups.length);
        const plan = await planned(s, service, [fakeEngine.key('root')]);
        const report = await s.waitFor(service.run(plan).done);
        expect(fakeEngine.removalsSent).not.toContain(fakeEngine.key('base'));
        expect(fakeEngine.removalsSent).not.toContain(fakeEngine.key('root'));
        expect(fakeEngine.names()).toEqual(['base', 'root', failing].sort());
        for (const name of ['base', 'root']) {
          const because = fakeEngine.key(failing);
          expect(report.nodes.get(fakeEngine.key(name))?.outcome).toEqual({ kind: 'skipped', because });
        }
        expectTrueOutcomes(report, plan, fakeEngine);
        expectNoViolations(service, fakeEngine);
        service.dispose();
      },
    ),
    thousand,
  );
});

test('generates chains, diamonds, cycles, pods, soft edges and unlisted dependencies', () => {
  const made = fc.sample(fleetArbitrary({ running: true, cycles: true, unlisted: true }), { numRuns: 300, seed: 1 });
  const needs = (fleet: Fleet, name: string) => fleet.containers.find((one) => one.name === name)?.needs ?? [];
  /** Transitive dependencies. */
  const below = (fleet: Fleet, name: string) => {
    const reached = new Set<string>();
    const open = [name];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const one of needs(fleet, next)) if (!reached.has(one)) open.push(one);
      for (const one of needs(fleet, next)) reached.add(one);
    }
    return reached;
  };
  const someContainer = (has: (one: ContainerSpec, fleet: Fleet) => boolean) =>
    made.some((fleet) => fleet.containers.some((one) => has(one, fleet)));
  const isDiamond = ({ needs: sides = [] }: ContainerSpec, fleet: Fleet) =>
    sides.some((one) =>
      sides.some((two) => one < two && needs(fleet, one).some((base) => needs(fleet, two).includes(base))),
    );
  expect({
    chain: someContainer(({ name, needs: direct = [] }, fleet) => direct.length === 1 && below(fleet, name).size >= 5),
    diamond: someContainer(isDiamond),
    cycle: someContainer(({ name }, fleet) => below(fleet, name).has(name)),
    pods: made.some(({ pods }) => pods.length > 1),
    soft: someContainer(({ softNeeds = [] }) => softNeeds.length > 0),
    unlisted: someContainer(({ needs: direct = [] }) => direct.includes(unlistedName)),
  }).toEqual({ chain: true, diamond: true, cycle: true, pods: true, soft: true, unlisted: true });
});
