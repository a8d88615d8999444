import type { Restarter } from '../model/labels';
import type { ContainerGraph } from '../model/graph';
import type { ContainerNode, EngineId, GraphEdge, GraphNode, Unmanageable, NodeKey, PlanNode } from '../model/model';
import type { ResourceKind } from '../model/resources';
import type { ProtectionReason } from '../model/protection';
import { type StopTimeout, defaultStopTimeout } from '../model/stopTimeout';
import type { Action } from './lifecycleAction';
import type { ManagedNode, PlannedUnit, SystemdObstacle } from './managed';
import type { RecipeProblem } from './recipeProblem';
import type { WaitForHealth } from './startConditions';

export interface Scope {
  /** In any order, possibly with duplicates; an infra container means its pod. */
  readonly chosen: readonly NodeKey[];
  /** All nodes in the view rather than a selection. */
  readonly isAll: boolean;
  /** A prune: the preview lists the nodes by kind, and the user chooses among them. */
  readonly isPrune?: boolean | undefined;
  /** The compose project that is removed: networks and volumes that it did not create are retained. */
  readonly project?: string | undefined;
  /** Present if a filter hid nodes from the view. */
  readonly viewFilter?: AppliedFilter | undefined;
}

interface AppliedFilter {
  /** As entered by the user. */
  readonly filter: string;
  /** The number of hidden pods and containers; they are not in scope. */
  readonly hidden: number;
}

export interface PlanOptions {
  /** Default: `remove`. */
  readonly action?: Action | undefined;
  /** Include dependents (for a start: dependencies) of the chosen nodes, or let them block the plan. */
  readonly dependents: 'include' | 'block';
  /** Running containers are stopped first, block the plan, or are skipped with their dependencies. */
  readonly running: 'stop' | 'block' | 'skip';
  /** Why a node is protected; undefined if it is not. */
  readonly protects?: ((node: PlanNode, graph: ContainerGraph) => ProtectionReason | undefined) | undefined;
  /** Nodes that the user excluded; their dependencies are retained, too. */
  readonly excluded?: readonly NodeKey[] | undefined;
  /** Display names of disconnected engines, whose nodes are retained. */
  readonly unreachable?: ReadonlyMap<EngineId, string> | undefined;
  /** Anonymous volumes to delete with their containers; by default all are kept. */
  readonly deletedVolumes?: 'all' | readonly NodeKey[] | undefined;
  /** The folder into which volumes are saved before they are deleted; undefined: they are not saved. */
  readonly backupFolder?: string | undefined;
  /** Overrides each container's own. */
  readonly stopTimeout?: StopTimeout | undefined;
  /** Default: `declared`. */
  readonly waitForHealth?: WaitForHealth | undefined;
  /** The id of the removal whose nodes are brought back, or whose first run this one completes. */
  readonly removal?: string | undefined;
  /** Removed in order to be created again: with the same images, or with those that the images' names mean now. */
  readonly recreate?: 'sameImages' | 'newestImages' | undefined;
  /** Nodes that systemd units run, found just before the plan is made. */
  readonly systemd?: ReadonlyMap<NodeKey, ManagedNode> | undefined;
  /** Nodes to remove although their systemd cannot be reached and may create them again. */
  readonly withoutSystemd?: 'all' | readonly NodeKey[] | undefined;
  /** Delete the Quadlet files of removed nodes. */
  readonly removeQuadlets?: boolean | undefined;
  /** What prevents or changes the creation of nodes. */
  readonly problems?: ReadonlyMap<NodeKey, readonly RecipeProblem[]> | undefined;
}

export type UnitId = string;

/** What a unit waits for before its start. */
export interface StartCondition {
  /** A container of the unit. */
  readonly dependent: NodeKey;
  readonly dependency: NodeKey;
  /** `started` matters only if the dependency is in the plan: its failure prevents the start. */
  readonly condition: 'started' | 'healthy' | 'completed';
  /** Of `healthy`, see `healthTimeoutMs`. */
  readonly maxWaitMs?: number | undefined;
}

