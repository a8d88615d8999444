import {
  type ContainerState,
  type EngineId,
  engineOf,
  goesWhenItEnds,
  isActive,
  isInitContainer,
  type NodeKey,
  type PlanNode,
} from '../model/model';
import { isInTargetState } from './lifecycleAction';
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
  | { readonly kind: 'alreadyRemoved' }
  /** Stopped, started, paused …, as the plan's action has it. */
  | { readonly kind: 'done' }
  /** It was as wanted before anything was sent. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'failed'; readonly reason: FailureReason; readonly message: string }
  | { readonly kind: 'skipped'; readonly because: NodeKey }
  | { readonly kind: 'notAttempted'; readonly reason: 'cancelled' | 'engineDisconnected' }
  | { readonly kind: 'unknown'; readonly message: string };

/**
 * The engine's last answer about a node: a container's state, `present` for a pod or a volume, `gone`, or `unknown` where
 * the engine could not be asked.
 */
export type CurrentState = ContainerState | 'present' | 'gone';

/**
 * A change that a run made to a node without completing its action: it was stopped; it was sent a stop and still runs (or
 * could not be asked about); it was paused and now runs.
 */
type PartialChange = 'stopped' | 'stopping' | 'resumed';

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
export interface NodeCounts {
  pods: number;
  containers: number;
  volumes: number;
}

const positions = { pod: 'pods', container: 'containers', volume: 'volumes' } as const;

/** How many nodes of each kind ended in each way. */
export function countOutcomes(report: Report): Readonly<Record<OutcomeKind, Readonly<NodeCounts>>> {
  const zero = (): NodeCounts => ({ pods: 0, containers: 0, volumes: 0 });
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
    counts[outcome.kind][positions[node.kind]]++;
  }
  return counts;
}

/** Whether a node is as the plan would have it. */
export function isSuccess({ kind }: Outcome): boolean {
  return kind === 'removed' || kind === 'alreadyRemoved' || kind === 'done' || kind === 'unchanged';
}

/** Whether everything is as the plan would have it. */
export function isSuccessful(report: Report): boolean {
  return [...report.nodes.values()].every(({ outcome }) => isSuccess(outcome));
}

/** The calls that a run has sent for a node, and that change it before its outcome does. */
interface SentCalls {
  /** A stop, a kill or a signal, while it was active. */
  readonly stop: boolean;
  /** A start after the stop: the way up of a restart. */
  readonly start: boolean;
  /** An unpause before it is stopped or removed. */
  readonly unpause: boolean;
}

/** Says what a run has changed where the outcome does not. */
export function partialChange({ outcome, state }: Settled, sent: SentCalls): PartialChange | undefined {
  if (isSuccess(outcome) || state === 'gone' || state === 'present') return undefined;
  if (sent.stop) {
    const mayRun = state === 'unknown' || isActive(state);
    if (!mayRun) return 'stopped';
    return sent.start ? undefined : 'stopping';
  }
  return sent.unpause && state === 'running' ? 'resumed' : undefined;
}

/** The nodes that an engine holds, with their states; a node that is missing is gone. */
export type Listed = ReadonlyMap<NodeKey, CurrentState>;

/**
 * The engine's last answer is authoritative: corrects the outcomes of a run by a list requested after it.
 *
 * @param outcomes the run's own outcomes; a missing node counts as not attempted
 * @param answers  the list of each engine; an engine that is missing could not be asked, and its nodes keep the run's
 *                 outcomes, in an unknown state
 */
export function reconcile(
  plan: Plan,
  outcomes: ReadonlyMap<NodeKey, Outcome>,
  answers: ReadonlyMap<EngineId, Listed>,
): Map<NodeKey, Settled> {
  const settled = new Map<NodeKey, Settled>();
  for (const key of plan.nodes.keys()) {
    const believed = outcomes.get(key) ?? { kind: 'notAttempted', reason: 'cancelled' };
    const listed = answers.get(engineOf(key));
    if (!listed) {
      settled.set(key, { outcome: believed, state: 'unknown' });
      continue;
    }
    const state = listed.get(key) ?? 'gone';
    const outcome =
      plan.action === 'remove'
        ? correct(believed, state !== 'gone')
        : correctLifecycle(plan, believed, nodeIsInTargetState(plan, key, listed));
    settled.set(key, { outcome, state });
  }
  return settled;
}

/** Whether a node is as the plan would have it, a pod by its members; undefined where states do not tell. */
function nodeIsInTargetState(plan: Plan, key: NodeKey, listed: Listed): boolean | undefined {
  const { action } = plan;
  if (action === 'remove') return !listed.has(key);
  const { node } = plan.nodes.get(key) ?? {};
  if (!listed.has(key)) {
    // What goes when it stops is down, and what goes by itself is neither running nor paused.
    if (action === 'stop' || action === 'kill') return true;
    const goes = node?.kind === 'container' && goesWhenItEnds(node);
    if (goes && action === 'restart') return undefined;
    return goes && action !== 'start';
  }
  if (node?.kind !== 'pod') {
    const state = listed.get(key);
    return state === undefined || state === 'present' || state === 'gone' ? undefined : isInTargetState(action, state);
  }
  const members = [...plan.nodes.values()].filter(
    ({ node: one }) => one.kind === 'container' && one.pod === key && !isInitContainer(one, node),
  );
  const parts = [...members.map((one) => one.node.key), ...(node.isInfra && action !== 'pause' ? [node.isInfra] : [])];
  const states = parts.flatMap((part) => {
    const state = listed.get(part);
    return state === undefined || state === 'present' || state === 'gone' ? [] : [state];
  });
  const answers = states.map((state) => isInTargetState(action, state));
  return answers.includes(undefined) ? undefined : answers.every(Boolean);
}

function correctLifecycle(plan: Plan, believed: Outcome, so: boolean | undefined): Outcome {
  switch (believed.kind) {
    case 'done':
    case 'unchanged':
      // What was started may have ended by itself since.
      if (so !== false || plan.action === 'start' || plan.action === 'unpause') return believed;
      return { kind: 'failed', reason: 'falseSuccess', message: 'it is not, or no longer, as the engine reported it' };
    case 'failed':
      return so ? { kind: 'done' } : believed;
    case 'unknown':
      return so ? { kind: 'done' } : { kind: 'failed', reason: 'unconfirmed', message: believed.message };
    case 'skipped':
    case 'notAttempted':
      return so ? { kind: 'unchanged' } : believed;
    case 'removed':
    case 'alreadyRemoved':
      return believed;
  }
}

function correct(believed: Outcome, present: boolean): Outcome {
  switch (believed.kind) {
    case 'removed':
    case 'alreadyRemoved':
      if (!present) return believed;
      return { kind: 'failed', reason: 'falseSuccess', message: 'the engine reported it gone, and still lists it' };
    case 'failed':
      return present ? believed : { kind: 'removed' };
    case 'unknown':
      return present ? { kind: 'failed', reason: 'unconfirmed', message: believed.message } : { kind: 'removed' };
    case 'skipped':
    case 'notAttempted':
      return present ? believed : { kind: 'alreadyRemoved' };
    case 'done':
    case 'unchanged':
      return present ? believed : { kind: 'removed' };
  }
}
