import {
  type ContainerNode,
  type ContainerState,
  type EngineId,
  engineOf,
  type Health,
  isRemovedOnExit,
  isActive,
  isInitContainer,
  isStoppedUnit,
  type NodeKey,
  type PlanNode,
} from '../model/model';
import { type Action, isDependenciesFirst, isInTargetState } from './lifecycleAction';
import type { Plan, PlannedNode } from './plan';

/** Reasons of Podgraph itself, or those of an `EngineError`. */
export type FailureReason =
  /** The engine reported success, but the node is not in the target state. */
  | 'falseSuccess'
  /** It differs from what was confirmed, so nothing was sent. */
  | 'changed'
  /** It is running, and the plan does not stop running containers. */
  | 'running'
  /** A volume that a container uses. */
  | 'inUse'
  /** A volume could not be saved, so nothing was deleted; `noSpace`: the disk is full. */
  | 'backupFailed'
  | 'noSpace'
  /** Its Quadlet file was not deleted; its container, if it had one, was removed. */
  | 'quadletKept'
  /** A systemd unit failed, was started again meanwhile, or may not be controlled by this user. */
  | 'systemdFailed'
  | 'systemdRestarted'
  | 'systemdDenied'
  | 'systemdUnreachable'
  /** A volume could not be restored from its backup, so its containers were not started. */
  | 'restoreFailed'
  /** The engine rejects removals of nodes that depend on each other. */
  | 'cycle'
  | (string & {});

/** Why a dependency did not become what its dependent waited for. */
export type UnmetCondition =
  /** `output` of its last check. */
  | { readonly kind: 'unhealthy'; readonly output: string }
  | { readonly kind: 'notHealthyInTime'; readonly ms: number }
  | { readonly kind: 'ended'; readonly exitCode: number | undefined }
  | { readonly kind: 'gone' };

export type Outcome =
  | { readonly kind: 'removed' }
  | { readonly kind: 'alreadyRemoved' }
  /** The action succeeded. Of a created node, `differences` are fields that differ from its recipe. */
  | { readonly kind: 'done'; readonly differences?: readonly string[] | undefined }
  /** It was in the target state already. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'failed'; readonly reason: FailureReason; readonly message: string }
  | { readonly kind: 'skipped'; readonly because: NodeKey; readonly unmet?: UnmetCondition | undefined }
  | { readonly kind: 'notAttempted'; readonly reason: 'cancelled' | 'engineDisconnected' }
  | { readonly kind: 'unknown'; readonly message: string };

/** A container's last listed state, `present` for a pod or volume, `gone` if not listed, `unknown` without a list. */
export type CurrentState = ContainerState | 'present' | 'gone';

/** Whether anonymous volumes of a plan exist after its run; without an entry, this is unknown. */
export type VolumeStates = ReadonlyMap<NodeKey, 'present' | 'gone'>;

/** A complete tar of an anonymous volume, saved before the volume was deleted. */
export interface Backup {
  readonly volume: NodeKey;
  readonly file: string;
  readonly bytes: number;
  /** Of the file, in hex digits. */
  readonly sha256: string;
}

/** The effect of an incomplete action: stopped, sent a stop but maybe still running, or unpaused. */
type PartialChange = 'stopped' | 'stopping' | 'resumed';

export interface ReconciledOutcome {
  readonly outcome: Outcome;
  readonly state: CurrentState;
}

/** Milliseconds from the stop signal to the exit, and of the removal after both exit and first request. */
export interface RemovalPhases {
  readonly stop: number;
  readonly removal: number;
}

export interface NodeReport extends ReconciledOutcome {
  readonly node: PlanNode;
  readonly partial: PartialChange | undefined;
  /** Of a running container, as last observed. */
  readonly health?: Health | undefined;
  /** Milliseconds from the first request to the outcome; undefined without a request. */
  readonly duration: number | undefined;
  /** Of a removal whose stop was observed apart. */
  readonly phases?: RemovalPhases | undefined;
  readonly attempts: number;
}

