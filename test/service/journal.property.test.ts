import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { NodeKey } from '../../src/graph/model/model';
import type { Plan } from '../../src/graph/plan/plan';
import type { RecoveredRun } from '../../src/service';
import { InMemoryJournalFs } from './inMemoryJournalFs';
import { allKeys, wholeScope, expectTrueOutcomes, expectUntouched, isRemoved, planned } from './expectations';
import { outcomesArbitrary, fleetArbitrary, resolveAll } from './fleet';
import { scheduledClock, interleaveWith } from './schedule';
import { assertProperty, schedulers } from './schedules';
import { advanceableClock, scheduledTurns, SimulatedWindow } from './simulatedWindow';
import { FakeEngine } from './fakeEngine';

vi.setConfig({ testTimeout: 600_000 });

const limits = fc.integer({ min: 1, max: 4 });
/** Milliseconds between two scans for other windows' journals. */
const scanInterval = 2_000;

/** The nodes that a removal of these targets removes. */
function affectedNodes(plan: Plan, sent: Iterable<NodeKey>): Set<NodeKey> {
  const targets = new Set(sent);
  return new Set(
    plan.units.flatMap(({ kind, nodes, targets: [first] }) =>
      kind === 'cycle' || (first !== undefined && targets.has(first)) ? nodes : [],
    ),
  );
}

/** Two windows may both remove a node: the second gets a not-found error. The order must hold. */
const ofOrder = (breach: string) => breach.includes(' under ');

test('a window killed at any step: the next one reconciles its run and resumes the rest', async () => {
  const seen = { unwritten: 0, interrupted: 0, over: 0, resumed: 0 };
  const scriptedOutcomes = outcomesArbitrary(['ok', 'busy', 'reject', 'falseSuccess', 'dropResponse']);
  await assertProperty(
    fc.asyncProperty(
      schedulers(),
      fleetArbitrary({ running: true }),
      scriptedOutcomes,
      limits,
      fc.nat(60),
      async (s, fleet, outcomes, limit, when) => {
        const turn = interleaveWith(s);
        const clock = advanceableClock(scheduledClock(s));
        const fakeEngine = new FakeEngine('w', turn, { enforcesDependencies: true, events: true });
        const disk = new InMemoryJournalFs(clock, turn);
        resolveAll(fakeEngine, fleet, outcomes);
        const before = allKeys(fakeEngine);
        const first = new SimulatedWindow('one', fakeEngine, disk, clock, limit);
        const volumes = fleet.volumes.map((name) => fakeEngine.key(name));
        const plan = await planned(s, first.service, [fakeEngine.key('c0'), ...volumes]);
        const { done } = first.service.run(plan);
        const death = scheduledTurns(s, when, 'a step nearer to the kill').then(() => first.kill());
        const report = await s.waitFor(Promise.race([done, death.then(() => undefined)]));
        if (report) {
          expectTrueOutcomes(report, plan, fakeEngine);
          expect([...disk.files]).toEqual([]);
          seen.over++;
          return first.service.dispose();
        }
        const sent = affectedNodes(plan, fakeEngine.removalsSent);
        const inFlight = affectedNodes(plan, fakeEngine.inFlight);
        const second = new SimulatedWindow('two', fakeEngine, disk, clock, limit);
        second.service.setVisible(true);
        const recovered: RecoveredRun[] = [];
        let resolveRecovery: () => void = () => undefined;
        const recovery = new Promise<void>((resolve) => (resolveRecovery = resolve));
        const left = new Map<NodeKey, boolean>();
        second.service.onDidRecover((one) => {
          recovered.push(one);
          for (const key of plan.nodes.keys()) left.set(key, fakeEngine.has(key));
          resolveRecovery();
        });
        second.service.onDidQuarantine(() => resolveRecovery());
        await s.waitFor(second.service.recover());
        const [text] = [...disk.files.values()].map((file) => file.text);
        // A journal is adopted only after it was stale for long enough.
        if (text !== undefined) await s.waitFor(recovery);
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
          // A removal in progress may have finished since.
          if (!inFlight.has(key) || gone)
            expect({ key, outcome, there: left.get(key) }).toEqual({ key, outcome, there: !gone });
          // The start was recorded before the request.
          if (sent.has(key)) expect(['removed', 'failed', 'skipped']).toContain(outcome.kind);
          expect(remaining.includes(key)).toBe(!gone);
        }

        fakeEngine.scriptedOutcomes.clear();
        if (remaining.length > 0) {
          const rest = await planned(s, second.service, remaining);
          expect([...rest.nodes.keys()].filter((key) => !plan.nodes.has(key))).toEqual([]);
          await s.waitFor(second.service.run(rest).done);
          seen.resumed++;
        }
        await s.waitFor((recovered[0] as RecoveredRun).close());
        expect([...plan.nodes.keys()].filter((key) => fakeEngine.has(key))).toEqual([]);
        expectUntouched(fakeEngine, plan, before);
        expect(fakeEngine.violations.filter(ofOrder)).toEqual([]);
        expect([second.service.lockCount, [...disk.files.keys()]]).toEqual([0, []]);
        second.service.dispose();
      },
    ),
  );
  // Every case must have occurred.
  expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(0);
});

