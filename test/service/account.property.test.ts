import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { Action } from '../../src/graph/action';
import { isActive, type NodeKey } from '../../src/graph/model';
import type { PlanOptions } from '../../src/graph/plan';
import type { CurrentState, Report } from '../../src/graph/report';
import { accountNow, accountOf, expectTrueClaims } from './claims';
import { allKeys, expectQuiet, planned } from './expectations';
import type { Fleet } from './fleet';
import { fatesFor, fleets, settleIn } from './fleet';
import type { Made } from './population';
import { scheduledClock, scheduledTurn, serviceOver } from './schedule';
import { accountRuns, holds, schedulers } from './schedules';
import { World } from './world';

vi.setConfig({ testTimeout: 300_000 });

const faults = ['ok', 'busy', 'refuse', 'lie', 'cutAfter', 'vanish', 'cutBefore'] as const;
const actions = fc.constantFrom<Action>('remove', 'stop', 'restart', 'start', 'kill', 'pause');
const widths = fc.integer({ min: 1, max: 3 });

/** How one container behaves beside its place in the graph. */
const traits = fc.record({
  slow: fc.integer({ min: 0, max: 4 }),
  stopTimeout: fc.constantFrom(0, 1, 10, 60),
  brief: fc.boolean(),
  autoRemove: fc.boolean(),
  paused: fc.boolean(),
});
const manners = fc.array(traits, { minLength: 9, maxLength: 9 });
type Traits = typeof traits extends fc.Arbitrary<infer T> ? T : never;

function behaving(fleet: Fleet, all: readonly Traits[]): Fleet {
  const containers = fleet.containers.map((one, number): Made => {
    const { slow, stopTimeout, brief, autoRemove, paused } = all[number % all.length] as Traits;
    const isPaused = paused && one.state === 'running';
    return {
      ...one,
      slow,
      stopTimeout,
      brief,
      autoRemove: brief && autoRemove,
      ...(isPaused ? { state: 'paused' } : {}),
    };
  });
  return { ...fleet, containers };
}

type Deed = 'cancel' | 'restart' | 'unpause' | 'clock forward' | 'clock back';
const deeds = fc.array(
  fc.record({
    deed: fc.constantFrom<Deed>('cancel', 'restart', 'unpause', 'clock forward', 'clock back'),
    at: fc.nat(8),
    after: fc.nat(30),
  }),
  { maxLength: 5 },
);

const statesIn = (world: World) =>
  new Map(allKeys(world).map((key): [NodeKey, CurrentState] => [key, world.stateOf(key) ?? 'present']));

const along = (action: Action): PlanOptions => ({ action, dependents: 'include', running: 'stop' });

async function turns(s: fc.Scheduler, count: number, label: string) {
  for (let left = count; left > 0; left--) await s.schedule(Promise.resolve(), label);
}

const hour = 3_600_000;
/** Milliseconds that a cancelled restart waits at least for what it has sent a stop. */
const patience = 10_000;

test('whatever others do meanwhile, every claim of the account is what the engine holds', async () => {
  await holds(
    fc.asyncProperty(
      schedulers(),
      fleets({ running: true }),
      fatesFor(faults),
      manners,
      deeds,
      fc.tuple(actions, widths, fc.boolean()),
      async (s, plain, fates, behaviour, others, [action, width, guards]) => {
        const fleet = behaving(plain, behaviour);
        const world = new World('w', scheduledTurn(s), { guards, events: true, grace: 2 });
        settleIn(world, fleet, fates);
        const clock = scheduledClock(s);
        const service = serviceOver([world], clock, width);
        const before = statesIn(world);
        const plan = await planned(s, service, allKeys(world), along(action));
        if (plan.blockers.length > 0) return service.dispose();
        const run = service.run(plan);
        const doing = others.map(async ({ deed, at, after }) => {
          await turns(s, after, deed);
          const name = fleet.containers[at % fleet.containers.length]?.name ?? '';
          if (deed === 'cancel') run.cancel();
          if (deed === 'restart') world.restartByOthers(name);
          if (deed === 'unpause') world.unpauseByOthers(name);
          if (deed === 'clock forward') clock.setForward(hour);
          if (deed === 'clock back') clock.setForward(-hour);
        });
        const account = await accountOf(s, world, run);
        await s.waitFor(Promise.all(doing));
        expectTrueClaims(account, world, before);
        expect(service.lockCount).toBe(0);
        service.dispose();
      },
    ),
    accountRuns,
  );
}, 1_800_000);

