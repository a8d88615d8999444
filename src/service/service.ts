import type { Clock } from '../clock';
import type { DefaultFor } from '../engine/discovery/connection';
import type { Engine, EngineInfo } from '../engine/engine';
import type { EngineError } from '../engine/error';
import type { ContainerInspector } from '../engine/inspector';
import type { Action } from '../graph/plan/lifecycleAction';
import type { ContainerGraph } from '../graph/model/graph';
import type { EngineId, NodeKey, VolumeNode } from '../graph/model/model';
import type { PlanOptions, Plan, Scope } from '../graph/plan/plan';
import type { Outcome, Report } from '../graph/plan/report';
import type { StopTimeout } from '../graph/model/stopTimeout';
import type { Event } from './emitter';
import type { Journal } from './journal/journal';
import type { InspectionStore } from './state/inspectionCache';
import type { Log } from './log';

/** What the floors above see of this one. */
export interface PodgraphService {
  /** The newest picture; cheap to ask, never changed once handed out. */
  readonly snapshot: GraphSnapshot;
  readonly onDidChange: Event<GraphChange>;
  readonly runs: ReadonlyMap<string, Run>;
  /** A removal began; it is told before anything is sent. */
  readonly onDidStartRun: Event<Run>;
  /** A report whose engine was away at the end, told again once it could be asked. */
  readonly onDidReconcile: Event<Report>;

  /** Lets feeds sleep while nobody looks and nothing runs. */
  setVisible(visible: boolean): void;
  /** Asks every engine anew, reconnecting where needed; settles when all answered or failed (see `EngineStatus`). */
  refresh(): Promise<void>;

  /**
   * Takes over the removals that an earlier window left unfinished; each is told by `onDidRecover` as soon as its engines
   * could be asked.
   */
  recover(): Promise<RecoverySummary>;
  readonly onDidRecover: Event<RecoveredRun>;
  /** Records of earlier runs that cannot be used: where they were put, and why. */
  readonly onDidSetAside: Event<SetAside>;

  /** What a removal, if one holds this node, is doing with it. */
  operationOf(key: NodeKey): Operation | undefined;
  /** Whether a removal that runs in another window is at work on the node, or will be. */
  isBusyInOtherWindow(key: NodeKey): boolean;
  /** How the last operation on the node failed; cleared when anything is tried again with it, or when it goes away. */
  failureOf(key: NodeKey): ActionFailure | undefined;

  /**
   * The plan for a scope, from one snapshot: states are listed afresh, and every container is inspected. Rejects with an `EngineError` where an engine cannot be asked.
   */
  plan(scope: Scope, options: PlanOptions): Promise<Plan>;

  /**
   * The anonymous volumes that no container uses, asked of all engines now: no picture holds them. Of what is chosen of them a
   * plan holds what is still so when it is made.
   */
  danglingVolumes(): Promise<DanglingVolumes>;

  /** The engine as far as one can look into it without changing what it holds; undefined when it is not shown. */
  inspector(id: EngineId): ContainerInspector | undefined;

  /** Runs a plan without blockers. Nodes that another removal holds wait for it, and are then found gone. */
  run(plan: Plan): Run;
}

export interface DanglingVolumes {
  readonly found: readonly VolumeNode[];
  /** Engines that could not be asked. */
  readonly failed: ReadonlyMap<EngineId, EngineError>;
}

export type EngineState = 'connecting' | 'live' | 'disconnected' | 'denied';

/** `noEvents`: the engine is polled instead. `noList`: what was known before is shown. */
export interface EngineProblem {
  readonly kind: 'noEvents' | 'noList';
  readonly error: EngineError;
}

export interface EngineStatus {
  readonly id: EngineId;
  /** For people: `podman (local)`. */
  readonly label: string;
  readonly endpoint: string;
  readonly defaultFor?: DefaultFor | undefined;
  readonly state: EngineState;
  readonly info: EngineInfo | undefined;
  /** Why it is lost or denied. */
  readonly error: EngineError | undefined;
  /** What does not work although the engine can be reached. */
  readonly problem?: EngineProblem | undefined;
  /** Whether its containers have been listed at least once: before that nothing can be said about it. */
  readonly listed: boolean;
  /** How many containers are still to be inspected before all edges stand. */
  readonly uninspected: number;
  /** The same engine by other ways, which it stands for. */
  readonly duplicates?: readonly Pick<EngineStatus, 'id' | 'label' | 'endpoint'>[];
}

