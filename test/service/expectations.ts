import type fc from 'fast-check';
import { expect } from 'vitest';
import type { NodeKey } from '../../src/graph/model/model';
import type { PlanOptions, Plan } from '../../src/graph/plan/plan';
import type { Report } from '../../src/graph/plan/report';
import type { Service } from '../../src/service';
import type { FakeEngine } from './fakeEngine';

/** With force and all dependents. */
export const wholeScope: PlanOptions = { dependents: 'include', running: 'stop' };

/** A plan with all nodes. If a schedule lets inspections time out, it plans again. */
export async function planned(
  s: fc.Scheduler,
  service: Service,
  chosen: readonly NodeKey[],
  options = wholeScope,
): Promise<Plan> {
  for (;;) {
    const plan = await s.waitFor(service.plan({ chosen, isAll: false }, options));
    if (![...service.snapshot.graph.nodes.values()].some(({ unmanageable }) => unmanageable)) return plan;
  }
}

export function allKeys(fakeEngine: FakeEngine): NodeKey[] {
  return fakeEngine.names().map((name) => fakeEngine.key(name));
}

export function isRemoved(report: Report, key: NodeKey): boolean {
  const outcome = report.nodes.get(key)?.outcome;
  return outcome?.kind === 'removed' || outcome?.kind === 'alreadyRemoved';
}

/**
 * Every node has an outcome, and it matches the engine's state.
 *
 * @param wentLater nodes removed by another client since the report
 */
export function expectTrueOutcomes(
  report: Report,
  plan: Plan,
  fakeEngine: FakeEngine,
  wentLater: (key: NodeKey) => boolean = () => false,
) {
  expect([...report.nodes.keys()].sort()).toEqual([...plan.nodes.keys()].sort());
  for (const [key, { outcome }] of report.nodes) {
    const present = !isRemoved(report, key) && !wentLater(key);
    expect({ key, outcome, present: fakeEngine.has(key) }).toEqual({ key, outcome, present });
  }
}

export function expectUntouched(fakeEngine: FakeEngine, plan: Plan, before: readonly NodeKey[]) {
  for (const key of before) if (!plan.nodes.has(key)) expect(fakeEngine.has(key)).toBe(true);
}

export function expectNoViolations(service: Service, ...fakeEngines: FakeEngine[]) {
  expect(service.lockCount).toBe(0);
  expect(service.runs.size).toBe(0);
  for (const fakeEngine of fakeEngines) expect(fakeEngine.violations).toEqual([]);
}
