import type { Clock } from '../../clock';
import type { Engine, EngineInfo } from '../../engine/engine';
import { EngineError } from '../../engine/error';
import { systemdUnitOf } from '../../graph/model/labels';
import {
  type ContainerNode,
  type EngineId,
  engineOf,
  type GraphNode,
  isActive,
  type NodeKey,
} from '../../graph/model/model';
import { isResource } from '../../graph/model/resources';
import type { StartTime } from '../../graph/model/startTime';
import type { Plan } from '../../graph/plan/plan';
import type { CurrentState } from '../../graph/plan/report';
import type { Event } from '../emitter';
import type { GraphSnapshot } from '../service';
import type { EngineMonitor } from './engineMonitor';

/**
 * The observed state of all engines, for runs: delegates to the monitor of the engine that each key names. A rejected promise
 * has an `EngineError`.
 */
export function createEngineStateView(monitors: ReadonlyMap<EngineId, EngineMonitor>) {
  const of = (key: NodeKey) => monitors.get(engineOf(key));
  const monitorOf = (id: EngineId) => {
    const monitor = monitors.get(id);
    if (!monitor) throw new EngineError('unreachable', 'the connection was removed');
    return monitor;
  };
  return {
    /** As last observed; includes infra containers. */
    container: (key: NodeKey): ContainerNode | undefined => of(key)?.observations.containers.get(key),
    /** As last observed; includes the infra container. */
    containersOf: (pod: NodeKey): readonly ContainerNode[] => {
      const containers = of(pod)?.observations.containers.values() ?? [];
      return [...containers].filter((container) => container.pod === pod);
    },
    /** All containers and pods, as last observed; includes infra containers. */
    nodesOf: (id: EngineId): readonly GraphNode[] => {
      const { containers, pods } = monitors.get(id)?.observations ?? {};
      return [...(containers?.values() ?? []), ...(pods?.values() ?? [])];
    },
    engine: (id: EngineId): Engine | undefined => monitors.get(id)?.source.engine,
    info: (id: EngineId): EngineInfo | undefined => monitors.get(id)?.info,
    /** See `EngineMonitor.identity`. */
    identity: async (id: EngineId): Promise<string> => monitorOf(id).identity(),
    /** Whether the engine reports changes by events; otherwise poll. */
    hasEvents: (id: EngineId): boolean => monitors.get(id)?.hasEvents ?? true,
    /** Whether the engine is simulated in this window and ends with it. */
    isDemo: (id: EngineId): boolean => monitors.get(id)?.source.isDemo ?? false,
    isRemoved: (key: NodeKey): boolean => of(key)?.observations.isGone(key) ?? false,
    /** When a container last started, also if removed, in milliseconds since the epoch. */
    startOf: (key: NodeKey): StartTime => of(key)?.observations.startOf(key),
    /**
     * Call after a response that reported this node missing. Names of volumes and networks, and ids of images, are reused: for
     * these only a request shows that they are gone.
     */
    markRemoved: (key: NodeKey): void => (isResource(key) ? undefined : of(key)?.eventHub.notifyRemoved(key)),
    /** Resolves when the condition holds, or after `ms`. It is checked whenever the engine sends an event or a response. */
    waitUntil: async (id: EngineId, condition: () => boolean, ms: number): Promise<void> =>
      monitors.get(id)?.eventHub.waitUntil(condition, ms),
    /**
     * Inspects one container. Rejects with an `EngineError`; a missing container is marked removed.
     * Resolves to false if an event arrived meanwhile: streams lag, so it is unknown which is newer.
     */
    refresh: async (key: NodeKey): Promise<boolean> => monitorOf(engineOf(key)).queries.refresh(key),
    /**
     * States of all containers and the pods they name, by a list requested after this call; later events are ignored.
     * Rejects with an `EngineError`.
     */
    refreshList: async (id: EngineId): Promise<Map<NodeKey, CurrentState>> => monitorOf(id).queries.refreshList(),
    /** Calls back when a container exits or a node is removed. */
    onActivity: (id: EngineId, listener: () => void): (() => void) => {
      const subscription = monitors.get(id)?.eventHub.onActivity.event(listener);
      return () => subscription?.dispose();
    },
    /** Suspends pod lists until the returned function is called. */
    suspendPodListing: (id: EngineId): (() => void) =>
      monitors.get(id)?.queries.suspendPodListing() ?? (() => undefined),
  };
}