export interface GraphSnapshot {
  readonly graph: ContainerGraph;
  /** In the order of the connections. */
  readonly engines: ReadonlyMap<EngineId, EngineStatus>;
  /** Grows with every change. */
  readonly version: number;
}

/** What changed since the last telling: readers look at the snapshot for the rest. */
export interface GraphChange {
  /** Nodes or edges came or went: what stands under what may be different. */
  readonly structure: boolean;
  /** Nodes whose own state, operation or failure changed. */
  readonly nodes: ReadonlySet<NodeKey>;
  readonly engines: boolean;
}

/**
 * `waiting` for its dependents, `queued` for a place or a lock, `stopping` within its grace, `removing`, `retrying` after a
 * passing failure.
 */
export type OperationPhase =
  | 'waiting'
  | 'waitingForPermit'
  | 'stopping'
  | 'removing'
  | 'starting'
  | 'restarting'
  | 'pausing'
  | 'resuming'
  | 'killing'
  | 'retrying';

export interface Operation {
  readonly phase: OperationPhase;
  readonly run: string;
  /** Milliseconds since the epoch at which the phase began. */
  readonly since: number;
  /** Its stop timeout, in phase `stopping`. */
  readonly grace?: StopTimeout | undefined;
}

/** What was to be done with a node, and what became of that. */
export interface ActionFailure {
  readonly action: Action;
  readonly outcome: Outcome;
}

/** One run of a plan. */
export interface Run {
  readonly id: string;
  readonly plan: Plan;
  readonly progress: Progress;
  readonly onDidProgress: Event<Progress>;
  /** Never rejects. */
  readonly done: Promise<Report>;
  /** Nothing new starts; what is in flight finishes, then `done` resolves. */
  cancel(): void;
  /**
   * Ends the grace of these containers, or of all, that are being stopped at this moment; failures are told by what
   * follows.
   */
  killNow(keys?: readonly NodeKey[]): Promise<void>;
}

export interface Progress {
  /** Nodes of the plan. */
  readonly total: number;
  /**
   * Nodes with an outcome, and containers that are as wanted while the rest of their unit is worked on; of these, the ones
   * that failed.
   */
  readonly finished: number;
  readonly failed: number;
  /** Nodes that are being worked on at this moment, by key. */
  readonly active: ReadonlyMap<NodeKey, Operation>;
  readonly cancelled: boolean;
}

/** A removal that was interrupted, settled against its engines. */
export interface RecoveredRun {
  readonly report: Report;
  /** What is still there of its plan. */
  readonly remaining: readonly NodeKey[];
}

export interface RecoverySummary {
  /** Removals that other windows are running at this moment. */
  readonly otherWindows: readonly Plan[];
}

/** A journal that cannot be used: where it was put, and why. */
export interface SetAside {
  readonly file: string;
  readonly why: string;
}

/** One engine to be shown, as discovery found it. */
export interface EngineSource {
  readonly id: EngineId;
  readonly label: string;
  readonly engine: Engine;
  /** Whose command line means it when told nothing. */
  readonly defaultFor?: DefaultFor | undefined;
  /** Whether it ends with this window, so that nothing of it is left for a later one. */
  readonly isInWindow?: boolean;
}

/** How many works may be under way at once on one engine; `auto` learns it. */
export type ConcurrencySetting = 'auto' | number;

/** What the service is given by the composition root. */
export interface ServiceDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Read whenever a plan is made or run. */
  readonly concurrency: () => ConcurrencySetting;
  /** Where removals are written down while they run; without one a crash forgets them. */
  readonly journal?: Journal | undefined;
  /** Inspections of earlier windows; without it every container is inspected anew. */
  readonly inspections?: InspectionStore | undefined;
  /** In [0, 1): jitter for retries and reconnects. */
  readonly random: () => number;
}
