import { parseState } from '../../../src/engine/responses/containers';
import type { NodeKey } from '../../../src/graph/model/model';
import type { Plan } from '../../../src/graph/plan/plan';
import type { CurrentState, NodeReport, Report } from '../../../src/graph/plan/report';
import type { Held } from './engines';

/** Nodes of the plan without an outcome, or whose fate was never settled. */
export function lostNodes(plan: Plan, report: Report): string[] {
  return [...plan.nodes.keys()].filter((key) => (report.nodes.get(key)?.outcome.kind ?? 'unknown') === 'unknown');
}

/** Outcomes and states of a report that are not what the engine lists. */
export function wrongNodes(report: Report, engine: ReadonlyMap<NodeKey, Held>): string[] {
  return [...report.nodes].flatMap(([key, entry]) => {
    const { node, outcome } = entry;
    const there = engine.get(key);
    const gone = outcome.kind === 'removed' || outcome.kind === 'alreadyRemoved';
    if (gone === (there !== undefined)) return [`${node.name}: ${outcome.kind}, ${there?.state ?? 'gone'}`];
    const is = there ? presentState(node.kind, there) : 'gone';
    return isSettled(entry) && entry.state !== is ? [`${node.name}: reported as ${entry.state}, is ${is}`] : [];
  });
}

function presentState(kind: NodeReport['node']['kind'], { state }: Held): CurrentState {
  return kind === 'container' ? parseState(state) : 'present';
}

/** A container that was sent a stop may end after the report. */
function isSettled({ partial }: NodeReport): boolean {
  return partial !== 'stopping';
}

/** Objects outside of the plan that are not as they were. */
export function touchedOutsiders(
  before: ReadonlyMap<NodeKey, Held>,
  after: ReadonlyMap<NodeKey, Held>,
  plan?: Plan,
): string[] {
  const infra = new Set(plan?.units.flatMap((unit) => unit.infra));
  return [...before].flatMap(([key, was]) => {
    if (plan?.nodes.has(key) || infra.has(key)) return [];
    const is = after.get(key);
    const isSame = is && stateOf(is) === stateOf(was) && is.startedAt === was.startedAt && is.name === was.name;
    return isSame ? [] : [`${was.name}, not in the plan: ${was.state}, then ${is?.state ?? 'gone'}`];
  });
}

/** `stopped` becomes `exited` when Podman has cleaned up after the process. */
function stateOf({ state }: Held): string {
  return state === 'stopped' ? 'exited' : state;
}
