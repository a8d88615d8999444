import type fc from 'fast-check';
import { expect } from 'vitest';
import { isActive, type NodeKey } from '../../src/graph/model/model';
import { type CurrentState, isSuccess, type NodeReport, type Report } from '../../src/graph/plan/report';
import type { Run } from '../../src/service';
import type { FakeEngine } from './fakeEngine';

/** A report, with the times between which the engine was listed for it. */
interface TimedReport {
  readonly report: Report;
  readonly from: number;
  readonly to: number;
}

export function timedReport(report: Report, fakeEngine: FakeEngine): TimedReport {
  // The last two lists may be for the view, requested while the run processed the response to its own.
  return { report, from: fakeEngine.listedAt.at(-3) ?? 0, to: fakeEngine.history.now };
}

/** Waits for the end of a run. */
export function awaitReport(s: fc.Scheduler, fakeEngine: FakeEngine, run: Run): Promise<TimedReport> {
  return s.waitFor(run.done.then((report) => timedReport(report, fakeEngine)));
}

/**
 * Every node has an outcome and a state that the engine had, and exactly the incomplete changes are reported as partial.
 *
 * @param before states at planning
 */
export function expectAccurateReport(
  timed: TimedReport,
  fakeEngine: FakeEngine,
  before: ReadonlyMap<NodeKey, CurrentState>,
) {
  const { report, from, to } = timed;
  expect([...report.nodes.keys()].sort()).toEqual([...report.plan.nodes.keys()].sort());
  for (const [key, entry] of report.nodes) {
    const { node, state } = entry;
    if (!report.isReconciled) {
      expect({ key, state, known: state === 'unknown' }).toEqual({ key, state, known: true });
      continue;
    }
    if (node.kind === 'container') {
      const states = fakeEngine.history.during(key, from, to);
      expect({ key, state, states }).toEqual({ key, state, states: expect.arrayContaining([state]) as unknown });
    } else expect({ key, state }).toEqual({ key, state: fakeEngine.has(key) ? 'present' : 'gone' });
    expectTrueOutcome(key, entry, report, fakeEngine);
    if (node.kind === 'container') expectTruePart(key, entry, fakeEngine, before.get(key) ?? 'gone');
  }
}

function expectTrueOutcome(
  key: NodeKey,
  { node, outcome, state }: NodeReport,
  { plan }: Report,
  fakeEngine: FakeEngine,
) {
  const isGone = outcome.kind === 'removed' || outcome.kind === 'alreadyRemoved';
  expect({ key, outcome, gone: isGone && state !== 'gone' }).toEqual({ key, outcome, gone: false });
  if (plan.action === 'remove') expect({ key, outcome, isGone }).toEqual({ key, outcome, isGone: state === 'gone' });
  if (node.kind !== 'container' || !isSuccess(outcome)) return;
  const isRunning = state !== 'gone' && state !== 'present' && isActive(state);
  const started = fakeEngine.history.started.has(key);
  if (plan.action === 'start') expect({ key, outcome, ran: isRunning || started }).toEqual({ key, outcome, ran: true });
  if (plan.action === 'restart') expect({ key, outcome, started }).toEqual({ key, outcome, started: true });
  if (plan.action === 'stop') expect({ key, outcome, isRunning }).toEqual({ key, outcome, isRunning: false });
}

function expectTruePart(key: NodeKey, entry: NodeReport, fakeEngine: FakeEngine, before: CurrentState) {
  const { outcome, partial, state } = entry;
  const { stopSent, stopRequested, unpauseSent } = fakeEngine.history;
  if (state === 'gone' || state === 'present') return expect({ key, partial }).toEqual({ key, partial: undefined });
  const [sent, isRunning] = [stopRequested.has(key), isActive(state)];
  const claim = { key, outcome, state, partial };
  if (partial === 'stopped') expect({ ...claim, sent, isRunning }).toEqual({ ...claim, sent: true, isRunning: false });
  if (partial === 'stopping') expect({ ...claim, sent, isRunning }).toEqual({ ...claim, sent: true, isRunning: true });
  if (partial === 'resumed') {
    const resumed = unpauseSent.has(key);
    expect({ ...claim, resumed }).toEqual({ ...claim, resumed: true });
  }
  // The reverse: every container that the run stopped is reported.
  const wasStopped =
    !isSuccess(outcome) &&
    stopSent.has(key) &&
    !isRunning &&
    before !== 'gone' &&
    before !== 'present' &&
    isActive(before);
  if (wasStopped) expect(claim).toEqual({ ...claim, partial: 'stopped' });
}