test('a cancelled restart brings up again what it took down (A1)', async () => {
  await holds(
    fc.asyncProperty(
      schedulers(),
      fleets({ running: true }),
      manners,
      fc.tuple(widths, fc.nat(60)),
      async (s, plain, behaviour, [width, after]) => {
        const lasting = behaviour.map((one) => ({ ...one, brief: false }));
        const containers = plain.containers.map((one) => ({ ...one, state: 'running' as const }));
        const world = new World('w', scheduledTurn(s), { guards: false, events: true, grace: 4 });
        settleIn(world, behaving({ ...plain, containers }, lasting));
        const clock = scheduledClock(s);
        const service = serviceOver([world], clock, width);
        service.setVisible(true);
        const before = statesIn(world);
        const plan = await planned(s, service, allKeys(world), along('restart'));
        const run = service.run(plan);
        let cancelledAt = Infinity;
        void turns(s, after, 'cancel').then(() => {
          cancelledAt = clock.now();
          run.cancel();
        });
        const account = await accountOf(s, world, run);
        expectTrueClaims(account, world, before);
        // What takes longer to stop than a cancelled restart waits is not brought up again, and that is said.
        const gaveUp = clock.now() - cancelledAt >= patience;
        if (gaveUp && [...account.report.nodes.values()].some(({ partial }) => partial === 'stopped')) {
          return service.dispose();
        }
        for (const [key, state] of before) {
          if (state === 'present' || state === 'gone' || !isActive(state)) continue;
          const now = world.stateOf(key);
          const { outcome, partial } = account.report.nodes.get(key) ?? {};
          expect({ key, outcome, partial, now, up: isActive(now ?? 'exited') }).toEqual({
            key,
            outcome,
            partial,
            now,
            up: true,
          });
        }
        expectQuiet(service, world);
        service.dispose();
      },
    ),
  );
});

test('an engine that is lost after early stops, and is back: what was stopped is said (A1)', async () => {
  let stopped = 0;
  await holds(
    fc.asyncProperty(
      schedulers(),
      fleets({ running: true }),
      manners,
      fc.tuple(fc.constantFrom<Action>('remove', 'restart', 'stop'), widths, fc.nat(60)),
      async (s, plain, behaviour, [action, width, after]) => {
        const world = new World('w', scheduledTurn(s), { guards: false, events: true, grace: 4 });
        settleIn(world, behaving(plain, behaviour));
        const service = serviceOver([world], scheduledClock(s), width);
        service.setVisible(true);
        const before = statesIn(world);
        const plan = await planned(s, service, allKeys(world), along(action));
        if (plan.blockers.length > 0) return service.dispose();
        const settled = new Promise<Report>((resolve) => service.onDidSettle(resolve));
        const run = service.run(plan);
        void turns(s, after, 'the engine dies').then(() => world.die());
        const first = await accountOf(s, world, run);
        world.reachable = true;
        expectTrueClaims(first, world, before);
        if (!first.report.settled) {
          const report = await s.waitFor(settled);
          expectTrueClaims(accountNow(report, world), world, before);
          for (const { partial } of report.nodes.values()) if (partial === 'stopped') stopped++;
        }
        service.dispose();
      },
    ),
  );
  expect(stopped).toBeGreaterThan(0);
});

test('what ends by itself as soon as it is started, and is then removed, was started (A3, A4)', async () => {
  await holds(
    fc.asyncProperty(
      schedulers(),
      fc.array(fc.constantFrom<'rm' | 'once' | 'always' | 'lasting'>('rm', 'once', 'always', 'lasting'), {
        minLength: 1,
        maxLength: 5,
      }),
      fc.tuple(widths, fc.boolean(), fc.boolean()),
      async (s, kinds, [width, inPod, events]) => {
        const world = new World('w', scheduledTurn(s), { guards: true, events });
        if (inPod) world.addPod('p');
        kinds.forEach((kind, number) =>
          world.add({
            name: `c${number}`,
            state: 'created',
            ...(inPod ? { pod: 'p' } : {}),
            brief: kind !== 'lasting',
            autoRemove: kind === 'rm',
            ...(kind === 'once' || kind === 'always' ? { initContainer: kind } : {}),
          }),
        );
        const service = serviceOver([world], scheduledClock(s), width);
        const before = statesIn(world);
        const plan = await planned(s, service, allKeys(world), along('start'));
        const account = await accountOf(s, world, service.run(plan));
        expectTrueClaims(account, world, before);
        for (const [key, { outcome, attempts }] of account.report.nodes) {
          expect({ key, outcome, attempts }).toEqual({ key, outcome: { kind: 'done' }, attempts: 1 });
        }
        service.dispose();
      },
    ),
  );
});
