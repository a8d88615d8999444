import type { Clock } from '../../clock';
import { keyDeps, type NodeKey } from '../../graph/model/model';
import type { Plan, PlannedNode, Unit, UnitId } from '../../graph/plan/plan';
import { isSuccess, type NodeReport, type Outcome, partialChange, type Report } from '../../graph/plan/report';
import type { EndState } from '../../graph/plan/runStateMachine';
import type { Settlement } from './reconcileRun';
import type { UnitResult } from './runContext';

/** When a container last started, in milliseconds since the epoch; undefined where the engine did not say. */
export type StartTime = number | undefined;

/** What became of each node of a plan: the account that the report is made from. */
export class OutcomeRecorder {
  /** Milliseconds since the epoch, for display. */
  readonly startedAt: number;
  /** The same moment by the monotonic clock, by which durations are measured. */
  private readonly startedMonotonic: number;
  private readonly recorded = new Map<NodeKey, Outcome>();
  /** How the last attempt failed; it becomes the outcome when there is no further one. */
  private readonly failures = new Map<NodeKey, Outcome>();
  private readonly startedUnits = new Map<NodeKey, number>();
  private readonly ended = new Map<NodeKey, number>();
  private readonly attempts = new Map<NodeKey, number>();
  /** With when each had started. */
  private readonly stopsSent = new Map<NodeKey, StartTime>();
  private readonly unpausesSent = new Set<NodeKey>();
  private readonly startsSent = new Set<NodeKey>();
  /** Of a restart: nodes that were proved to be down, and nodes that still ran when they were to be brought up. */
  private readonly down = new Set<NodeKey>();
  private readonly neverDown = new Set<NodeKey>();
  private failedCount = 0;
  /** The unit with which each node is over: a restart has two for what hangs together. */
  private readonly lastUnit = new Map<NodeKey, UnitId>();

