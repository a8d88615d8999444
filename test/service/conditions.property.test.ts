import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { NodeKey } from '../../src/graph/model/model';
import type { PlanOptions } from '../../src/graph/plan/plan';
import type { ContainerSpec } from './containerModel';
import { allKeys, expectNoViolations, planned } from './expectations';
import type { FakeEngine } from './fakeEngine';
import { setupRun } from './runSetup';
import { assertProperty, schedulers } from './schedules';

vi.setConfig({ testTimeout: 300_000 });

const start: PlanOptions = { action: 'start', dependents: 'include', running: 'stop' };
const restart: PlanOptions = { ...start, action: 'restart' };

const conditions = ['service_started', 'service_healthy', 'service_completed_successfully'] as const;

interface Draft {
  readonly kind: 'plain' | 'healthy' | 'unhealthy' | 'never' | 'succeeds' | 'fails';
  readonly dependsOn: readonly (readonly [index: number, condition: (typeof conditions)[number]])[];
}

/** A compose project; services depend on earlier ones. */
const projects = fc
  .array(
    fc.record({
      kind: fc.constantFrom<Draft['kind']>('plain', 'healthy', 'unhealthy', 'never', 'succeeds', 'fails'),
      dependsOn: fc.uniqueArray(fc.tuple(fc.nat(5), fc.constantFrom(...conditions)), {
        maxLength: 2,
        selector: ([index]) => index,
      }),
    }),
    { minLength: 2, maxLength: 6 },
  )
  .map((drafts) =>
    drafts.map((draft, index) => ({ ...draft, dependsOn: draft.dependsOn.filter(([on]) => on < index) })),
  );

const specs: Record<Draft['kind'], Partial<ContainerSpec>> = {
  plain: {},
  healthy: { health: 'healthy' },
  unhealthy: { health: 'unhealthy' },
  never: { health: 'starting' },
  succeeds: { exitsAtOnce: true },
  fails: { exitsAtOnce: true, exitCode: 1 },
};

function projectOf(drafts: readonly Draft[]): ContainerSpec[] {
  return drafts.map(({ kind, dependsOn }, index) => ({
    name: `c${index}`,
    ...specs[kind],
    labels: {
      'com.docker.compose.project': 'p',
      'com.docker.compose.service': `c${index}`,
      'com.docker.compose.depends_on': dependsOn.map(([on, condition]) => `c${on}:${condition}:false`).join(','),
    },
  }));
}

const running = (spec: ContainerSpec): ContainerSpec => ({ ...spec, state: 'running' });

/** Records, for each start request, which of its conditions did not hold at that moment. */
function watchStarts(fakeEngine: FakeEngine, drafts: readonly Draft[]): { started: string[]; broken: string[] } {
  const seen = { started: [] as string[], broken: [] as string[] };
  const [startNow, restartNow] = [fakeEngine.start.bind(fakeEngine), fakeEngine.restart.bind(fakeEngine)];
  const record = (key: NodeKey) => {
    const index = Number(key.slice(key.lastIndexOf('c') + 1));
    seen.started.push(`c${index}`);
    for (const [on, condition] of drafts[index]?.dependsOn ?? []) {
      const { kind } = drafts[on] as Draft;
      const node = fakeEngine.observe(`c${on}`);
      const isHealthy = condition !== 'service_healthy' || !specs[kind].health || node.health === 'healthy';
      const isCompleted =
        condition !== 'service_completed_successfully' || (node.state === 'exited' && node.exitCode === 0);
      if (!isHealthy || !isCompleted || !seen.started.includes(`c${on}`)) seen.broken.push(`c${index} before c${on}`);
    }
  };
  fakeEngine.start = (key) => {
    record(key);
    return startNow(key);
  };
  fakeEngine.restart = (key) => {
    record(key);
    return restartNow(key);
  };
  return seen;
}

/** Whether a service can be started at all, by the results of those before it. */
function expected(drafts: readonly Draft[]): boolean[] {
  const canStart: boolean[] = [];
  for (const { dependsOn } of drafts) {
    canStart.push(
      dependsOn.every(([on, condition]) => {
        const { kind } = drafts[on] as Draft;
        if (!canStart[on]) return false;
        if (condition === 'service_completed_successfully') return kind === 'succeeds';
        if (condition === 'service_started') return true;
        // Without a check there is no wait, but a container that has ended is not healthy.
        return kind === 'healthy' || kind === 'plain';
      }),
    );
  }
  return canStart;
}

