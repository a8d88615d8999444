import type { ContainerGraph } from '../model/graph';
import type { ContainerNode, GraphEdge, HealthCheck, NodeKey } from '../model/model';
import { stronglyConnectedIndices } from '../model/scc';
import { toAdjacency } from '../model/adjacency';
import type { StartCondition, Unit } from './plan';

/**
 * Which dependencies with a health check a start waits for. `declared`: those of compose's `service_healthy`, and of
 * Podman's `--requires`; `always`: all.
 */
export type WaitForHealth = 'declared' | 'always' | 'never';

/**
 * The check that runs next since the container's start, of as many as can fail before it is unhealthy. Engines run them at the
 * interval; undefined unless the container is starting.
 */
export function nextCheck(container: ContainerNode, now: number): { number: number; total: number } | undefined {
  const { state, health, startedAt, details } = container;
  const check = details?.healthCheck;
  if (state !== 'running' || health !== 'starting' || startedAt === undefined || !check) return undefined;
  const total = check.retries + Math.floor(check.startPeriod / check.interval);
  const number = Math.floor(Math.max(0, now - startedAt) / check.interval) + 1;
  return { number: Math.min(number, total), total };
}

/** What a start of the dependent waits for; undefined for nothing, and for health without a check. */
function conditionOf(
  { condition, reasons }: Pick<GraphEdge, 'condition' | 'reasons'>,
  { details }: ContainerNode,
  wait: WaitForHealth,
): StartCondition['condition'] | undefined {
  if (condition === 'completed') return 'completed';
  const isWanted = condition === 'healthy' || wait === 'always' || reasons.includes('requires');
  if (wait !== 'never' && details?.healthCheck && isWanted) return 'healthy';
  return condition === undefined ? undefined : 'started';
}

/** The condition to display: the declared one, and `healthy` also where only the setting waits for it. */
export function displayedCondition(
  graph: ContainerGraph,
  edge: Pick<GraphEdge, 'to' | 'condition' | 'reasons'>,
  wait: WaitForHealth,
): GraphEdge['condition'] {
  const dependency = graph.container(edge.to);
  const isAwaited = dependency !== undefined && conditionOf(edge, dependency, wait) === 'healthy';
  return isAwaited ? 'healthy' : edge.condition;
}

/**
 * The conditions of a unit that starts or resumes containers, on containers outside of it. A dependency that neither runs
 * nor is in the plan has none: the user left it out to start the dependent alone.
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
      const check = condition === 'healthy' ? dependency.details?.healthCheck : undefined;
      return { dependent, dependency: edge.to, condition, ...(check && { maxWaitMs: healthTimeoutMs(check) }) };
    }),
  );
}

/**
 * Cycles of units that no order satisfies, as the conditions between their containers: each unit waits for the next to be
 * healthy or completed, or is a hard dependency of it.
 */
export function conditionCycles(
  units: readonly Pick<Unit, 'id' | 'nodes' | 'hardDependencies' | 'conditions'>[],
): readonly (readonly StartCondition[])[] {
  const waits = units.flatMap(({ conditions = [] }, from) =>
    conditions.flatMap((condition) => (condition.condition === 'started' ? [] : { from, condition })),
  );
  if (waits.length === 0) return [];
  const indexOf = new Map(units.map(({ id }, index) => [id, index]));
  // In a restart, the last unit of a node starts it.
  const unitOf = new Map(units.flatMap(({ nodes }, index) => nodes.map((key) => [key, index] as const)));
  const edges = [
    ...units.flatMap(({ hardDependencies }, from) => hardDependencies.map((id) => [from, indexOf.get(id)] as const)),
    ...waits.map(({ from, condition }) => [from, unitOf.get(condition.dependency)] as const),
  ].flatMap(([from, to]) => (to === undefined ? [] : [[from, to] as const]));
  const adjacency = toAdjacency(
    edges.map(([from]) => from),
    edges.map(([, to]) => to),
    units.length,
  );
  const starts = waits.map(({ from }) => from);
  return stronglyConnectedIndices(starts, units.length, adjacency).flatMap((component) => {
    const own = new Set(component);
    const found = waits.filter(
      ({ from, condition }) => own.size > 1 && own.has(from) && own.has(unitOf.get(condition.dependency) ?? -1),
    );
    return found.length > 0 ? [found.map(({ condition }) => condition)] : [];
  });
}

/**
 * Milliseconds within which a health check must have a result: its start period, and all retries with their interval and
 * timeout.
 */
export function healthTimeoutMs({ startPeriod, retries, interval, timeout }: HealthCheck): number {
  return startPeriod + retries * (interval + timeout);
}
