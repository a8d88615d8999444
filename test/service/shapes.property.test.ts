import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { nodeKey } from '../../src/graph/model/model';
import { allKeys, expectNoViolations, expectTrue, planned } from './expectations';
import { type Fleet, fleetArbitrary, resolveAll, stranger } from './fleet';
import type { ContainerSpec } from './population';
import { createServiceFor, interleaveWith, scheduledClock } from './schedule';
import { assertProperty, runs, schedulers } from './schedules';
import { FakeEngine } from './world';

vi.setConfig({ testTimeout: 600_000 });

/** A short run has fewer. */
const thousand = runs < 150 ? runs : Math.max(1000, runs);
const widths = fc.integer({ min: 1, max: 4 });

test('a hard cycle goes as one where the engine lets it, else it fails by its name and the rest goes on', async () => {
  let refusedCycles = 0;
  let removedCycles = 0;
  const fleet = fleetArbitrary({ cycles: true, running: true });
  await assertProperty(
    fc.asyncProperty(schedulers(), fleet, widths, fc.boolean(), async (s, made, width, refusesCycles) => {
      const world = new FakeEngine('w', interleaveWith(s), { guards: true, events: true, grace: 9, refusesCycles });
      resolveAll(world, made);
      world.allowedAtOnce = width;
      const service = createServiceFor([world], scheduledClock(s), width);
      const plan = await planned(s, service, allKeys(world));
      const named = new Set(plan.cycles.flat());
      const { graph } = service.snapshot;
      const report = await s.waitFor(service.run(plan).done);
      expectTrue(report, plan, world);
      const cycles = plan.units.filter(({ kind }) => kind === 'cycle');
      expect(cycles.flatMap(({ nodes }) => nodes).filter((key) => !named.has(key))).toEqual([]);
      const stuck = new Set(refusesCycles ? cycles.flatMap(({ nodes }) => nodes) : []);
      for (const unit of plan.units) {
        const isBelow = [...graph.hardDependents(unit.nodes)].some((key) => stuck.has(key));
        const fails = !isBelow && unit.nodes.some((key) => stuck.has(key));
        const expected = fails ? { kind: 'failed', reason: 'cycle' } : { kind: isBelow ? 'skipped' : 'removed' };
        for (const key of unit.nodes) expect(report.nodes.get(key)).toMatchObject({ outcome: expected });
      }
      refusedCycles += stuck.size;
      removedCycles += refusesCycles ? 0 : named.size;
      expectNoViolations(service, world);
      service.dispose();
    }),
  );
  // Without cycles nothing of this was tried.
  expect(Math.min(refusedCycles, removedCycles)).toBeGreaterThan(0);
});

test('what no list holds is told, never asked for, and stands in nobody’s way', async () => {
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary({ strangers: true, running: true }),
      widths,
      async (s, made, width) => {
        const world = new FakeEngine('w', interleaveWith(s));
        resolveAll(world, made);
        const service = createServiceFor([world], scheduledClock(s), width);
        const hidden = nodeKey('w', 'container', stranger);
        const needed = made.containers.some(({ needs }) => needs?.includes(stranger));
        const plan = await planned(s, service, [...allKeys(world), hidden]);
        expect(plan.retained.map(({ node, why }) => [node.key, why.kind])).toEqual(needed ? [[hidden, 'unknown']] : []);
        const report = await s.waitFor(service.run(plan).done);
        expectTrue(report, plan, world);
        expect(world.names()).toEqual([]);
        expect(world.removalsSent).not.toContain(hidden);
        expectNoViolations(service, world);
        service.dispose();
      },
    ),
  );
});

test('a failing dependent’s dependency never starts, however its siblings’ answers fall (Podman #27943)', async () => {
  const siblings = fc.array(fc.boolean(), { minLength: 2, maxLength: 5 });
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      siblings,
      fc.nat(4),
      widths,
      fc.boolean(),
      async (s, ups, unlucky, width, guards) => {
        const world = new FakeEngine('w', interleaveWith(s), { guards, events: true });
        world.add({ name: 'root' });
        world.add({ name: 'base', state: 'running', needs: ['root'] });
        ups.forEach((up, number) =>
          world.add({ name: `d${number}`, state: up ? 'running' : 'exited', needs: ['base'] }),
        );
        const failing = `d${unlucky % ups.length}`;
        world.fates.set(failing, ['refuse', 'refuse', 'refuse', 'refuse']);
        const service = createServiceFor([world], scheduledClock(s), width + ups.length);
        const plan = await planned(s, service, [world.key('root')]);
        const report = await s.waitFor(service.run(plan).done);
        expect(world.removalsSent).not.toContain(world.key('base'));
        expect(world.removalsSent).not.toContain(world.key('root'));
        expect(world.names()).toEqual(['base', 'root', failing].sort());
        for (const name of ['base', 'root']) {
          const because = world.key(failing);
          expect(report.nodes.get(world.key(name))?.outcome).toEqual({ kind: 'skipped', because });
        }
        expectTrue(report, plan, world);
        expectNoViolations(service, world);
        service.dispose();
      },
    ),
    thousand,
  );
});

test('among the fleets are chains, diamonds, cycles, pods, soft edges and needs that no list holds', () => {
  const made = fc.sample(fleetArbitrary({ running: true, cycles: true, strangers: true }), { numRuns: 300, seed: 1 });
  const needs = (fleet: Fleet, name: string) => fleet.containers.find((one) => one.name === name)?.needs ?? [];
  /** All that a container needs, however far. */
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
    unlisted: someContainer(({ needs: direct = [] }) => direct.includes(stranger)),
  }).toEqual({ chain: true, diamond: true, cycle: true, pods: true, soft: true, unlisted: true });
});