/** The result of a run, with an entry for each node of the plan. */
export interface Report {
  readonly plan: Plan;
  readonly nodes: ReadonlyMap<NodeKey, NodeReport>;
  readonly volumes: VolumeStates;
  /** Undefined if the plan saves no volumes. */
  readonly backups?: readonly Backup[] | undefined;
  /** Nodes of a removal whose recipes could not be saved, each with the reason. */
  readonly unsaved?: ReadonlyMap<NodeKey, string> | undefined;
  readonly cancelled: boolean;
  /** All engines could be listed after the run; otherwise outcomes may be `unknown`. */
  readonly isReconciled: boolean;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
}

export type OutcomeKind = Outcome['kind'];

export interface NodeCounts {
  pods: number;
  containers: number;
  /** Without a container. */
  units: number;
  volumes: number;
  networks: number;
  images: number;
}

const noNodes: Readonly<NodeCounts> = { pods: 0, containers: 0, units: 0, volumes: 0, networks: 0, images: 0 };

const counters = {
  pod: 'pods',
  container: 'containers',
  volume: 'volumes',
  network: 'networks',
  image: 'images',
} as const;

const counterOf = (node: PlanNode) => (isStoppedUnit(node) ? 'units' : counters[node.kind]);

export function countOutcomes(report: Report): Readonly<Record<OutcomeKind, Readonly<NodeCounts>>> {
  const zero = (): NodeCounts => ({ ...noNodes });
  const counts: Record<OutcomeKind, NodeCounts> = {
    removed: zero(),
    alreadyRemoved: zero(),
    done: zero(),
    unchanged: zero(),
    failed: zero(),
    skipped: zero(),
    notAttempted: zero(),
    unknown: zero(),
  };
  for (const { node, outcome } of report.nodes.values()) {
    counts[outcome.kind][counterOf(node)]++;
  }
  return counts;
}

export function countKinds(nodes: Iterable<Pick<PlannedNode, 'node'>>): NodeCounts {
  const counts = { ...noNodes };
  for (const { node } of nodes) counts[counterOf(node)]++;
  return counts;
}

export function isSuccess({ kind }: Outcome): boolean {
  return kind === 'removed' || kind === 'alreadyRemoved' || kind === 'done' || kind === 'unchanged';
}

export function isSuccessful(report: Report): boolean {
  return [...report.nodes.values()].every(({ outcome }) => isSuccess(outcome));
}

/** The requests that a run sent for a node before the one that determines the outcome. */
interface SentCalls {
  /** A stop, kill or signal, sent while it was active. */
  readonly stop: boolean;
  /** The start of a restart. */
  readonly start: boolean;
  /** An unpause before a stop or removal. */
  readonly unpause: boolean;
}

/** A change that the outcome does not show. */
export function partialChange({ outcome, state }: ReconciledOutcome, sent: SentCalls): PartialChange | undefined {
  if (isSuccess(outcome) || state === 'gone' || state === 'present') return undefined;
  if (sent.stop) {
    const mayBeRunning = state === 'unknown' || isActive(state);
    if (!mayBeRunning) return 'stopped';
    return sent.start ? undefined : 'stopping';
  }
  return sent.unpause && state === 'running' ? 'resumed' : undefined;
}

/** All nodes that an engine lists, with their states. */
export type ListedStates = ReadonlyMap<NodeKey, CurrentState>;

/**
 * Corrects the outcomes of a run by lists requested after it: the engine is authoritative.
 *
 * @param outcomes as the run recorded them; a missing node was not attempted
 * @param lists of the engines that could be listed; nodes of the others keep their outcome, in an unknown state
 */
export function reconcile(
  plan: Plan,
  outcomes: ReadonlyMap<NodeKey, Outcome>,
  lists: ReadonlyMap<EngineId, ListedStates>,
): Map<NodeKey, ReconciledOutcome> {
  const reconciled = new Map<NodeKey, ReconciledOutcome>();
  for (const [key, { node }] of plan.nodes) {
    const recorded = outcomes.get(key) ?? { kind: 'notAttempted', reason: 'cancelled' };
    const listed = lists.get(engineOf(key));
    if (!listed) {
      reconciled.set(key, { outcome: recorded, state: 'unknown' });
      continue;
    }
    const state = listed.get(key) ?? 'gone';
    const { action } = plan;
    const outcome =
      action === 'remove'
        ? correctRemoval(recorded, isStoppedUnit(node) ? !isSuccess(recorded) : state !== 'gone')
        : correctLifecycle(plan, recorded, nodeIsInTargetState(plan, action, key, listed));
    reconciled.set(key, { outcome, state });
  }
  return reconciled;
}

