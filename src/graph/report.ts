import type { GraphNode, NodeKey } from './model';
import type { Plan } from './plan';

/** Why a node is still there after it was to go. Engine reasons are passed on as they are. */
export type FailureReason =
  /** The engine answered that it was removed, and still has it. */
  | 'falseSuccess'
  /** What hangs on it is not what was confirmed: it was left alone. */
  | 'changed'
  /** It runs, and the plan did not allow to stop it. */
  | 'running'
  /** The engine refuses because the nodes of a cycle need each other. */
  | 'cycle'
  | (string & {});

export type Outcome =
  | { readonly kind: 'removed' }
  | { readonly kind: 'alreadyGone' }
  | { readonly kind: 'failed'; readonly reason: FailureReason; readonly words: string }
  | { readonly kind: 'skipped'; readonly because: NodeKey }
  | { readonly kind: 'notAttempted'; readonly why: 'cancelled' | 'engineLost' }
  | { readonly kind: 'unknown'; readonly words: string };

export interface NodeReport {
  readonly node: GraphNode;
  readonly outcome: Outcome;
  /** Milliseconds from the first call for it to its outcome; undefined when none was made. */
  readonly duration: number | undefined;
  /** How many times the engine was asked to remove it. */
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

/** How many pods and containers ended in each way. */
export function tally(report: Report): Readonly<Record<OutcomeKind, { pods: number; containers: number }>> {
  const zero = () => ({ pods: 0, containers: 0 });
  const counts: Record<OutcomeKind, { pods: number; containers: number }> = {
    removed: zero(),
    alreadyGone: zero(),
    failed: zero(),
    skipped: zero(),
    notAttempted: zero(),
    unknown: zero(),
  };
  for (const { node, outcome } of report.nodes.values()) {
    counts[outcome.kind][node.kind === 'pod' ? 'pods' : 'containers']++;
  }
  return counts;
}

/** Whether everything that was to go is gone. */
export function isComplete(report: Report): boolean {
  return [...report.nodes.values()].every(
    ({ outcome }) => outcome.kind === 'removed' || outcome.kind === 'alreadyGone',
  );
}