  constructor(
    private readonly plan: Plan,
    private readonly clock: Clock,
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
      if (!this.startedUnits.has(key)) this.startedUnits.set(key, this.clock.now());
      this.attempts.set(key, (this.attempts.get(key) ?? 0) + 1);
    }
  }

  /** To be called just before a call is sent that stops these, or a signal; returns what takes that back where it was not sent. */
  stopSent(keys: Iterable<NodeKey>, startOf: (key: NodeKey) => StartTime): () => void {
    const fresh = [...keys].filter((key) => !this.stopsSent.has(key) || this.stopsSent.get(key) !== startOf(key));
    const before = new Map(this.stopsSent);
    for (const key of fresh) this.stopsSent.set(key, startOf(key));
    return () => {
      for (const key of fresh) {
        if (before.has(key)) this.stopsSent.set(key, before.get(key));
        else this.stopsSent.delete(key);
      }
    };
  }

  /** To be called just before one is resumed, so that it can be stopped. */
  unpauseSent(key: NodeKey) {
    this.unpausesSent.add(key);
  }

  /** To be called just before a call is sent that starts these. */
  startSent(keys: Iterable<NodeKey>) {
    for (const key of keys) this.startsSent.add(key);
  }

  /** What of these was sent a stop, with when it had started. */
  stopped(keys: readonly NodeKey[]): ReadonlyMap<NodeKey, StartTime> {
    return new Map(keys.filter((key) => this.stopsSent.has(key)).map((key) => [key, this.stopsSent.get(key)]));
  }

  /** To be called with the nodes of a unit that a restart is to bring up, and that run all the same. */
  stillUp(keys: Iterable<NodeKey>) {
    for (const key of keys) if (!this.down.has(key)) this.neverDown.add(key);
  }

  /** @param already what was gone, or as wanted, before anything was sent */
  recordSuccess(unit: Unit, already: ReadonlySet<NodeKey>) {
    if (this.plan.action === 'restart' && unit.action === 'stop') for (const key of unit.nodes) this.down.add(key);
    const wasGone = unit.kind === 'pod' && unit.targets.every((target) => already.has(target));
    for (const key of unit.nodes) {
      // What goes when it stops has been removed by this run's own stop.
      const was = (wasGone || already.has(key)) && !(unit.action === 'remove' && this.stopsSent.has(key));
      if (unit.action === 'remove') this.set(key, { kind: was ? 'alreadyRemoved' : 'removed' });
      // What could not be stopped has failed, although it came up again.
      else if (this.lastUnit.get(key) === unit.id && !this.recorded.has(key)) {
        if (this.isUntouched(unit, key)) this.set(key, { kind: 'notAttempted', reason: 'cancelled' });
        else this.set(key, { kind: was && this.plan.action !== 'restart' ? 'unchanged' : 'done' });
      }
    }
  }

  /** What was done of a unit that was then called off. */
  recordPartial(unit: Unit, done: ReadonlySet<NodeKey>) {
    for (const key of done) if (this.lastUnit.get(key) === unit.id) this.set(key, { kind: 'done' });
  }

  failed(unit: Unit, result: Extract<UnitResult, { kind: 'failed' }>) {
    for (const key of unit.nodes) {
      const detail = result.members.get(key) ?? result.detail;
      this.failures.set(key, { kind: 'failed', reason: result.reason, message: detail });
    }
  }

  recordDisconnect(unit: Unit, detail: string) {
    for (const key of unit.nodes) this.failures.set(key, { kind: 'unknown', message: detail });
  }

  /** @param faceOf the node by which a unit is named to people */
  finish(unit: Unit, state: EndState<UnitId>, outcomeFaceOf: (unit: UnitId) => NodeKey) {
    for (const key of unit.nodes) {
      if (this.recorded.has(key)) continue;
      const isLast = this.lastUnit.get(key) === unit.id;
      if (isLast || state.kind !== 'done') this.set(key, this.outcomeFor(key, state, outcomeFaceOf));
    }
  }

  /** The report of a run whose engines have been asked; from now on their answers are its outcomes. */
  report(cancelled: boolean, settlement: Settlement): Report {
    this.recorded.clear();
    this.failedCount = 0;
    for (const [key, { outcome }] of settlement.nodes) this.set(key, outcome);
    const nodes = new Map<NodeKey, NodeReport>();
    for (const [key, settled] of settlement.nodes) {
      const { node } = this.plan.nodes.get(key) as PlannedNode;
      const [from, to] = [this.startedUnits.get(key), this.ended.get(key)];
      const duration = from === undefined || to === undefined ? undefined : Math.round(to - from);
      const sent = {
        stop: this.stopsSent.has(key),
        start: this.startsSent.has(key),
        unpause: this.unpausesSent.has(key),
      };
      const partial = partialChange(settled, sent);
      nodes.set(key, { node, ...settled, partial, duration, attempts: this.attempts.get(key) ?? 0 });
    }
    const { plan, startedAt } = this;
    const endedAt = startedAt + Math.round(this.clock.now() - this.startedMonotonic);
    return { plan, nodes, cancelled, settled: settlement.complete, startedAt, endedAt };
  }

  private outcomeFor(key: NodeKey, state: EndState<UnitId>, outcomeFaceOf: (unit: UnitId) => NodeKey): Outcome {
    const failure = this.failures.get(key);
    switch (state.kind) {
      case 'done':
        return { kind: this.plan.action === 'remove' ? 'removed' : 'done' };
      case 'failed':
        return failure ?? { kind: 'failed', reason: 'unknown', message: '' };
      case 'skipped':
        return { kind: 'skipped', because: outcomeFaceOf(state.because) };
      case 'cancelled':
        return failure ?? { kind: 'notAttempted', reason: 'cancelled' };
      case 'disconnected':
        if (state.started) return failure ?? { kind: 'unknown', message: '' };
        return failure ?? { kind: 'notAttempted', reason: 'engineDisconnected' };
    }
  }

  /** Whether a cancel kept a node from being restarted; a pod, if it did so for all members. */
  private isUntouched(unit: Unit, key: NodeKey): boolean {
    if (keyDeps(key).kind === 'container') return this.neverDown.has(key);
    const members = unit.nodes.filter((one) => one !== key && this.plan.nodes.get(one)?.node.kind === 'container');
    return members.length > 0 && members.every((one) => this.neverDown.has(one));
  }

  private set(key: NodeKey, outcome: Outcome) {
    this.recorded.set(key, outcome);
    if (!this.ended.has(key)) this.ended.set(key, this.clock.now());
    if (!isSuccess(outcome)) this.failedCount++;
  }
}
