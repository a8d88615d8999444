import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { NodeKey } from '../../src/graph/model/model';
import type { Plan } from '../../src/graph/plan/plan';
import type { RecoveredRun } from '../../src/service';
import { Disk } from './disk';
import { allKeys, wholeScope, expectTrue, expectUntouched, isRemoved, planned } from './expectations';
import { outcomesArbitrary, fleetArbitrary, resolveAll } from './fleet';
import { scheduledClock, interleaveWith } from './schedule';
import { assertProperty, schedulers } from './schedules';
import { advance, microtasks, SimulatedWindow } from './window';
import { FakeEngine } from './world';

vi.setConfig({ testTimeout: 600_000 });

const widths = fc.integer({ min: 1, max: 4 });
/** Milliseconds between two looks at what other windows wrote. */
const look = 2_000;

/** Nodes that go with a deletion of one of these. */
function alongWith(plan: Plan, sent: Iterable<NodeKey>): Set<NodeKey> {
  const targets = new Set(sent);
  return new Set(
    plan.units.flatMap(({ kind, nodes, targets: [first] }) =>
      kind === 'cycle' || (first !== undefined && targets.has(first)) ? nodes : [],
    ),
  );
}

/** Two windows may send the same deletion: the second is told that it is gone. Order holds whoever sends. */
const ofOrder = (breach: string) => breach.includes(' under ');

test('a window killed at any step: the next one settles what it left by the engine, and resumes the rest', async () => {
  const seen = { unwritten: 0, interrupted: 0, over: 0, resumed: 0 };
  const fates = outcomesArbitrary(['ok', 'busy', 'refuse', 'lie', 'cutAfter']);
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary({ running: true }),
      fates,
      widths,
      fc.nat(60),
      async (s, made, fated, width, when) => {
        const turn = interleaveWith(s);
        const clock = advance(scheduledClock(s));
        const world = new FakeEngine('w', turn, { guards: true, events: true });
        const disk = new Disk(clock, turn);
        resolveAll(world, made, fated);
        const before = allKeys(world);
        const first = new SimulatedWindow('one', world, disk, clock, width);
        const volumes = made.volumes.map((name) => world.key(name));
        const plan = await planned(s, first.service, [world.key('c0'), ...volumes]);
        const { done } = first.service.run(plan);
        const death = microtasks(s, when, 'a step nearer to the kill').then(() => first.kill());
        const report = await s.waitFor(Promise.race([done, death.then(() => undefined)]));
        if (report) {
          expectTrue(report, plan, world);
          expect([...disk.files]).toEqual([]);
          seen.over++;
          return first.service.dispose();
        }
        const sent = alongWith(plan, world.removalsSent);
        const underWay = alongWith(plan, world.inFlight);
        const second = new SimulatedWindow('two', world, disk, clock, width);
        second.service.setVisible(true);
        const recovered: RecoveredRun[] = [];
        let told: () => void = () => undefined;
        const telling = new Promise<void>((resolve) => (told = resolve));
        const left = new Map<NodeKey, boolean>();
        second.service.onDidRecover((one) => {
          recovered.push(one);
          for (const key of plan.nodes.keys()) left.set(key, world.has(key));
          told();
        });
        second.service.onDidSetAside(() => told());
        await s.waitFor(second.service.recover());
        const [text] = [...disk.files.values()].map((file) => file.text);
        // A journal is taken over only when it was watched for long enough.
        if (text !== undefined) await s.waitFor(telling);
        if (recovered.length === 0) {
          // Killed before the plan was written: nothing may have been sent.
          expect([...sent]).toEqual([]);
          expect(text ?? '').not.toContain('\n');
          seen.unwritten++;
          return second.service.dispose();
        }
        seen.interrupted++;
        const [{ report: settled, remaining }] = recovered as [RecoveredRun];
        expect([...settled.nodes.keys()].sort()).toEqual([...plan.nodes.keys()].sort());
        for (const [key, { outcome }] of settled.nodes) {
          const gone = isRemoved(settled, key);
          // What the engine was still at may have gone since it was asked; nothing is said to be gone that is not.
          if (!underWay.has(key) || gone)
            expect({ key, outcome, there: left.get(key) }).toEqual({ key, outcome, there: !gone });
          // What was sent was written down before.
          if (sent.has(key)) expect(['removed', 'failed', 'skipped']).toContain(outcome.kind);
          expect(remaining.includes(key)).toBe(!gone);
        }

        world.fates.clear();
        if (remaining.length > 0) {
          const rest = await planned(s, second.service, remaining);
          expect([...rest.nodes.keys()].filter((key) => !plan.nodes.has(key))).toEqual([]);
          await s.waitFor(second.service.run(rest).done);
          seen.resumed++;
        }
        expect([...plan.nodes.keys()].filter((key) => world.has(key))).toEqual([]);
        expectUntouched(world, plan, before);
        expect(world.breaches.filter(ofOrder)).toEqual([]);
        expect([second.service.lockCount, [...disk.files.keys()]]).toEqual([0, []]);
        second.service.dispose();
      },
    ),
  );
  // Each kind of end must have been met, or not all of this was tried.
  expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(0);
});

