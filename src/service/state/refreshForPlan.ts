import type { Clock } from '../../clock';
import { EngineError } from '../../engine/error';
import { withTimeout } from '../../engine/timeouts';
import { type EngineId, engineOf, isVolume, type NodeKey, type VolumeNode } from '../../graph/model/model';
import type { DanglingVolumes, EngineState } from '../service';
import type { EngineMonitor } from './engineMonitor';

/** Milliseconds that a plan over several engines waits for one of them: less if it was away before. */
const patience = (state: EngineState | undefined) => (state === 'live' || state === 'connecting' ? 15_000 : 3_000);

/** What a plan is made from, beside the graph. */
export interface PlanRefresh {
  /** Engines that cannot be asked, as people know them. */
  readonly unreachable: ReadonlyMap<EngineId, string>;
  /** Of the engines of chosen volumes, all that they call dangling now. */
  readonly dangling: readonly VolumeNode[];
}

/**
 * Asks the engines of what was chosen for what they hold now, and for their volumes where some were chosen. Rejects when none
 * of them can be asked. One that is silent keeps the others waiting no longer than `patience`.
 */
export async function refreshForPlan(
  feeds: ReadonlyMap<EngineId, EngineMonitor>,
  chosen: readonly NodeKey[],
  clock: Clock,
): Promise<PlanRefresh> {
  const ids = new Set(chosen.map(engineOf));
  const withVolumes = new Set(chosen.filter(isVolume).map(engineOf));
  const away = new Map<EngineId, string>();
  const dangling: VolumeNode[] = [];
  const errors: EngineError[] = [];
  const look = async (id: EngineId) => {
    const feed = feeds.get(id);
    if (!feed) throw new EngineError('unreachable', 'the connection was removed');
    await feed.whenConnected();
    // Before the containers: one that comes to use a volume meanwhile is among these.
    const volumes = withVolumes.has(id) ? await feed.source.engine.listVolumes() : [];
    await feed.questions.refreshList();
    await feed.questions.inspectAll();
    dangling.push(...volumes);
  };
  await Promise.all(
    [...ids].map(async (id) => {
      const feed = feeds.get(id);
      try {
        const bounds = { deadline: patience(feed?.status.state), signals: [], what: 'a look at what it holds' };
        await (ids.size === 1 ? look(id) : withTimeout(clock, bounds, () => look(id)));
      } catch (thrown) {
        errors.push(EngineError.from(thrown));
        away.set(id, feed?.source.label ?? id);
      }
    }),
  );
  if (errors[0] && away.size === ids.size) throw errors[0];
  return { unreachable: away, dangling };
}

/** Asks each engine for the anonymous volumes that no container uses. */
export async function danglingVolumes(feeds: readonly EngineMonitor[]): Promise<DanglingVolumes> {
  const found: VolumeNode[] = [];
  const failed = new Map<EngineId, EngineError>();
  await Promise.all(
    feeds.map(async ({ source: { id, engine } }) => {
      try {
        found.push(...(await engine.listVolumes()));
      } catch (thrown) {
        failed.set(id, EngineError.from(thrown));
      }
    }),
  );
  return { found, failed };
}