test('of several windows, one adopts an interrupted run, and none a live one', async () => {
  await assertProperty(
    fc.asyncProperty(schedulers(), fc.integer({ min: 2, max: 4 }), fc.boolean(), async (s, count, isLive) => {
      const turn = interleaveWith(s);
      // A manual clock: a heartbeat delayed by the scheduler is not late.
      const clock = advanceableClock({ ...scheduledClock(s), now: () => 0, wallTime: () => 0 });
      const fakeEngine = new FakeEngine('w', turn);
      const disk = new InMemoryJournalFs(clock, turn);
      fakeEngine.add({ name: 'a' });
      const beats: (() => void)[] = [];
      let taken = 0;
      const beating = { ...clock, after: (_: number, beat: () => void) => (beats.push(beat), () => undefined) };
      const owner = new SimulatedWindow('owner', fakeEngine, disk, clock, 1, beating);
      const plan = await planned(s, owner.service, allKeys(fakeEngine), wholeScope);
      await s.waitFor(owner.journal.open(plan));
      if (!isLive) owner.kill();
      const others = Array.from(
        { length: count },
        (_, number) => new SimulatedWindow(`w${number}`, fakeEngine, disk, clock, 1),
      );
      for (let scans = 0; scans < 6; scans++) {
        const found = await s.waitFor(Promise.all(others.map(({ journal }) => journal.scan())));
        taken += found.flatMap(({ interrupted }) => interrupted).length;
        expect(found.flatMap(({ quarantined }) => quarantined)).toEqual([]);
        if (isLive) expect(found.flatMap(({ otherWindows }) => otherWindows)).toHaveLength(count);
        clock.pass(scanInterval);
        const [before] = [...disk.files.values()].map(({ touched }) => touched);
        for (const beat of beats.splice(0)) beat();
        while (isLive && [...disk.files.values()][0]?.touched === before)
          await s.waitFor(scheduledTurns(s, 1, 'a heartbeat'));
      }
      expect([taken, disk.files.size]).toEqual([isLive ? 0 : 1, 1]);
      for (const { service } of others) service.dispose();
    }),
  );
});

test('cancelled while the plan is written: nothing is sent, and the report is true', async () => {
  await assertProperty(
    fc.asyncProperty(schedulers(), fleetArbitrary({ running: true }), fc.nat(6), async (s, fleet, when) => {
      const turn = interleaveWith(s);
      const clock = scheduledClock(s);
      const fakeEngine = new FakeEngine('w', turn);
      const disk = new InMemoryJournalFs(clock, turn);
      resolveAll(fakeEngine, fleet);
      const { service } = new SimulatedWindow('one', fakeEngine, disk, clock, 4);
      const plan = await planned(s, service, allKeys(fakeEngine));
      const removal = service.run(plan);
      void scheduledTurns(s, when, 'a step nearer to the cancel').then(() => {
        removal.cancel();
        fakeEngine.closed = true;
      });
      const report = await s.waitFor(removal.done);
      expectTrueOutcomes(report, plan, fakeEngine);
      expect([fakeEngine.violations, service.lockCount, [...disk.files.keys()]]).toEqual([[], 0, []]);
      service.dispose();
    }),
  );
});