/** The unit of scheduling: a container, a pod with its containers, a cycle of containers, a volume, network or image. */
export interface Unit {
  readonly id: UnitId;
  readonly kind: 'container' | 'pod' | 'cycle' | ResourceKind;
  readonly engine: EngineId;
  /** Connected containers are restarted by a `stop` unit and a `start` unit each. */
  readonly action: Action;
  /** Targets of engine requests, in order. */
  readonly targets: readonly NodeKey[];
  /** All nodes of the unit, targets included, infra containers not. */
  readonly nodes: readonly NodeKey[];
  /** Infra containers of its pods; locked with the unit, but not nodes of the plan. */
  readonly infra: readonly NodeKey[];
  /** Units that must succeed first. */
  readonly hardDependencies: readonly UnitId[];
  /** Units that are attempted first; their failure blocks nothing. */
  readonly softDependencies: readonly UnitId[];
  /** Checked after the units of its dependencies have ended; a `stop` unit has some only in a restart. */
  readonly conditions?: readonly StartCondition[] | undefined;
  /** In a restart, the `stop` unit of this `start` unit. */
  readonly undoes?: UnitId | undefined;
  /** From 0; all hard and soft dependencies are in earlier steps. */
  readonly step: number;
  /** The sum of its containers' stop timeouts, running or not. */
  readonly stopTimeout: StopTimeout;
}

export type InclusionReason =
  | { readonly kind: 'chosen' }
  | { readonly kind: 'memberOf'; readonly pod: NodeKey }
  | { readonly kind: 'needs'; readonly dependency: NodeKey }
  | { readonly kind: 'neededBy'; readonly dependent: NodeKey };

export interface PlannedNode {
  readonly node: PlanNode;
  readonly unit: UnitId;
  readonly why: InclusionReason;
  /** Also of a container that is not running, because it may be started later. 0 if the action stops nothing. */
  readonly stopTimeout: StopTimeout;
  /** Hard dependents in the plan. */
  readonly dependents: readonly NodeKey[];
  /** Hard edges to dependencies in the plan; in old journals only of lifecycle actions. */
  readonly dependencies?: readonly GraphEdge[];
  readonly restartedBy: Restarter | undefined;
  /** Of a node that is stopped and started through its systemd unit. */
  readonly systemd?: PlannedUnit | undefined;
  /** Bytes of a container's writable layer; undefined if not measured. */
  readonly size?: number | undefined;
}

export type Blocker =
  | { readonly kind: 'running' | 'paused'; readonly node: ContainerNode }
  | { readonly kind: 'dependent'; readonly node: GraphNode; readonly of: PlanNode }
  /** `of`, `node` and the others wait for each other to be healthy or completed, so that none can start first. */
  | {
      readonly kind: 'conditionCycle';
      readonly node: GraphNode;
      readonly of: PlanNode;
      readonly others: readonly GraphNode[];
    }
  /** `of` depends on `node`, which is not running and not in the plan. */
  | { readonly kind: 'dependency'; readonly node: GraphNode; readonly of: PlanNode };

export type RetainReason =
  | { readonly kind: 'notChosen' }
  | { readonly kind: 'excluded' }
  | { readonly kind: 'protected'; readonly by: ProtectionReason }
  | Unmanageable
  | { readonly kind: 'running' }
  /** Its unit may create it again, because systemd cannot be reached. */
  | { readonly kind: 'systemdUnreachable'; readonly unit: string; readonly obstacle: SystemdObstacle }
  /** `engine` is its display name. */
  | { readonly kind: 'engineUnavailable'; readonly engine: string }
  | { readonly kind: 'neededBy'; readonly node: NodeKey }
  /** It depends on a retained node. */
  | { readonly kind: 'needs'; readonly node: NodeKey }
  /** Created with `--rm`: it could not be started again. */
  | { readonly kind: 'removedWhenStopped' }
  | { readonly kind: 'podRetained'; readonly pod: NodeKey }
  | { readonly kind: 'service' }
  /** A network or volume that the project uses and did not create. */
  | { readonly kind: 'external' }
  /** A network of the engine itself. */
  | { readonly kind: 'defaultNetwork' }
  /** In use by the engine's list, although no known container uses it. */
  | { readonly kind: 'inUse' }
  /** An image with other names. */
  | { readonly kind: 'severalTags' }
  | { readonly kind: 'notCreatable'; readonly problem: RecipeProblem }
  | { readonly kind: 'unknown' };

