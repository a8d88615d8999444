import { parseState } from '../../../src/engine/responses/containers';
import type { NodeKey } from '../../../src/graph/model/model';
import type { Plan } from '../../../src/graph/plan/plan';
import type { CurrentState, NodeReport, Report } from '../../../src/graph/plan/report';
import type { ListedObject } from './engines';

/** Nodes of the plan without an outcome, or with an unknown one. */
export function lostNodes(plan: Plan, report: Report): string[] {
  return [...plan.nodes.keys()].filter((key) => (report.nodes.get(key)?.outcome.kind ?? 'unknown') === 'unknown');
}

/** Outcomes and states of a report that contradict the engine's list. */
export function wrongNodes(report: Report, engine: ReadonlyMap<NodeKey, ListedObject>): string[] {
  return [...report.nodes].flatMap(([key, entry]) => {
    const { node, outcome } = entry;
    const listed = engine.get(key);
    const gone = outcome.kind === 'removed' || outcome.kind === 'alreadyRemoved';
    if (gone === (listed !== undefined)) return [`${node.name}: ${outcome.kind}, ${listed?.state ?? 'gone'}`];
    const actual = listed ? presentState(node.kind, listed) : 'gone';
    return isFinal(entry) && entry.state !== actual ? [`${node.name}: reported as ${entry.state}, is ${actual}`] : [];
  });
}

function presentState(kind: NodeReport['node']['kind'], { state }: ListedObject): CurrentState {
  return kind === 'container' ? parseState(state) : 'present';
}

/** A container that was sent a stop may exit after the report. */
function isFinal({ partial }: NodeReport): boolean {
  return partial !== 'stopping';
}

/** Objects outside of the plan that changed. */
export function changedOutsiders(
  before: ReadonlyMap<NodeKey, ListedObject>,
  after: ReadonlyMap<NodeKey, ListedObject>,
  plan?: Plan,
): string[] {
  const infra = new Set(plan?.units.flatMap((unit) => unit.infra));
  return [...before].flatMap(([key, old]) => {
    if (plan?.nodes.has(key) || infra.has(key)) return [];
    const now = after.get(key);
    const isSame = now && stateOf(now) === stateOf(old) && now.startedAt === old.startedAt && now.name === old.name;
    return isSame ? [] : [`${old.name}, not in the plan: ${old.state}, then ${now?.state ?? 'gone'}`];
  });
}

/** `stopped` becomes `exited` when Podman has cleaned up after the process. */
function stateOf({ state }: ListedObject): string {
  return state === 'stopped' ? 'exited' : state;
}
