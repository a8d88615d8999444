import type { Engine, EngineInfo } from '../engine/engine';
import type { ContainerNode, EngineId, NodeKey } from '../graph/model';
import { isActive } from '../graph/model';
import type { CurrentState } from '../graph/report';
import type { Event } from './emitter';

/** What a walk sees of the live room, and the little that it tells it. */
export interface Observed {
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
  isGone(key: NodeKey): boolean;
  /** When a container last started, also one that is gone, in milliseconds since the epoch. */
  startOf(key: NodeKey): number | undefined;
  /** The engine itself said, asked about just this node, that it is no more. */
  noteGone(key: NodeKey): void;
  /** Resolves when all are known to be gone, or after `ms`. */
  awaitGone(keys: Iterable<NodeKey>, ms: number): Promise<void>;
  /** Resolves when something is so, looked at whenever the engine has told anything, or after `ms`. */
  awaitThat(id: EngineId, isSo: () => boolean, ms: number): Promise<void>;
  /**
   * Asks about one container, whatever is known already. Rejects with an `EngineError`; one that is gone is noted as such.
   * Resolves with whether the engine's answer is what is known now. It is not when an event came while it was awaited: streams
   * lag, and nobody can tell which of the two is newer.
   */
  look(key: NodeKey): Promise<boolean>;
  /**
   * All containers with their states, and the pods they name, by a list asked after this call. Rejects with an
   * `EngineError`. A state is the list's own, also where an event has come since.
   */
  relist(id: EngineId): Promise<Map<NodeKey, CurrentState>>;
  /** Calls back at each sign of life: a container that exited, or anything that went. */
  onActivity(id: EngineId, listener: () => void): () => void;
  /** Keeps the engine's pods from being listed until the returned function is called. */
  holdPods(id: EngineId): () => void;
}

/** Whether a container was running, paused or on its way when it was last observed. */
export function isUp(observed: Pick<Observed, 'container'>, key: NodeKey): boolean {
  const container = observed.container(key);
  return container !== undefined && isActive(container.state);
}

/** The live room as removals see it. */
export interface Live {
  readonly observed: Observed;
  /** An engine has become reachable. */
  readonly onDidConnect: Event<EngineId>;
  /** A node is no more. */
  readonly onDidGo: Event<NodeKey>;
  /** What a removal does with these nodes has changed; told to readers together with other changes. */
  touch(keys: Iterable<NodeKey>): void;
  /** Keeps the feeds following their engines although nobody looks, until the returned function is called. */
  keepAwake(): () => void;
}
