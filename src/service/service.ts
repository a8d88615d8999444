import type { DefaultFor } from '../engine/discovery/connection';
import type { EngineInfo } from '../engine/engine';
import type { EngineError } from '../engine/error';
import type { SystemdAccess } from '../engine/systemd/systemd';
import type { ContainerInspector, Engine } from '../engine/engine';
import type { Action } from '../graph/plan/lifecycleAction';
import type { ContainerGraph } from '../graph/model/graph';
import type { EngineId, NodeKey } from '../graph/model/model';
import type { ResourceNode } from '../graph/model/resources';
import type { PlanOptions, Plan, Scope, StartCondition } from '../graph/plan/plan';
import type { NodeCounts, Outcome, Report } from '../graph/plan/report';
import type { StopTimeout } from '../graph/model/stopTimeout';
import type { Event } from './emitter';

/** The service as the views and commands use it. */
export interface PodgraphService {
  /** The latest state: cheap to get, immutable. */
  readonly snapshot: GraphSnapshot;
  readonly onDidChange: Event<GraphChange>;
  readonly runs: ReadonlyMap<string, Run>;
  /** Fires before any request is sent. */
  readonly onDidStartRun: Event<Run>;
  /** The final report of a run that ended while an engine was disconnected. */
  readonly onDidReconcile: Event<Report>;

  /** Engines are not monitored while nothing is visible and nothing runs. */
  setVisible(visible: boolean): void;
  /** Lists volumes, networks and images and keeps them current, or no longer. Off at first. */
  setResourcesShown(shown: boolean): void;
  /** Lists every engine again, reconnecting if needed; resolves when all responded or failed (see `EngineStatus`). */
  refresh(): Promise<void>;

  /** Adopts runs that an earlier window left unfinished; `onDidRecover` fires for each once its engines responded. */
  recover(): Promise<RecoverySummary>;
  readonly onDidRecover: Event<RecoveredRun>;
  readonly onDidQuarantine: Event<QuarantinedJournal>;

  /** The operation of a run on the node, if any. */
  operationOf(key: NodeKey): Operation | undefined;
  /** Whether a run in another window includes the node. */
  isBusyInOtherWindow(key: NodeKey): boolean;
  /** How the last operation on the node failed; cleared by the next one and when the node is removed. */
  failureOf(key: NodeKey): ActionFailure | undefined;

  /**
   * Plans from one snapshot, after listing again and inspecting every container. Rejects with an `EngineError`.
   *
   * @param sibling a plan of the same scope, made just before: its list is used again
   */
  plan(scope: Scope, options: PlanOptions, sibling?: Plan): Promise<Plan>;

  /** Lists all volumes, networks and images once, also while no view shows them; a plan checks them again. */
  listResources(): Promise<ListedResources>;

  /**
   * The volumes, networks and images of an engine. Measures volumes within some seconds; later plans have the sizes, too.
   * Rejects with an `EngineError`.
   */
  listWithSizes(engine: EngineId): Promise<readonly ResourceNode[]>;

  /** Removals whose nodes can be brought back by a plan, the newest first. */
  removals(): Promise<readonly RecordedRemoval[]>;
  /** Whether this window saved the recipes of a removal. */
  hasRecipes(removal: string): boolean;

  /** Read-only access to the engine; undefined if it is not shown. */
  inspector(id: EngineId): (ContainerInspector & Pick<Engine, 'measureSizes'>) | undefined;

  /** Makes systemd read the changed files of a plan's units. Rejects with an `EngineError`. */
  reloadSystemd(plan: Plan): Promise<void>;

  /** Runs a plan without blockers. Nodes locked by another run wait for it. */
  run(plan: Plan): Run;
}

/** A removal whose recipes are on disk. */
export interface RecordedRemoval {
  /** The id of its plan. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly counts: Partial<NodeCounts>;
  readonly engines: readonly { readonly id: EngineId; readonly label: string }[];
  /** Keys of the removed nodes. */
  readonly keys: readonly NodeKey[];
}

export interface ListedResources {
  readonly found: readonly ResourceNode[];
  /** Engines that did not respond. */
  readonly failed: ReadonlyMap<EngineId, EngineError>;
}

export type EngineState = 'connecting' | 'live' | 'disconnected' | 'denied';

/** `noEvents`: the engine is polled instead. `noList`: the last known state is shown. */
export interface EngineProblem {
  readonly kind: 'noEvents' | 'noList';
  readonly error: EngineError;
}

