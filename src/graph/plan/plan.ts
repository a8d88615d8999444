import type { ContainerGraph } from '../model/graph';
import type { ContainerNode, EngineId, GraphEdge, GraphNode, KeptOut, NodeKey, PlanNode } from '../model/model';
import type { ProtectionReason } from '../model/protection';
import type { StopTimeout } from '../model/stopTimeout';
import type { Action } from './lifecycleAction';

/** What the user pointed at. */
export interface Scope {
  /** Nodes in any order; one named twice counts once, an infra container means its pod. */
  readonly chosen: readonly NodeKey[];
  /** Whether this is all that the view shows, and not a selection. */
  readonly isAll: boolean;
  /** What of all that there is the view did not show, where it did not show everything. */
  readonly FilterInfo?: FilterInfo | undefined;
}

interface FilterInfo {
  /** As a person typed it. */
  readonly filter: string;
  /** How many pods and containers are not shown, and so not meant. */
  readonly hidden: number;
}

export interface PlanOptions {
  /** What is done with the nodes; they are removed where nothing is said. */
  readonly action?: Action | undefined;
  /** Whether what needs the chosen nodes goes along, or blocks the plan. For a start: what the chosen nodes need. */
  readonly dependents: 'include' | 'block';
  /** What runs is stopped first, or blocks the plan, or is left out of it with all that it needs. */
  readonly running: 'stop' | 'block' | 'skip';
  /** Why a node must be kept out of any plan; undefined when it need not. */
  readonly protects?: ((node: PlanNode, graph: ContainerGraph) => ProtectionReason | undefined) | undefined;
  /** Nodes that a person has taken out of the plan again; what they need stays with them. */
  readonly excluded?: readonly NodeKey[] | undefined;
  /** Engines that cannot be asked now, as people know them: what they hold stays. */
  readonly unreachable?: ReadonlyMap<EngineId, string> | undefined;
  /** The stop timeout of everything, in place of each container's own. */
  readonly stopTimeout?: StopTimeout | undefined;
}

export type UnitId = string;

/**
 * What is worked on by one decision: a container; a pod with its infra container and members; a cycle of containers; a
 * volume. Of a cycle, `targets` are worked on one after another.
 */
export interface Unit {
  readonly id: UnitId;
  readonly kind: 'container' | 'pod' | 'cycle' | 'volume';
  readonly engine: EngineId;
  /** What is done with it. A restart takes what hangs together down in one unit and up in another. */
  readonly action: Action;
  /** What the engine is asked to work on, in order. */
  readonly targets: readonly NodeKey[];
  /** All nodes of the plan that go with this unit, targets among them; no infra container. */
  readonly nodes: readonly NodeKey[];
  /** The infra containers that go with its pods; locked with them, never a node of the plan. */
  readonly infra: readonly NodeKey[];
  /** Units that must be done first: they need this one or, on the way up, are needed by it. */
  readonly hardDependencies: readonly UnitId[];
  /** Units that go first if they can, and block nothing if they cannot. */
  readonly softDependencies: readonly UnitId[];
  /** Of a restart, the unit that takes down what this one brings up again. */
  readonly undoes?: UnitId | undefined;
  /** Position in the order, from 0: all that a unit waits for or follows stands in an earlier wave. */
  readonly wave: number;
  /** How long stopping everything in it may take at most, one after another, whether or not it ran when planned. */
  readonly stopTimeout: StopTimeout;
}

export type InclusionReason =
  | { readonly kind: 'chosen' }
  | { readonly kind: 'memberOf'; readonly pod: NodeKey }
  | { readonly kind: 'needs'; readonly dependency: NodeKey }
  | { readonly kind: 'neededBy'; readonly dependent: NodeKey };

/** What makes a container again that was removed, or starts it when it was stopped; see `returnsBy`. */
export type Returns = 'systemd' | 'swarm' | 'kubernetes';