export type EngineStateView = ReturnType<typeof createEngineStateView>;

/** Whether a container was running, paused or in transition when last observed. */
export function isContainerActive(observed: Pick<EngineStateView, 'container'>, key: NodeKey): boolean {
  const container = observed.container(key);
  return container !== undefined && isActive(container.state);
}

/** The observed state and its events, for runs. */
export interface LiveState {
  readonly observed: EngineStateView;
  readonly snapshot: GraphSnapshot;
  readonly onDidConnect: Event<EngineId>;
  readonly onDidRemove: Event<NodeKey>;
  /** Marks nodes whose progress in a run changed; listeners get them with other changes. */
  notifyChanged(keys: Iterable<NodeKey>): void;
  /** Keeps all monitors running, visible or not, until the returned function is called. */
  keepPolling(): () => void;
}

/** A container has few events pending. */
const maxRefreshes = 4;

/** Repeats the inspect until no event arrived meanwhile: a late event must not override it. */
export async function refreshUntilConsistent(observed: Pick<EngineStateView, 'refresh'>, key: NodeKey): Promise<void> {
  for (let count = 0; count < maxRefreshes; count++) if (await observed.refresh(key)) return;
}

/** Tolerated difference between the engine's clock and this machine's, in milliseconds. */
const imprecisionWindowMs = 60_000;

/** Whether a time is in whole seconds, as in lists, and so recent that the next start could be in the same second. */
export function isImprecise(startedAt: number, wallTime: number): boolean {
  return startedAt % 1000 === 0 && Math.abs(wallTime - startedAt) < imprecisionWindowMs;
}

/** Whether a container has run since this start: one that was started again is not stopping. */
export function isRunningSince(
  observed: Pick<EngineStateView, 'container' | 'startOf'>,
  key: NodeKey,
  startedAt: StartTime,
): boolean {
  return isContainerActive(observed, key) && observed.startOf(key) === startedAt;
}

/** The current start time of a container, inspected if the list's is too imprecise. */
export async function startTimeOf(
  observed: Pick<EngineStateView, 'container' | 'refresh'>,
  clock: Pick<Clock, 'wallTime'>,
  key: NodeKey,
): Promise<StartTime> {
  const known = observed.container(key)?.startedAt;
  if (known === undefined || isImprecise(known, clock.wallTime())) await refreshUntilConsistent(observed, key);
  return observed.container(key)?.startedAt;
}

/**
 * The key of the container or pod that the systemd unit of a planned node runs now: a Quadlet creates it again at each start,
 * with the same name and another id. The node's own key if there is none. For a unit that had no container, any container of
 * the unit.
 */
export function currentKeyOf(
  observed: Pick<EngineStateView, 'container' | 'isRemoved' | 'nodesOf'>,
  { nodes }: Pick<Plan, 'nodes'>,
  key: NodeKey,
): NodeKey {
  const { node, restartedBy } = nodes.get(key) ?? {};
  if (!node || restartedBy !== 'systemd' || (observed.container(key) && !observed.isRemoved(key))) return key;
  const unit = node.kind === 'volume' ? undefined : systemdUnitOf(node);
  const isStopped = node.id === unit;
  for (const one of observed.nodesOf(engineOf(key))) {
    const isSame = one.kind === node.kind && (isStopped || one.name === node.name) && systemdUnitOf(one) === unit;
    if (isSame && !observed.isRemoved(one.key)) return one.key;
    // Pods are not listed during a run, but their containers name them.
    const pod = one.kind === 'container' && node.kind === 'pod' && one.podName === node.name ? one.pod : undefined;
    if (pod !== undefined && !observed.isRemoved(pod) && !observed.isRemoved(one.key)) return pod;
  }
  return key;
}
