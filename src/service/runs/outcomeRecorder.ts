import type { Clock } from '../../clock';
import { parseKey, type NodeKey } from '../../graph/model/model';
import type { StartTime } from '../../graph/model/startTime';
import type { Plan, PlannedNode, Unit, UnitId } from '../../graph/plan/plan';
import {
  isSuccess,
  type NodeReport,
  type Outcome,
  partialChange,
  type RemovalPhases,
  type Report,
} from '../../graph/plan/report';
import type { EndState } from '../../graph/plan/runStateMachine';
import { type EngineStateView, isContainerActive } from '../state/engineStateView';
import type { Reconciliation } from './reconcileRun';
import type { RequestRecorder, UnitResult } from './runContext';
import type { UnmetStart } from './startGate';

/** Milliseconds from the stop request to the exit: well-behaved containers need less. */
const slowStopMs = 1_000;

/** Records the outcome of each node of a plan, for the report. */
export class OutcomeRecorder implements RequestRecorder {
  /** Milliseconds since the epoch, for display. */
  readonly startedAt: number;
  /** The same by the monotonic clock, for durations. */
  private readonly startedMonotonic: number;
  private readonly recorded = new Map<NodeKey, Outcome>();
  /** Failure of the last attempt; the outcome if no other attempt follows. */
  private readonly failures = new Map<NodeKey, Outcome>();
  private readonly startedNodes = new Map<NodeKey, number>();
  private readonly endedNodes = new Map<NodeKey, number>();
  private readonly attempts = new Map<NodeKey, number>();
  /** With the start time of each container at its stop. */
  private readonly stopsSent = new Map<NodeKey, StartTime>();
  /** When the stop of each container that has not exited was sent. */
  private readonly stopping = new Map<NodeKey, number>();
  private readonly stops = new Map<NodeKey, { readonly ms: number; readonly exitedAt: number }>();
  private readonly slowStops = new Set<NodeKey>();
  private readonly unpausesSent = new Set<NodeKey>();
  private readonly startsSent = new Set<NodeKey>();
  /** In a restart: nodes seen stopped, and nodes still running at the start of their start unit. */
  private readonly stoppedNodes = new Set<NodeKey>();
  private readonly neverStopped = new Set<NodeKey>();
  private failedCount = 0;
  /** The unit that determines the outcome: a restart may have two for a node. */
  private readonly lastUnit = new Map<NodeKey, UnitId>();

  constructor(
    private readonly plan: Plan,
    private readonly clock: Clock,
    private readonly observed: Pick<EngineStateView, 'startOf' | 'container'>,
  ) {
    this.startedAt = clock.wallTime();
    this.startedMonotonic = clock.now();
    for (const unit of plan.units) for (const key of unit.nodes) this.lastUnit.set(key, unit.id);
  }

  get outcomes(): ReadonlyMap<NodeKey, Outcome> {
    return this.recorded;
  }

  get counts(): { total: number; ended: number; failed: number } {
    return { total: this.plan.nodes.size, ended: this.recorded.size, failed: this.failedCount };
  }

  outcomeOf(key: NodeKey): Outcome | undefined {
    return this.recorded.get(key);
  }

  recordStart(unit: Unit) {
    for (const key of unit.nodes) {
      if (!this.startedNodes.has(key)) this.startedNodes.set(key, this.clock.now());
      this.attempts.set(key, (this.attempts.get(key) ?? 0) + 1);
    }
  }

  recordStopSent(keys: Iterable<NodeKey>): () => void {
    const startOf = (key: NodeKey) => this.observed.startOf(key);
    const changed = [...keys].filter((key) => !this.stopsSent.has(key) || this.stopsSent.get(key) !== startOf(key));
    const before = this.stopsSentTo(changed);
    for (const key of changed) {
      this.stopsSent.set(key, startOf(key));
      this.stopping.set(key, this.clock.now());
    }
    return () => {
      for (const key of changed) {
        if (before.has(key)) this.stopsSent.set(key, before.get(key));
        else this.stopsSent.delete(key);
      }
    };
  }

  /** Call when containers may have exited; one that was removed at once counts as not observed. */
  recordExits() {
    const exitedAt = this.clock.now();
    for (const [key, sentAt] of this.stopping) {
      if (isContainerActive(this.observed, key)) continue;
      if (exitedAt - sentAt >= slowStopMs) this.slowStops.add(key);
      if (this.observed.container(key)) this.stops.set(key, { ms: exitedAt - sentAt, exitedAt });
      this.stopping.delete(key);
    }
  }

  hasStoppedSlowly(key: NodeKey): boolean {
    return this.slowStops.has(key);
  }

  recordUnpauseSent(key: NodeKey) {
    this.unpausesSent.add(key);
  }

  recordStartSent(keys: Iterable<NodeKey>) {
    for (const key of keys) this.startsSent.add(key);
  }

  /** The nodes of these that were sent a stop, with their start times then. */
  stopsSentTo(keys: readonly NodeKey[]): ReadonlyMap<NodeKey, StartTime> {
    return new Map(keys.filter((key) => this.stopsSent.has(key)).map((key) => [key, this.stopsSent.get(key)]));
  }

  recordStillRunning(keys: Iterable<NodeKey>) {
    for (const key of keys) if (!this.stoppedNodes.has(key)) this.neverStopped.add(key);
  }