export interface PlannedNode {
  readonly node: PlanNode;
  readonly unit: UnitId;
  readonly why: InclusionReason;
  /** The container's stop timeout, whether or not it ran when planned: it may be started since. 0 where nothing is stopped. */
  readonly stopTimeout: StopTimeout;
  /** Those of the plan that need it over hard edges. */
  readonly dependents: readonly NodeKey[];
  /** Hard edges to what it needs of the plan; old journals have them only where states are changed. */
  readonly dependencies?: readonly GraphEdge[];
  /** Who will start it again after it is gone. */
  readonly restartedBy: Returns | undefined;
}

export type Blocker =
  | { readonly kind: 'running' | 'paused'; readonly node: ContainerNode }
  | { readonly kind: 'dependent'; readonly node: GraphNode; readonly of: PlanNode }
  /** `node` is needed by `of`, does not run, and was not chosen. */
  | { readonly kind: 'dependency'; readonly node: GraphNode; readonly of: PlanNode };

export type RetainReason =
  | { readonly kind: 'notChosen' }
  | { readonly kind: 'excluded' }
  | { readonly kind: 'protected'; readonly by: ProtectionReason }
  | KeptOut
  | { readonly kind: 'running' }
  /** `engine` is its name for people. */
  | { readonly kind: 'engineAway'; readonly engine: string }
  | { readonly kind: 'neededBy'; readonly node: NodeKey }
  /** It needs what stays as it is. */
  | { readonly kind: 'needs'; readonly node: NodeKey }
  /** It was made to go when it stops, so that it could not be started again. */
  | { readonly kind: 'goesWhenStopped' }
  | { readonly kind: 'podStays'; readonly pod: NodeKey }
  | { readonly kind: 'service' }
  | { readonly kind: 'unknown' };

export interface RetainedNode {
  readonly node: PlanNode;
  readonly why: RetainReason;
}

/** Frozen at confirmation: what was shown is what runs, whatever the engine does meanwhile. */
export interface Plan {
  readonly id: string;
  readonly action: Action;
  readonly scope: Scope;
  readonly options: PlanOptions;
  /** In an order that could be followed one by one. */
  readonly units: readonly Unit[];
  readonly nodes: ReadonlyMap<NodeKey, PlannedNode>;
  /** What forbids the plan as a whole; empty when it may run. */
  readonly blockers: readonly Blocker[];
  readonly retained: readonly RetainedNode[];
  /** Cycles over hard edges among the plan's nodes, named node by node. */
  readonly cycles: readonly (readonly NodeKey[])[];
  /** Anonymous volumes that go along with containers, by name; nodes of the plan are only those that were chosen. */
  readonly volumes: readonly string[];
  readonly counts: PlanCounts;
}

export interface PlanCounts {
  readonly pods: number;
  /** Without infra containers. */
  readonly containers: number;
  /** Those that were chosen: what goes along with a container is not counted. */
  readonly volumes: number;
  /** Containers that run, are paused or restart. */
  readonly running: number;
  /** Nodes that go along without having been chosen. */
  readonly implied: number;
  readonly engines: number;
  /** The longest stop timeout of those that run. */
  readonly stopTimeout: StopTimeout;
}

/** The nodes that a plan includes so far, by number, in the order in which they came in, each with its reason. */
export class PlanSelection {
  private readonly reasons: (InclusionReason | undefined)[];
  private readonly order: number[] = [];
  private isDropped = false;

  /** @param count how many nodes the graph holds */
  constructor(count: number) {
    this.reasons = new Array<InclusionReason | undefined>(count).fill(undefined);
  }

  get indices(): readonly number[] {
    return this.isDropped ? this.order.filter((number) => this.reasons[number] !== undefined) : this.order;
  }

  has(number: number): boolean {
    return this.reasons[number] !== undefined;
  }

  reasonFor(number: number): InclusionReason | undefined {
    return this.reasons[number];
  }

  /** One that is in already keeps its place, and gets another reason. */
  add(number: number, why: InclusionReason) {
    if (this.reasons[number] === undefined) this.order.push(number);
    this.reasons[number] = why;
  }

  /** For good: what was dropped must not come in again. */
  drop(number: number) {
    this.reasons[number] = undefined;
    this.isDropped = true;
  }
}