export interface RetainedNode {
  readonly node: PlanNode;
  readonly why: RetainReason;
  /** Of a volume, network or image: the containers that use it. */
  readonly users?: readonly NodeKey[] | undefined;
}

/** An anonymous volume of containers that the plan removes; it is not a node of the plan. */
export interface PlannedVolume {
  readonly key: NodeKey;
  /** The plan's containers that mount it. */
  readonly containers: readonly NodeKey[];
  readonly choice: 'keep' | 'delete';
  /**
   * Why the user has no choice: a retained container mounts it (`shared`), or the engine deletes it in any case, when its
   * `--rm` container stops (`autoRemove`) or with the pod whose infra container mounts it (`infra`).
   */
  readonly fixed?: 'shared' | 'autoRemove' | 'infra' | undefined;
  /** Bytes; undefined if not measured. */
  readonly size?: number | undefined;
}

/** Immutable: a run executes the plan that was confirmed. */
export interface Plan {
  readonly id: string;
  readonly action: Action;
  readonly scope: Scope;
  readonly options: PlanOptions;
  /** In a valid sequential order. */
  readonly units: readonly Unit[];
  readonly nodes: ReadonlyMap<NodeKey, PlannedNode>;
  /** The plan can run only if there are none. */
  readonly blockers: readonly Blocker[];
  readonly retained: readonly RetainedNode[];
  /** Cycles over hard edges among the plan's nodes. */
  readonly cycles: readonly (readonly NodeKey[])[];
  readonly volumes: readonly PlannedVolume[];
  readonly counts: PlanCounts;
}

export interface PlanCounts {
  readonly pods: number;
  /** Without infra containers. */
  readonly containers: number;
  /** Without those that its containers mount. */
  readonly volumes: number;
  readonly networks: number;
  readonly images: number;
  /** Active containers. */
  readonly running: number;
  /** Included dependents or dependencies. */
  readonly implied: number;
  readonly engines: number;
  /** The longest stop timeout of active containers. */
  readonly stopTimeout: StopTimeout;
}

/** The step of each node; in a restart, the one that stops it. */
export function nodeSteps({ units }: Pick<Plan, 'units'>): Map<NodeKey, number> {
  const steps = new Map<NodeKey, number>();
  for (const { nodes, step, undoes } of units) if (undoes === undefined) for (const key of nodes) steps.set(key, step);
  return steps;
}

/** The indices of the selected nodes in insertion order, each with its reason. */
export class PlanSelection {
  private readonly reasons: (InclusionReason | undefined)[];
  private readonly order: number[] = [];
  private hasDropped = false;

  /** @param count the number of nodes of the graph */
  constructor(count: number) {
    this.reasons = new Array<InclusionReason | undefined>(count).fill(undefined);
  }

  get indices(): readonly number[] {
    return this.hasDropped ? this.order.filter((index) => this.reasons[index] !== undefined) : this.order;
  }

  has(index: number): boolean {
    return this.reasons[index] !== undefined;
  }

  reasonFor(index: number): InclusionReason | undefined {
    return this.reasons[index];
  }

  /** Replaces the reason if already selected. */
  add(index: number, why: InclusionReason) {
    if (this.reasons[index] === undefined) this.order.push(index);
    this.reasons[index] = why;
  }

  /** A dropped node must not be added again. */
  drop(index: number) {
    this.reasons[index] = undefined;
    this.hasDropped = true;
  }
}

/** The stop timeout of a container; one that is not in the plan (an infra container) has that of the plan's options. */
export function stopTimeoutIn(plan: Plan, key: NodeKey): StopTimeout {
  return plan.nodes.get(key)?.stopTimeout ?? plan.options.stopTimeout ?? defaultStopTimeout;
}

/**
 * The stop timeout to send to the engine. A container's own is left to the engine unless it is unlimited: above 292 years,
 * nanoseconds overflow, and Podman 4.3.1, 5.8.6 and Docker 26 kill immediately (9999999999 s).
 */
export function timeoutToSend(plan: Plan, key: NodeKey): StopTimeout | undefined {
  const { stopTimeout } = plan.options;
  if (stopTimeout !== undefined) return stopTimeout;
  return plan.nodes.get(key)?.stopTimeout === 'unlimited' ? 'unlimited' : undefined;
}
