import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { deletedVolumes, volumeResults } from '../../src/graph/plan/anonymousVolumes';
import type { NodeKey } from '../../src/graph/model/model';
import type { PlanOptions } from '../../src/graph/plan/plan';
import type { Report } from '../../src/graph/plan/report';
import type { ContainerSpec } from './containerModel';
import { allKeys, expectNoViolations, expectTrueOutcomes, planned, wholeScope } from './expectations';
import { type Fleet, fleetArbitrary, outcomesArbitrary } from './fleet';
import { setupRun } from './runSetup';
import { assertProperty, schedulers } from './schedules';

vi.setConfig({ testTimeout: 300_000 });

const faults = ['ok', 'busy', 'reject', 'falseSuccess', 'dropResponse', 'concurrentRemoval', 'dropRequest'] as const;

/** How many volumes each container has, and whether it has `--rm`. */
const mountsArbitrary = fc.array(fc.record({ count: fc.nat(2), autoRemove: fc.integer({ min: 0, max: 5 }) }), {
  minLength: 10,
  maxLength: 10,
});

/** A soft dependency (`--volumes-from`) shares the volumes. */
function withVolumes(fleet: Fleet, mounts: readonly { count: number; autoRemove: number }[]): Fleet {
  const own = new Map(
    fleet.containers.map(({ name }, at) => [
      name,
      Array.from({ length: mounts[at]?.count ?? 0 }, (_, number) => `${name}-${number}`),
    ]),
  );
  const containers = fleet.containers.map((one, at): ContainerSpec => {
    const shared = (one.softNeeds ?? []).flatMap((name) => own.get(name) ?? []);
    return { ...one, volumes: [...(own.get(one.name) ?? []), ...shared], autoRemove: mounts[at]?.autoRemove === 0 };
  });
  return { ...fleet, containers };
}

type Choice = PlanOptions['deletedVolumes'] | readonly number[];

const choices: fc.Arbitrary<'all' | readonly number[]> = fc.oneof(
  fc.constant('all' as const),
  fc.constant([]),
  fc.uniqueArray(fc.nat(19), { maxLength: 12 }),
);

test('any graph, faults, cancel and schedule: no anonymous volume is deleted unless planned', async () => {
  let [kept, deleted] = [0, 0];
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary({ running: true }),
      mountsArbitrary,
      choices,
      outcomesArbitrary(faults),
      fc.boolean(),
      async (s, drafted, mounts, choice, scriptedOutcomes, cancels) => {
        const fleet = withVolumes(drafted, mounts);
        const { fakeEngine, service } = setupRun(s, fleet, { scriptedOutcomes });
        const all = [...new Set(fleet.containers.flatMap(({ volumes = [] }) => volumes))].map(
          (name): NodeKey => `w/volume/${name}`,
        );
        const chosen: Choice = choice === 'all' ? 'all' : choice.flatMap((at) => all[at] ?? []);
        const plan = await planned(s, service, allKeys(fakeEngine), { ...wholeScope, deletedVolumes: chosen });
        const run = service.run(plan);
        if (cancels) {
          void s.schedule(Promise.resolve(), 'cancel').then(() => {
            run.cancel();
            fakeEngine.closed = true;
          });
        }
        const report: Report = await s.waitFor(run.done);
        const mayGo = new Set(deletedVolumes(plan).map(({ key }) => key));
        expect(all.filter((key) => !fakeEngine.hasVolume(key) && !mayGo.has(key))).toEqual([]);
        for (const { volume, result } of volumeResults(report)) {
          expect([volume.key, result === 'kept' || result === 'left']).toEqual([
            volume.key,
            fakeEngine.hasVolume(volume.key),
          ]);
          if (result === 'kept') kept++;
          if (result === 'deleted') deleted++;
          expect(result).not.toBe('lost');
        }
        if (report.isReconciled && !cancels) expectTrueOutcomes(report, plan, fakeEngine);
        expectNoViolations(service, fakeEngine);
        service.dispose();
      },
    ),
  );
  expect(Math.min(kept, deleted)).toBeGreaterThan(0);
});