/** The state of a listed container. */
function containerState(listed: ListedStates, key: NodeKey): ContainerState | undefined {
  const state = listed.get(key);
  return state === 'present' || state === 'gone' ? undefined : state;
}

/** Whether a node, or all members of a pod, are in the target state; undefined if the states do not show that. */
function nodeIsInTargetState(
  plan: Plan,
  action: Exclude<Action, 'remove'>,
  key: NodeKey,
  listed: ListedStates,
): boolean | undefined {
  const { node } = plan.nodes.get(key) ?? {};
  if (action === 'bringBack') return listed.has(key) && (node?.kind !== 'container' || isStartedIn(node, listed));
  if (!listed.has(key)) {
    // A container that the engine removes on exit is neither running nor paused.
    if (action === 'stop' || action === 'kill') return true;
    const isRemoved = node?.kind === 'container' && isRemovedOnExit(node);
    if (isRemoved && action === 'restart') return undefined;
    return isRemoved && action !== 'start';
  }
  if (node?.kind !== 'pod') {
    const state = containerState(listed, key);
    return state && isInTargetState(action, state);
  }
  const members = [...plan.nodes.values()].filter(
    ({ node: one }) => one.kind === 'container' && one.pod === key && !isInitContainer(one, node),
  );
  const containers = members.map((one) => one.node.key);
  if (node.infra && action !== 'pause') containers.push(node.infra);
  const states = containers.flatMap((container) => containerState(listed, container) ?? []);
  const results = states.map((state) => isInTargetState(action, state));
  return results.includes(undefined) ? undefined : results.every(Boolean);
}

/** Whether a container that ran before its removal runs. */
function isStartedIn({ key, state }: ContainerNode, listed: ListedStates): boolean {
  const now = containerState(listed, key);
  return !isActive(state) || (now !== undefined && isActive(now));
}

function correctLifecycle(plan: Plan, recorded: Outcome, isReached: boolean | undefined): Outcome {
  switch (recorded.kind) {
    case 'done':
    case 'unchanged':
      // A started container may have exited since.
      if (isReached !== false || isDependenciesFirst(plan.action)) return recorded;
      return {
        kind: 'failed',
        reason: 'falseSuccess',
        message: 'the engine reported success, but the state is not as expected',
      };
    case 'failed':
      // A stopped container has its state, but not its data.
      return isReached && recorded.reason !== 'restoreFailed' ? { kind: 'done' } : recorded;
    case 'unknown':
      return isReached ? { kind: 'done' } : { kind: 'failed', reason: 'unconfirmed', message: recorded.message };
    case 'skipped':
    case 'notAttempted':
      return isReached ? { kind: 'unchanged' } : recorded;
    case 'removed':
    case 'alreadyRemoved':
      return recorded;
  }
}

function correctRemoval(recorded: Outcome, present: boolean): Outcome {
  switch (recorded.kind) {
    case 'removed':
    case 'alreadyRemoved':
      if (!present) return recorded;
      return { kind: 'failed', reason: 'falseSuccess', message: 'the engine reported success, but still lists it' };
    case 'failed':
      // Only its Quadlet file was not deleted.
      return present || recorded.reason === 'quadletKept' ? recorded : { kind: 'removed' };
    case 'unknown':
      return present ? { kind: 'failed', reason: 'unconfirmed', message: recorded.message } : { kind: 'removed' };
    case 'skipped':
    case 'notAttempted':
      return present ? recorded : { kind: 'alreadyRemoved' };
    case 'done':
    case 'unchanged':
      return present ? recorded : { kind: 'removed' };
  }
}
