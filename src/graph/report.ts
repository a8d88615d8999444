import type { ContainerState, NodeKey, PlanNode } from './model';
import { isActive } from './model';
import type { Plan } from './plan';

/** Why a node is not as it was to be: still there, still up, not started. Engine reasons are passed on as they are. */
export type FailureReason =
  /** The engine answered that it was done, and it is not so. */
  | 'falseSuccess'
  /** What hangs on it is not what was confirmed: it was left alone. */
  | 'changed'
  /** It runs, and the plan did not allow to stop it. */
  | 'running'
  /** A volume that a container uses. */
  | 'inUse'
  /** The engine refuses because the nodes of a cycle need each other. */
  | 'cycle'
  | (string & {});

export type Outcome =
  | { readonly kind: 'removed' }
  | { readonly kind: 'alreadyGone' }
  /** Stopped, started, paused …, as the plan's action has it. */
  | { readonly kind: 'done' }
  /** It was as wanted before anything was sent. */
  | { readonly kind: 'alreadySo' }
  | { readonly kind: 'failed'; readonly reason: FailureReason; readonly words: string }
  | { readonly kind: 'skipped'; readonly because: NodeKey }
  | { readonly kind: 'notAttempted'; readonly why: 'cancelled' | 'engineLost' }
  | { readonly kind: 'unknown'; readonly words: string };

/**
 * The engine's last answer about a node: a container's state, `present` for a pod or a volume, `gone`, or `unknown` where
 * the engine could not be asked.
 */
export type CurrentState = ContainerState | 'present' | 'gone';

/**
 * A change that a run made to a node without completing its action: it was stopped; it was sent a stop and still runs (or
 * could not be asked about); it was paused and now runs.
 */
export type PartialChange = 'stopped' | 'stopping' | 'resumed';

/** An outcome and the state that it is measured by: neither is ever reported without the other. */
export interface Settled {
  readonly outcome: Outcome;
  readonly state: CurrentState;
}

export interface NodeReport extends Settled {
  readonly node: PlanNode;
  /** Undefined where the outcome says all, or the run changed nothing. */
  readonly partial: PartialChange | undefined;
  /** Milliseconds from the first call for it to its outcome; undefined when none was made. */
  readonly duration: number | undefined;
  /** How many times the engine was asked to do it. */
  readonly attempts: number;
}

/** One outcome and one state for each node of the plan, as the engine itself confirmed it after the run. */
export interface Report {
  readonly plan: Plan;
  readonly nodes: ReadonlyMap<NodeKey, NodeReport>;
  readonly cancelled: boolean;
  /** Whether every engine could be asked at the end; otherwise some outcomes may be `unknown`. */
  readonly settled: boolean;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
}

export type OutcomeKind = Outcome['kind'];

/** How many of each kind. */
export interface Tally {
  pods: number;
  containers: number;
  volumes: number;
}

const places = { pod: 'pods', container: 'containers', volume: 'volumes' } as const;

/** How many nodes of each kind ended in each way. */
export function tally(report: Report): Readonly<Record<OutcomeKind, Readonly<Tally>>> {
  const zero = (): Tally => ({ pods: 0, containers: 0, volumes: 0 });
  const counts: Record<OutcomeKind, Tally> = {
    removed: zero(),
    alreadyGone: zero(),
    done: zero(),
    alreadySo: zero(),
    failed: zero(),
    skipped: zero(),
    notAttempted: zero(),
    unknown: zero(),
  };
  for (const { node, outcome } of report.nodes.values()) {
    counts[outcome.kind][places[node.kind]]++;
  }
  return counts;
}

/** Whether a node is as the plan would have it. */
export function isGood({ kind }: Outcome): boolean {
  return kind === 'removed' || kind === 'alreadyGone' || kind === 'done' || kind === 'alreadySo';
}

/** Whether everything is as the plan would have it. */
export function isComplete(report: Report): boolean {
  return [...report.nodes.values()].every(({ outcome }) => isGood(outcome));
}

/** The calls that a run has sent for a node, and that change it before its outcome does. */
export interface SentCalls {
  /** A stop, a kill or a signal, while it was active. */
  readonly stop: boolean;
  /** A start after the stop: the way up of a restart. */
  readonly start: boolean;
  /** An unpause before it is stopped or removed. */
  readonly unpause: boolean;
}

/** Says what a run has changed where the outcome does not. */
export function partialChange({ outcome, state }: Settled, sent: SentCalls): PartialChange | undefined {
  if (isGood(outcome) || state === 'gone' || state === 'present') return undefined;
  if (sent.stop) {
    const mayRun = state === 'unknown' || isActive(state);
    if (!mayRun) return 'stopped';
    return sent.start ? undefined : 'stopping';
  }
  return sent.unpause && state === 'running' ? 'resumed' : undefined;
}
