import type { EngineId, NodeKey } from '../../graph/model/model';
import type { Unit, UnitId } from '../../graph/plan/plan';
import type { RunStateMachine } from '../../graph/plan/runStateMachine';
import type { ConcurrencyLimiter, Permit } from '../concurrency/limiter';
import { isContainerActive } from '../state/engineStateView';
import type { OutcomeRecorder } from './outcomeRecorder';
import { type EarlyStopDeps, EarlyStopper } from './earlyStopper';

interface DispatcherDeps extends Omit<EarlyStopDeps, 'onStopped' | 'recorder' | 'stateMachine'> {
  readonly stateMachine: Pick<RunStateMachine, 'dequeue' | 'hasDependents' | 'hasQueued' | 'isQueued' | 'queued'>;
  readonly units: ReadonlyMap<UnitId, Unit>;
  readonly limiters: (engine: EngineId) => ConcurrencyLimiter;
  /** Runs the unit and releases its permit. */
  readonly start: (unit: Unit, permit: Permit) => void;
  readonly recorder: Pick<OutcomeRecorder, 'hasStoppedSlowly' | 'recordStopSent' | 'recordUnpauseSent'>;
}

/** Bounds of the time between two stall checks, in milliseconds. */
const minCheckDelay = 50;
const maxCheckDelay = 1000;

/**
 * Gives permits to queued units: stopped units first, then the longest critical path; units within their stop timeout wait.
 * While permits are stalled, queued units are stopped early and only stopped units get permits. A unit whose dependents were slow
 * to stop is stopped early at once: in a chain of databases, each container is as slow.
 */
export class Dispatcher {
  readonly earlyStopper: EarlyStopper;
  /** The engines that this run uses, with a function that ends their subscriptions. */
  private readonly engines = new Map<EngineId, () => void>();
  private readonly checks = new Map<EngineId, () => void>();

  constructor(private readonly deps: DispatcherDeps) {
    this.earlyStopper = new EarlyStopper({ ...deps, onStopped: (unit) => this.pump(unit.engine) });
  }

  dispose() {
    this.earlyStopper.stop();
    for (const cancelCheck of this.checks.values()) cancelCheck();
    for (const unsubscribe of this.engines.values()) unsubscribe();
    this.checks.clear();
    this.engines.clear();
  }

  /**
   * Starts as many queued units of an engine as permits allow.
   * @param ready units of any engine that have just been queued
   */
  pump(engine: EngineId, ready: readonly Unit[] = []) {
    this.subscribe(engine);
    const { stateMachine, clock, limiters, start } = this.deps;
    const limiter = limiters(engine);
    const now = clock.now();
    for (let unit = this.next(engine, limiter); unit; unit = this.next(engine, limiter)) {
      const { id, nodes } = unit;
      const permit = limiter.tryAcquire({ runningCount: () => this.runningCount(nodes) }, now);
      if (!permit) break;
      stateMachine.dequeue(id);
      start(unit, permit);
    }
    this.stopEarly(engine, limiter, ready);
    this.scheduleCheck(engine, limiter);
  }

  private next(engine: EngineId, limiter: ConcurrencyLimiter): Unit | undefined {
    const availability = limiter.availability(this.deps.clock.now());
    if (availability === 'none') return undefined;
    const fits = ({ nodes }: Unit) => availability === 'any' || this.runningCount(nodes) === 0;
    for (const unit of this.earlyStopper.stoppedUnits(engine)) if (fits(unit)) return unit;
    for (const unit of this.queued(engine)) if (!this.earlyStopper.isStopping(unit.id) && fits(unit)) return unit;
    return undefined;
  }

  private *queued(engine: EngineId): Iterable<Unit> {
    for (const id of this.deps.stateMachine.queued(engine)) {
      const unit = this.deps.units.get(id);
      if (unit) yield unit;
    }
  }

  private stopEarly(engine: EngineId, limiter: ConcurrencyLimiter, ready: readonly Unit[] = []) {
    const { action, options, nodes: planned } = this.deps.plan;
    const stops = action === 'stop' || action === 'restart' || (action === 'remove' && options.running === 'stop');
    if (!stops || limiter.isSequential || !this.deps.stateMachine.hasQueued(engine)) return;
    const hadSlowDependent = (unit: Unit) =>
      unit.engine === engine &&
      this.deps.stateMachine.isQueued(unit.id) &&
      unit.nodes.some((key) => planned.get(key)?.dependents.some((one) => this.deps.recorder.hasStoppedSlowly(one)));
    const isStalled = limiter.isStalled(this.deps.clock.now());
    this.earlyStopper.stopEarly(isStalled ? [...this.queued(engine)] : ready.filter(hadSlowDependent));
  }

  private scheduleCheck(engine: EngineId, limiter: ConcurrencyLimiter) {
    const { clock, stateMachine } = this.deps;
    const next = limiter.nextStallCheck;
    if (next === undefined || !stateMachine.hasQueued(engine) || this.checks.has(engine)) return;
    const delay = Math.min(maxCheckDelay, Math.max(minCheckDelay, next - clock.now()));
    const check = () => {
      this.checks.delete(engine);
      this.stopEarly(engine, limiter);
      this.scheduleCheck(engine, limiter);
    };
    this.checks.set(engine, clock.after(delay, check));
  }

  private runningCount(nodes: readonly NodeKey[]): number {
    return nodes.reduce((count, key) => count + (isContainerActive(this.deps.observed, key) ? 1 : 0), 0);
  }

  private subscribe(engine: EngineId) {
    if (this.engines.has(engine)) return;
    const { clock, observed, limiters } = this.deps;
    const limiter = limiters(engine);
    const released = limiter.onDidRelease(() => this.pump(engine));
    const stopListening = observed.onActivity(engine, () => {
      limiter.refresh(clock.now());
      this.earlyStopper.poll(engine);
      this.pump(engine);
    });
    this.engines.set(engine, () => {
      released.dispose();
      stopListening();
    });
  }
}
