import type fc from 'fast-check';
import { expect } from 'vitest';
import { isActive, type NodeKey } from '../../src/graph/model';
import type { CurrentState, NodeReport, Report } from '../../src/graph/report';
import { isGood } from '../../src/graph/report';
import type { Run } from '../../src/service/index';
import type { World } from './world';

/** A report, with the moments between which its engine was asked for the states in it. */
export interface Account {
  readonly report: Report;
  readonly from: number;
  readonly to: number;
}

export function accountNow(report: Report, world: World): Account {
  // The last list may be one for the view, asked while the run still took in the answer to its own.
  return { report, from: world.askedAt.at(-2) ?? 0, to: world.chronicle.now };
}

/** Lets a run end, and takes down when that was. */
export function accountOf(s: fc.Scheduler, world: World, run: Run): Promise<Account> {
  return s.waitFor(run.done.then((report) => accountNow(report, world)));
}

/**
 * Every claim of the account is true: each node has an outcome and a state, the state is one that the engine was in when it
 * was asked, and what the run has changed without completing its action is said, and said of nothing else.
 *
 * @param before the states that the nodes were planned in
 */
export function expectTrueClaims(account: Account, world: World, before: ReadonlyMap<NodeKey, CurrentState>) {
  const { report, from, to } = account;
  expect([...report.nodes.keys()].sort()).toEqual([...report.plan.nodes.keys()].sort());
  for (const [key, entry] of report.nodes) {
    const { node, state } = entry;
    if (!report.settled) {
      expect({ key, state, known: state === 'unknown' }).toEqual({ key, state, known: true });
      continue;
    }
    if (node.kind === 'container') {
      const states = world.chronicle.during(key, from, to);
      expect({ key, state, states }).toEqual({ key, state, states: expect.arrayContaining([state]) as unknown });
    } else expect({ key, state }).toEqual({ key, state: world.has(key) ? 'present' : 'gone' });
    expectTrueOutcome(key, entry, report, world);
    if (node.kind === 'container') expectTruePart(key, entry, world, before.get(key) ?? 'gone');
  }
}

function expectTrueOutcome(key: NodeKey, { node, outcome, state }: NodeReport, { plan }: Report, world: World) {
  const isGone = outcome.kind === 'removed' || outcome.kind === 'alreadyGone';
  expect({ key, outcome, gone: isGone && state !== 'gone' }).toEqual({ key, outcome, gone: false });
  if (plan.action === 'remove') expect({ key, outcome, isGone }).toEqual({ key, outcome, isGone: state === 'gone' });
  if (node.kind !== 'container' || !isGood(outcome)) return;
  const isUp = state !== 'gone' && state !== 'present' && isActive(state);
  const started = world.chronicle.started.has(key);
  if (plan.action === 'start') expect({ key, outcome, ran: isUp || started }).toEqual({ key, outcome, ran: true });
  if (plan.action === 'restart') expect({ key, outcome, started }).toEqual({ key, outcome, started: true });
  if (plan.action === 'stop') expect({ key, outcome, isUp }).toEqual({ key, outcome, isUp: false });
}

function expectTruePart(key: NodeKey, entry: NodeReport, world: World, before: CurrentState) {
  const { outcome, partial, state } = entry;
  const { stopSent, stopCalled, unpauseSent } = world.chronicle;
  if (state === 'gone' || state === 'present') return expect({ key, partial }).toEqual({ key, partial: undefined });
  const [sent, isUp] = [stopCalled.has(key), isActive(state)];
  const claim = { key, outcome, state, partial };
  if (partial === 'stopped') expect({ ...claim, sent, isUp }).toEqual({ ...claim, sent: true, isUp: false });
  if (partial === 'stopping') expect({ ...claim, sent, isUp }).toEqual({ ...claim, sent: true, isUp: true });
  if (partial === 'resumed') {
    const resumed = unpauseSent.has(key);
    expect({ ...claim, resumed }).toEqual({ ...claim, resumed: true });
  }
  // And the other way round: nothing was taken down untold.
  const tookDown =
    !isGood(outcome) && stopSent.has(key) && !isUp && before !== 'gone' && before !== 'present' && isActive(before);
  if (tookDown) expect(claim).toEqual({ ...claim, partial: 'stopped' });
}
