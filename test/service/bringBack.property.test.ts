import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { createService } from '../../src/service';
import type { Report } from '../../src/graph/plan/report';
import '../../src/service/recipes/removalRecipes';
import { nullLog } from '../silent';
import type { ContainerSpec } from './containerModel';
import { InMemoryJournalFs } from './inMemoryJournalFs';
import { type CreationOutcome, RecipeEngine } from './recipeEngine';
import { interleaveWith, scheduledClock } from './schedule';
import { assertProperty, schedulers } from './schedules';

vi.setConfig({ testTimeout: 300_000 });

interface Draft {
  readonly needs: readonly number[];
  readonly inPod: boolean;
  readonly isUp: boolean;
  readonly outcomes: readonly CreationOutcome[];
}

/** Containers that need earlier ones, some in a pod, and how the engine handles their creation. */
const fleets: fc.Arbitrary<readonly Draft[]> = fc.array(
  fc.record({
    needs: fc.uniqueArray(fc.nat(5), { maxLength: 3 }),
    inPod: fc.boolean(),
    isUp: fc.boolean(),
    outcomes: fc.array(fc.constantFrom<CreationOutcome>('ok', 'busy', 'reject', 'dropRequest', 'dropResponse'), {
      maxLength: 1,
    }),
  }),
  { minLength: 1, maxLength: 6 },
);

/** Members of a pod need only each other, so that no cycle leads through it; what runs needs only what runs. */
function specsOf(drafts: readonly Draft[]): ContainerSpec[] {
  return drafts.map(({ needs, inPod, isUp }, index) => ({
    name: `c${index}`,
    state: isUp ? 'running' : 'exited',
    ...(inPod && { pod: 'pod' }),
    needs: needs
      .filter((on) => on < index && drafts[on]?.inPod === inPod && (!isUp || drafts[on]?.isUp))
      .map((on) => `c${on}`),
  }));
}

test('creates nothing before what it needs, each node once, and at last all as it was', () =>
  assertProperty(
    fc.asyncProperty(fleets, schedulers(), async (drafts, s) => {
      const turn = interleaveWith(s);
      const clock = scheduledClock(s);
      const engine = new RecipeEngine('w', turn, { enforcesDependencies: true, events: true });
      engine.addPod('pod');
      for (const spec of specsOf(drafts)) engine.add(spec);
      const files = new InMemoryJournalFs(clock, turn);
      const service = createService(
        {
          clock,
          log: nullLog,
          concurrency: () => 4,
          random: () => 0.5,
          recipes: { files: files.viewOf(() => true), retentionMs: () => 1e12 },
        },
        [{ id: 'w', label: 'w', engine }],
      );
      const before = engine.shape();
      const chosen = engine.names().map((name) => engine.key(name));
      const scope = { chosen, isAll: false };
      const options = { dependents: 'include', running: 'stop' } as const;
      await s.waitFor(service.refresh());
      const removed = await s.waitFor(service.plan(scope, options).then((plan) => service.run(plan).done));
      expect(engine.names()).toEqual([]);
      drafts.forEach(({ outcomes }, index) => engine.creationOutcomes.set(`c${index}`, [...outcomes]));
      const bringBack = async (): Promise<Report> => {
        const again = { ...options, action: 'bringBack', removal: removed.plan.id } as const;
        return service.run(await service.plan(scope, again)).done;
      };
      await s.waitFor(bringBack());
      await s.waitFor(bringBack());
      expect(engine.shape()).toEqual(before);
      expect(new Set(engine.createdIds.map((id) => id.replace(/~.*/, ''))).size).toBe(engine.createdIds.length);
      expect(engine.violations).toEqual([]);
      expect(service.lockCount).toBe(0);
      service.dispose();
    }),
    60,
  ));