test('of windows that look at once, one takes over what was left, and no live removal is touched', async () => {
  await assertProperty(
    fc.asyncProperty(schedulers(), fc.integer({ min: 2, max: 4 }), fc.boolean(), async (s, count, isLive) => {
      const turn = interleaveWith(s);
      // Time stands still but for what is said here: a heartbeat that the scheduler keeps waiting is not late.
      const clock = advance({ ...scheduledClock(s), now: () => 0, wallTime: () => 0 });
      const world = new FakeEngine('w', turn);
      const disk = new Disk(clock, turn);
      world.add({ name: 'a' });
      const beats: (() => void)[] = [];
      let taken = 0;
      const beating = { ...clock, after: (_: number, beat: () => void) => (beats.push(beat), () => undefined) };
      const owner = new SimulatedWindow('owner', world, disk, clock, 1, beating);
      const plan = await planned(s, owner.service, allKeys(world), wholeScope);
      await s.waitFor(owner.journal.open(plan));
      if (!isLive) owner.kill();
      const others = Array.from(
        { length: count },
        (_, number) => new SimulatedWindow(`w${number}`, world, disk, clock, 1),
      );
      for (let looks = 0; looks < 6; looks++) {
        const found = await s.waitFor(Promise.all(others.map(({ journal }) => journal.find())));
        taken += found.flatMap(({ interrupted }) => interrupted).length;
        expect(found.flatMap(({ setAside }) => setAside)).toEqual([]);
        if (isLive) expect(found.flatMap(({ otherWindows }) => otherWindows)).toHaveLength(count);
        clock.pass(look);
        const [before] = [...disk.files.values()].map(({ touched }) => touched);
        for (const beat of beats.splice(0)) beat();
        while (isLive && [...disk.files.values()][0]?.touched === before)
          await s.waitFor(microtasks(s, 1, 'a heartbeat'));
      }
      expect([taken, disk.files.size]).toEqual([isLive ? 0 : 1, 1]);
      for (const { service } of others) service.dispose();
    }),
  );
});

test('cancelled while the plan is being written: nothing is sent, and the account says so', async () => {
  await assertProperty(
    fc.asyncProperty(schedulers(), fleetArbitrary({ running: true }), fc.nat(6), async (s, made, when) => {
      const turn = interleaveWith(s);
      const clock = scheduledClock(s);
      const world = new FakeEngine('w', turn);
      const disk = new Disk(clock, turn);
      resolveAll(world, made);
      const { service } = new SimulatedWindow('one', world, disk, clock, 4);
      const plan = await planned(s, service, allKeys(world));
      const removal = service.run(plan);
      void microtasks(s, when, 'a step nearer to the cancel').then(() => {
        removal.cancel();
        world.closed = true;
      });
      const report = await s.waitFor(removal.done);
      expectTrue(report, plan, world);
      expect([world.breaches, service.lockCount, [...disk.files.keys()]]).toEqual([[], 0, []]);
      service.dispose();
    }),
  );
});
