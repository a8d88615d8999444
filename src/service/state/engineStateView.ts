import type { Engine, EngineInfo } from '../../engine/engine';
import { EngineError } from '../../engine/error';
import { type ContainerNode, type EngineId, engineOf, isActive, type NodeKey } from '../../graph/model/model';
import type { CurrentState } from '../../graph/plan/report';
import type { Event } from '../emitter';
import type { EngineMonitor } from './engineMonitor';

/** What a walk sees of the live room, and the little that it tells it. */
export interface EngineStateView {
  /** As last observed, infra containers among them. */
  container(key: NodeKey): ContainerNode | undefined;
  /** The containers of a pod as last observed, its infra container among them. */
  containersOf(pod: NodeKey): readonly ContainerNode[];
  engine(id: EngineId): Engine | undefined;
  info(id: EngineId): EngineInfo | undefined;
  /** Whether the engine reports changes as they happen; otherwise they have to be asked for. */
  hasEvents(id: EngineId): boolean;
  /** Whether the engine ends with this window. */
  isInWindow(id: EngineId): boolean;
  isRemoved(key: NodeKey): boolean;
  /** When a container last started, also one that is gone, in milliseconds since the epoch. */
  startOf(key: NodeKey): number | undefined;
  /** The engine itself said, asked about just this node, that it is no more. */
  markRemoved(key: NodeKey): void;
  /** Resolves when all are known to be gone, or after `ms`. */
  waitForRemoval(keys: Iterable<NodeKey>, ms: number): Promise<void>;
  /** Resolves when something is so, looked at whenever the engine has told anything, or after `ms`. */
  waitUntil(id: EngineId, isSo: () => boolean, ms: number): Promise<void>;
  /**
   * Asks about one container, whatever is known already. Rejects with an `EngineError`; one that is gone is noted as such.
   * Resolves with whether the engine's answer is what is known now. It is not when an event came while it was awaited: streams
   * lag, and nobody can tell which of the two is newer.
   */
  refresh(key: NodeKey): Promise<boolean>;
  /**
   * All containers with their states, and the pods they name, by a list asked after this call. Rejects with an
   * `EngineError`. A state is the list's own, also where an event has come since.
   */
  refreshList(id: EngineId): Promise<Map<NodeKey, CurrentState>>;
  /** Calls back at each sign of life: a container that exited, or anything that went. */
  onActivity(id: EngineId, listener: () => void): () => void;
  /** Keeps the engine's pods from being listed until the returned function is called. */
  suspendPodListing(id: EngineId): () => void;
}

/** Whether a container was running, paused or on its way when it was last observed. */
export function isContainerActive(observed: Pick<EngineStateView, 'container'>, key: NodeKey): boolean {
  const container = observed.container(key);
  return container !== undefined && isActive(container.state);
}

/** The live room as removals see it. */
export interface LiveState {
  readonly observed: EngineStateView;
  /** An engine has become reachable. */
  readonly onDidConnect: Event<EngineId>;
  /** A node is no more. */
  readonly onDidRemove: Event<NodeKey>;
  /** What a removal does with these nodes has changed; told to readers together with other changes. */
  notifyChanged(keys: Iterable<NodeKey>): void;
  /** Keeps the feeds following their engines although nobody looks, until the returned function is called. */
  keepPolling(): () => void;
}

/** What walks may see and tell, passed on to the feed of the engine that each key names. */
export function createEngineStateView(feeds: ReadonlyMap<EngineId, EngineMonitor>): EngineStateView {
  const of = (key: NodeKey) => feeds.get(engineOf(key));
  return {
    container: (key) => of(key)?.observations.containers.get(key),
    containersOf: (pod) => {
      const containers = of(pod)?.observations.containers.values() ?? [];
      return [...containers].filter((container) => container.pod === pod);
    },
    engine: (id) => feeds.get(id)?.source.engine,
    info: (id) => feeds.get(id)?.status.info,
    hasEvents: (id) => feeds.get(id)?.hasEvents ?? true,
    isInWindow: (id) => feeds.get(id)?.source.isInWindow ?? false,
    isRemoved: (key) => of(key)?.observations.isGone(key) ?? false,
    startOf: (key) => of(key)?.observations.startOf(key),
    markRemoved: (key) => of(key)?.eventHub.notifyRemoved(key),
    waitForRemoval: async (keys, ms) => {
      const [first] = keys;
      if (first !== undefined) await of(first)?.eventHub.waitForRemoval(keys, ms);
    },
    waitUntil: async (id, isSo, ms) => feeds.get(id)?.eventHub.waitUntil(isSo, ms),
    refresh: (key) => {
      const feed = of(key);
      if (!feed) return Promise.reject(new EngineError('unreachable', 'the connection was removed'));
      return feed.questions.refresh(key);
    },
    refreshList: (id) => {
      const feed = feeds.get(id);
      if (!feed) return Promise.reject(new EngineError('unreachable', 'the connection was removed'));
      return feed.questions.refreshList();
    },
    onActivity: (id, listener) => {
      const listening = feeds.get(id)?.eventHub.onActivity.event(listener);
      return () => listening?.dispose();
    },
    suspendPodListing: (id) => feeds.get(id)?.questions.suspendPodListing() ?? (() => undefined),
  };
}

/** How often an answer may be overtaken by an event before it counts as it is: a container has few of them waiting. */
const maxRefreshes = 4;

/** Asks about a container until no event came in between: one that tells of an older time must not stand above the answer. */
export async function refreshUntilConsistent(observed: Pick<EngineStateView, 'refresh'>, key: NodeKey): Promise<void> {
  for (let looks = 0; looks < maxRefreshes; looks++) if (await observed.refresh(key)) return;
}