export interface EngineStatus {
  readonly id: EngineId;
  /** For display: `podman (local)`. */
  readonly label: string;
  readonly endpoint: string;
  readonly defaultFor?: DefaultFor | undefined;
  /** Simulated in this window, with sample containers. */
  readonly isDemo?: boolean | undefined;
  readonly state: EngineState;
  readonly info: EngineInfo | undefined;
  /** Why it is disconnected or denied. */
  readonly error: EngineError | undefined;
  /** A malfunction of a reachable engine. */
  readonly problem?: EngineProblem | undefined;
  /** Its systemd, as far as its containers have units. */
  readonly systemd?: SystemdAccess | undefined;
  /** Failed systemd units whose containers are gone. */
  readonly failedUnits?: readonly string[] | undefined;
  /** Whether its containers have been listed at least once. */
  readonly listed: boolean;
  /** Number of containers still to be inspected before all edges are known. */
  readonly uninspected: number;
  /** Other connections to the same engine. */
  readonly duplicates?: readonly Pick<EngineStatus, 'id' | 'label' | 'endpoint'>[];
}

export interface GraphSnapshot {
  readonly graph: ContainerGraph;
  /** Empty while no view shows them; see `setResourcesShown`. */
  readonly resources: ReadonlyMap<NodeKey, ResourceNode>;
  /** In the order of the connections. */
  readonly engines: ReadonlyMap<EngineId, EngineStatus>;
}

/** Changes since the last event. */
export interface GraphChange {
  /** Nodes or edges were added or removed. */
  readonly structure: boolean;
  /** Nodes whose own state, operation or failure changed. */
  readonly nodes: ReadonlySet<NodeKey>;
  readonly engines: boolean;
}

/**
 * `waiting` for its dependents, `waitingForCondition` of a dependency, `waitingForPermit` or a lock; `retrying` after a
 * transient error.
 */
export type OperationPhase =
  | 'waiting'
  | 'waitingForCondition'
  | 'waitingForPermit'
  | 'stopping'
  | 'saving'
  | 'removing'
  | 'creating'
  | 'restoring'
  | 'starting'
  | 'restarting'
  | 'pausing'
  | 'resuming'
  | 'killing'
  | 'retrying';

export interface Operation {
  readonly phase: OperationPhase;
  readonly run: string;
  /** Start of the phase, in milliseconds since the epoch. */
  readonly since: number;
  /** In phase `stopping`. */
  readonly stopTimeout?: StopTimeout | undefined;
  /** In phase `saving` or `restoring`: bytes of its volumes so far. */
  readonly bytes?: number | undefined;
  /** In phase `waitingForCondition`. */
  readonly waitsFor?: StartCondition | undefined;
}

export interface ActionFailure {
  readonly action: Action;
  readonly outcome: Outcome;
}

/** One run of a plan. */
export interface Run {
  readonly plan: Plan;
  readonly progress: Progress;
  readonly onDidProgress: Event<Progress>;
  /** Never rejects. */
  readonly done: Promise<Report>;
  /** Nothing new starts; what is in flight finishes, then `done` resolves. */
  cancel(): void;
  /** Kills these containers, or all, that are stopping now. Never rejects: failures show in the outcomes. */
  killNow(keys?: readonly NodeKey[]): Promise<void>;
  /** Starts all units that wait for a condition of a dependency. */
  startAnyway(): void;
}

export interface Progress {
  /** Nodes of the plan. */
  readonly total: number;
  /** Nodes with an outcome, and containers in their target state whose unit is still in progress. */
  readonly finished: number;
  readonly failed: number;
  /** Operations in progress. */
  readonly active: ReadonlyMap<NodeKey, Operation>;
  readonly cancelled: boolean;
}

/** An interrupted run, reconciled with its engines. */
export interface RecoveredRun {
  readonly report: Report;
  /** Nodes of its plan that still exist. */
  readonly remaining: readonly NodeKey[];
  /** Deletes its record: it was resumed or discarded. Until then, the next window recovers it again. */
  close(): Promise<void>;
}

export interface RecoverySummary {
  /** Plans that run in other windows now. */
  readonly otherWindows: readonly Plan[];
}

/** A journal that cannot be read: where it was moved, and why. */
export interface QuarantinedJournal {
  readonly file: string;
  readonly why: string;
}

/** The log channel; messages are technical English and not localized. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  debug(message: string): void;
}
