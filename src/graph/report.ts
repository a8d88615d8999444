import type { NodeKey, PlanNode } from './model';
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
  | {
      readonly kind: 'notAttempted';
      readonly why: 'cancelled' | 'engineLost';
      /** Of a restart: it had been stopped, and was not started again. */
      readonly halfway?: boolean;
    }
  | { readonly kind: 'unknown'; readonly words: string };

export interface NodeReport {
  readonly node: PlanNode;
  readonly outcome: Outcome;
  /** Milliseconds from the first call for it to its outcome; undefined when none was made. */
  readonly duration: number | undefined;
  /** How many times the engine was asked to do it. */
  readonly attempts: number;
}

/** One outcome for each node of the plan, as the engine itself confirmed it after the run. */
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