const isDecidable = (drafts: readonly Draft[]) =>
  drafts.every(({ dependsOn }) =>
    dependsOn.every(([on, condition]) => {
      const { kind } = drafts[on] as Draft;
      const ends = kind === 'succeeds' || kind === 'fails';
      // A container that never ends is waited for until a cancel; one without a check may end before or after its dependent.
      return condition === 'service_completed_successfully' ? ends : condition !== 'service_healthy' || !ends;
    }),
  );

test('no container starts before its conditions hold, and every other one has a reason', async () => {
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      projects.filter(isDecidable),
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      fc.boolean(),
      async (s, drafts, limit, events, isRestart) => {
        const containers = projectOf(drafts).map((one) => (isRestart && !one.exitsAtOnce ? running(one) : one));
        const fleet = { pods: [], volumes: [], containers };
        const { fakeEngine, service } = setupRun(s, fleet, { limit, engine: { enforcesDependencies: false, events } });
        // The result of before a restart must not count.
        for (const { name, health, state } of containers) if (health && state) fakeEngine.setHealth(name, 'healthy');
        const seen = watchStarts(fakeEngine, drafts);
        const plan = await planned(s, service, allKeys(fakeEngine), isRestart ? restart : start);
        const report = await s.waitFor(service.run(plan).done);
        expect(seen.broken).toEqual([]);
        const outcomes = drafts.map((_, index) => report.nodes.get(fakeEngine.key(`c${index}`))?.outcome);
        expect(outcomes.map((one) => one?.kind)).toEqual(expected(drafts).map((can) => (can ? 'done' : 'skipped')));
        for (const outcome of outcomes) if (outcome?.kind === 'skipped') expect(outcome.unmet).toBeDefined();
        expectNoViolations(service, fakeEngine);
        service.dispose();
      },
    ),
  );
});

test('a wait holds no permit: with one permit, all others start meanwhile', async () => {
  await assertProperty(
    fc.asyncProperty(schedulers(), fc.integer({ min: 1, max: 4 }), async (s, others) => {
      const drafts: Draft[] = [
        { kind: 'plain', dependsOn: [] },
        // Never: c0 does not end.
        { kind: 'plain', dependsOn: [[0, 'service_completed_successfully']] },
        // A chain, so that its last one is ready after c1.
        ...Array.from({ length: others }, (_, at): Draft => ({
          kind: 'plain',
          dependsOn: [[at === 0 ? 0 : at + 1, 'service_started']],
        })),
      ];
      const fleet = { pods: [], volumes: [], containers: projectOf(drafts) };
      const { fakeEngine, service } = setupRun(s, fleet, { limit: 1 });
      const seen = watchStarts(fakeEngine, drafts);
      const plan = await planned(s, service, allKeys(fakeEngine), start);
      const run = service.run(plan);
      const waits = new Promise<void>((resolve) => {
        run.onDidProgress(({ finished, active }) => {
          const phases = [...active.values()].map(({ phase }) => phase);
          if (finished === drafts.length - 1 && phases.includes('waitingForCondition')) resolve();
        });
      });
      await s.waitFor(Promise.race([waits, run.done]));
      expect(seen.started.filter((name) => name !== 'c1')).toHaveLength(drafts.length - 1);
      run.startAnyway();
      const report = await s.waitFor(run.done);
      for (const { outcome } of report.nodes.values()) expect(outcome.kind).toBe('done');
      expectNoViolations(service, fakeEngine);
      service.dispose();
    }),
  );
});

test('a cancel ends a wait, and nothing starts after it', async () => {
  await assertProperty(
    fc.asyncProperty(schedulers(), async (s) => {
      const drafts: Draft[] = [
        { kind: 'plain', dependsOn: [] },
        { kind: 'plain', dependsOn: [[0, 'service_completed_successfully']] },
      ];
      const fleet = { pods: [], volumes: [], containers: projectOf(drafts) };
      const { fakeEngine, service } = setupRun(s, fleet);
      const plan = await planned(s, service, allKeys(fakeEngine), start);
      const run = service.run(plan);
      const key: NodeKey = fakeEngine.key('c1');
      await s.waitFor(
        new Promise<void>((resolve) => {
          run.onDidProgress(({ active }) => {
            if (active.get(key)?.phase === 'waitingForCondition') resolve();
          });
        }),
      );
      run.cancel();
      const report = await s.waitFor(run.done);
      expect(report.nodes.get(key)?.outcome).toEqual({ kind: 'notAttempted', reason: 'cancelled' });
      expect(fakeEngine.stateOf(key)).toBe('exited');
      expectNoViolations(service, fakeEngine);
      service.dispose();
    }),
  );
});
