import type { Clock } from '../../clock';
import { EngineError } from '../../engine/error';
import { withTimeout } from '../../engine/timeouts';
import { type EngineId, engineOf, type NodeKey, parseKey } from '../../graph/model/model';
import { isResource, type ResourceKind, type ResourceNode } from '../../graph/model/resources';
import type { EngineState, ListedResources } from '../service';
import type { EngineMonitor } from './engineMonitor';
import { listResources } from './resourceLists';

/** Milliseconds that a plan over several engines waits for one of them: less if it was disconnected. */
const refreshTimeout = (state: EngineState | undefined) =>
  state === 'live' || state === 'connecting' ? 15_000 : 3_000;

/** Planner input besides the graph. */
export interface PlanRefresh {
  /** Labels of unreachable engines. */
  readonly unreachable: ReadonlyMap<EngineId, string>;
  /** All resources of the engines and kinds of chosen ones. */
  readonly resources: readonly ResourceNode[];
}

/**
 * Refreshes the engines of the chosen nodes, with all volumes, networks or images if some were chosen. Rejects when none can
 * be reached; waits for
 * each of several at most `refreshTimeout`.
 */
export async function refreshForPlan(
  monitors: ReadonlyMap<EngineId, EngineMonitor>,
  chosen: readonly NodeKey[],
  clock: Clock,
): Promise<PlanRefresh> {
  const ids = new Set(chosen.map(engineOf));
  const chosenResources = chosen.filter(isResource).map(parseKey);
  const unreachable = new Map<EngineId, string>();
  const resources: ResourceNode[] = [];
  const errors: EngineError[] = [];
  const refresh = async (id: EngineId) => {
    const monitor = monitors.get(id);
    if (!monitor) throw new EngineError('unreachable', 'the connection was removed');
    await monitor.whenConnected();
    // Before the containers: a container that mounts a volume meanwhile is then in the list.
    const kinds = new Set(chosenResources.flatMap(({ engine, kind }) => (engine === id ? [kind as ResourceKind] : [])));
    const listed = await listResources(monitor.source.engine, [...kinds]);
    await monitor.queries.refreshList();
    await monitor.queries.inspectAll();
    resources.push(...listed);
  };
  await Promise.all(
    [...ids].map(async (id) => {
      const monitor = monitors.get(id);
      try {
        const bounds = { timeoutMs: refreshTimeout(monitor?.status.state), signals: [], label: 'refreshing its state' };
        await (ids.size === 1 ? refresh(id) : withTimeout(clock, bounds, () => refresh(id)));
      } catch (thrown) {
        errors.push(EngineError.from(thrown));
        unreachable.set(id, monitor?.source.label ?? id);
      }
    }),
  );
  if (errors[0] && unreachable.size === ids.size) throw errors[0];
  return { unreachable, resources };
}

/** Lists the volumes, networks and images of these engines. */
export async function listAllResources(monitors: readonly EngineMonitor[]): Promise<ListedResources> {
  const found: ResourceNode[] = [];
  const failed = new Map<EngineId, EngineError>();
  await Promise.all(
    monitors.map(async ({ source: { id, engine } }) => {
      try {
        found.push(...(await listResources(engine)));
      } catch (thrown) {
        failed.set(id, EngineError.from(thrown));
      }
    }),
  );
  return { found, failed };
}
