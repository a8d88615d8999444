import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { createService } from '../../src/service';
import '../../src/service/recipes/removalRecipes';
import { nullLog } from '../silent';
import type { ContainerSpec } from './containerModel';
import { allKeys, planned, wholeScope } from './expectations';
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
      const scheduled = interleaveWith(s);
      let isScheduled = false;
      const turn: typeof scheduled = (label) => (isScheduled ? scheduled(label) : Promise.resolve());
      const clock = scheduledClock(s);
      const engine = new RecipeEngine('w', turn, { enforcesDependencies: true, events: true });
      if (drafts.some(({ inPod }) => inPod)) engine.addPod('pod');
      for (const spec of specsOf(drafts)) engine.add(spec);
      const recipes = { files: new InMemoryJournalFs(clock, turn).viewOf(() => true), retentionMs: () => 1e12 };
      const deps = { clock, log: nullLog, concurrency: () => 4, random: () => 0.5, recipes };
      const service = createService(deps, [{ id: 'w', label: 'w', engine }]);
      const before = engine.shape();
      const chosen = allKeys(engine);
      const removal = await planned(s, service, chosen);
      await s.waitFor(service.run(removal).done);
      expect(engine.names()).toEqual([]);
      drafts.forEach(({ outcomes }, index) => engine.creationOutcomes.set(`c${index}`, [...outcomes]));
      const options = { ...wholeScope, action: 'bringBack', removal: removal.id } as const;
      const first = await planned(s, service, chosen, options);
      isScheduled = true;
      await s.waitFor(service.run(first).done);
      isScheduled = false;
      engine.creationOutcomes.clear();
      await s.waitFor(service.run(await planned(s, service, chosen, options)).done);
      expect(engine.shape()).toEqual(before);
      const names = engine.createdIds.map((id) => id.replace(/~.*/, ''));
      expect(new Set(names).size).toBe(names.length);
      expect(engine.violations).toEqual([]);
      expect(service.lockCount).toBe(0);
      service.dispose();
    }),
    40,
  ));