  /** @param unchanged nodes that were removed or in their target state before anything was sent */
  recordSuccess(unit: Unit, unchanged: ReadonlySet<NodeKey>, differences?: ReadonlyMap<NodeKey, readonly string[]>) {
    if (this.plan.action === 'restart' && unit.action === 'stop')
      for (const key of unit.nodes) this.stoppedNodes.add(key);
    const podUnchanged = unit.kind === 'pod' && unit.targets.every((target) => unchanged.has(target));
    for (const key of unit.nodes) {
      // A `--rm` container was removed by this run's own stop.
      const wasUnchanged =
        (podUnchanged || unchanged.has(key)) && !(unit.action === 'remove' && this.stopsSent.has(key));
      if (unit.action === 'remove') this.set(key, { kind: wasUnchanged ? 'alreadyRemoved' : 'removed' });
      // A failed stop remains the outcome even if the start succeeds.
      else if (this.lastUnit.get(key) === unit.id && !this.recorded.has(key)) {
        if (this.isUntouched(unit, key)) this.set(key, { kind: 'notAttempted', reason: 'cancelled' });
        else if (wasUnchanged && this.plan.action !== 'restart') this.set(key, { kind: 'unchanged' });
        else
          this.set(key, { kind: 'done', ...(differences?.get(key)?.length && { differences: differences.get(key) }) });
      }
    }
  }

  /** The nodes that were done when their unit was cancelled. */
  recordPartial(unit: Unit, done: ReadonlySet<NodeKey>) {
    for (const key of done) if (this.lastUnit.get(key) === unit.id) this.set(key, { kind: 'done' });
  }

  recordFailure(unit: Unit, result: Extract<UnitResult, { kind: 'failed' }>) {
    for (const key of unit.nodes) {
      const detail = result.members.get(key) ?? result.detail;
      this.failures.set(key, { kind: 'failed', reason: result.reason, message: detail });
    }
  }

  /** The unit is not started, because a dependency is not what it waited for. */
  recordUnmet(unit: Unit, { because, unmet }: UnmetStart) {
    for (const key of unit.nodes) this.failures.set(key, { kind: 'skipped', because, unmet });
  }

  recordDisconnect(unit: Unit, detail: string) {
    for (const key of unit.nodes) this.failures.set(key, { kind: 'unknown', message: detail });
  }

  /** @param targetOf the node that represents a unit in the report */
  finish(unit: Unit, state: EndState, targetOf: (unit: UnitId) => NodeKey) {
    for (const key of unit.nodes) {
      if (this.recorded.has(key)) continue;
      const isLast = this.lastUnit.get(key) === unit.id;
      if (isLast || state.kind !== 'done') this.set(key, this.outcomeFor(key, state, targetOf));
    }
  }

  /** Replaces the outcomes by the reconciled ones. */
  report(cancelled: boolean, reconciliation: Reconciliation): Report {
    this.recorded.clear();
    this.failedCount = 0;
    for (const [key, { outcome }] of reconciliation.nodes) this.set(key, outcome);
    const nodes = new Map<NodeKey, NodeReport>();
    for (const [key, settled] of reconciliation.nodes) {
      const { node } = this.plan.nodes.get(key) as PlannedNode;
      const [start, end] = [this.startedNodes.get(key), this.endedNodes.get(key)];
      const duration = start === undefined || end === undefined ? undefined : Math.round(end - start);
      const sent = {
        stop: this.stopsSent.has(key),
        start: this.startsSent.has(key),
        unpause: this.unpausesSent.has(key),
      };
      const partial = partialChange(settled, sent);
      const attempts = this.attempts.get(key) ?? 0;
      const health = settled.state === 'running' ? this.observed.container(key)?.health : undefined;
      nodes.set(key, { node, ...settled, partial, health, duration, phases: this.phasesOf(key), attempts });
    }
    const { plan, startedAt } = this;
    const endedAt = startedAt + Math.round(this.clock.now() - this.startedMonotonic);
    const { volumes, complete: isReconciled } = reconciliation;
    return { plan, nodes, volumes, cancelled, isReconciled, startedAt, endedAt };
  }

  private phasesOf(key: NodeKey): RemovalPhases | undefined {
    const [stop, start, end] = [this.stops.get(key), this.startedNodes.get(key), this.endedNodes.get(key)];
    if (this.plan.action !== 'remove' || !stop || start === undefined || end === undefined) return undefined;
    return { stop: Math.round(stop.ms), removal: Math.round(Math.max(0, end - Math.max(start, stop.exitedAt))) };
  }

  private outcomeFor(key: NodeKey, state: EndState, targetOf: (unit: UnitId) => NodeKey): Outcome {
    const failure = this.failures.get(key);
    switch (state.kind) {
      case 'done':
        return { kind: this.plan.action === 'remove' ? 'removed' : 'done' };
      case 'failed':
        return failure ?? { kind: 'failed', reason: 'unknown', message: '' };
      case 'skipped':
        return this.skippedBecause(targetOf(state.because));
      case 'cancelled':
        return failure ?? { kind: 'notAttempted', reason: 'cancelled' };
      case 'disconnected':
        if (state.started) return failure ?? { kind: 'unknown', message: '' };
        return failure ?? { kind: 'notAttempted', reason: 'engineDisconnected' };
    }
  }

  /** The first reason of a chain. */
  private skippedBecause(key: NodeKey): Outcome {
    const cause = this.recorded.get(key);
    return cause?.kind === 'skipped' ? cause : { kind: 'skipped', because: key };
  }

  /** Whether a cancel prevented the restart of a node; of a pod, if it did so for all members. */
  private isUntouched(unit: Unit, key: NodeKey): boolean {
    if (parseKey(key).kind === 'container') return this.neverStopped.has(key);
    const members = unit.nodes.filter((one) => one !== key && this.plan.nodes.get(one)?.node.kind === 'container');
    return members.length > 0 && members.every((one) => this.neverStopped.has(one));
  }

  private set(key: NodeKey, outcome: Outcome) {
    this.recorded.set(key, outcome);
    if (!this.endedNodes.has(key)) this.endedNodes.set(key, this.clock.now());
    if (!isSuccess(outcome)) this.failedCount++;
  }
}
