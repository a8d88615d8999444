import type { ContainerGraph } from '../model/graph';
import type { ContainerNode, GraphEdge, HealthCheck, NodeKey } from '../model/model';
import { stronglyConnectedIndices } from '../model/scc';
import { toAdjacency } from '../model/adjacency';
import type { PlannedNode, StartCondition, Unit } from './plan';

/**
 * Which dependencies with a health check a start waits for. `declared`: those of compose's `service_healthy`, and of
 * Podman's `--requires`; `always`: all.
 */
export type WaitForHealth = 'declared' | 'always' | 'never';

/** What a start of the dependent waits for; undefined for nothing, and for health without a check. */
function conditionOf(
  { condition, reasons }: GraphEdge,
  { details }: ContainerNode,
  wait: WaitForHealth,
): StartCondition['condition'] | undefined {
  if (condition === 'completed') return 'completed';
  const isWanted = condition === 'healthy' || wait === 'always' || reasons.includes('requires');
  if (wait !== 'never' && details?.healthCheck && isWanted) return 'healthy';
  return condition === undefined ? undefined : 'started';
}

/**
 * The conditions of a unit that starts or resumes containers, on containers outside of it. A dependency that neither runs
 * nor is in the plan has none: whoever leaves it out wants the dependent alone.
 */
export function startConditions(
  graph: ContainerGraph,
  unit: Pick<Unit, 'nodes'>,
  planned: { has(key: NodeKey): boolean },
  wait: WaitForHealth,
): readonly StartCondition[] {
  const own = new Set(unit.nodes);
  return unit.nodes.flatMap((dependent) =>
    graph.dependencies(dependent).flatMap((edge): StartCondition | [] => {
      const dependency = graph.container(edge.to);
      if (!dependency || own.has(edge.to)) return [];
      const condition = conditionOf(edge, dependency, wait);
      const isRunning = dependency.state === 'running' && condition !== 'started';
      if (condition === undefined || !(planned.has(edge.to) || isRunning)) return [];
      return { dependent, dependency: edge.to, condition };
    }),
  );
}

/** Pairs of a dependent and a dependency in a cycle of conditions to be healthy or completed: no order satisfies them. */
export function conditionCycles(
  units: readonly Pick<Unit, 'conditions'>[],
  nodes: ReadonlyMap<NodeKey, PlannedNode>,
): readonly (readonly [dependent: PlannedNode, dependency: PlannedNode])[] {
  const waits = units.flatMap(({ conditions = [] }) => conditions.filter(({ condition }) => condition !== 'started'));
  const keys = [...new Set(waits.flatMap(({ dependent, dependency }) => [dependent, dependency]))];
  const indexOf = new Map(keys.map((key, index) => [key, index]));
  const at = (key: NodeKey) => indexOf.get(key) as number;
  const edges = toAdjacency(
    waits.map(({ dependent }) => at(dependent)),
    waits.map(({ dependency }) => at(dependency)),
    keys.length,
  );
  const all = keys.map((_, index) => index);
  return stronglyConnectedIndices(all, keys.length, edges)
    .filter((component) => component.length > 1)
    .flatMap((component) => {
      const [first, second] = [...component].map((index) => nodes.get(keys[index] as NodeKey));
      return first && second ? [[first, second] as const] : [];
    });
}

/**
 * Milliseconds within which a health check must have a result: its start period, and all retries with their interval and
 * timeout.
 */
export function healthPatience({ startPeriod, retries, interval, timeout }: HealthCheck): number {
  return startPeriod + retries * (interval + timeout);
}
