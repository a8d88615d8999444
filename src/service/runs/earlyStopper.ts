import { Semaphore } from 'async-mutex';
import type { Clock } from '../../clock';
import type { Engine } from '../../engine/engine';
import { EngineError } from '../../engine/error';
import { stopCallTimeout } from '../../engine/timeouts';
import type { EngineId, NodeKey } from '../../graph/model/model';
import { stronglyConnectedComponents } from '../../graph/model/scc';
import { isLaterStart, type StartTime } from '../../graph/model/startTime';
import { inMilliseconds } from '../../graph/model/stopTimeout';
import { type Plan, type Unit, type UnitId, stopTimeoutIn, timeoutToSend } from '../../graph/plan/plan';
import type { RunStateMachine } from '../../graph/plan/runStateMachine';
import type { Log } from '../service';
import { type EngineStateView, isContainerActive, refreshUntilConsistent, startTimeOf } from '../state/engineStateView';
import { isManaged } from './managedUnit';
import type { RequestRecorder } from './runContext';
import { isUnsent } from './unitCalls';

/**
 * Concurrent signals: each costs the engine a runtime process and, on exit, a cleanup process. Enough that containers which
 * ignore the signal get it soon, because all units wait for their stop timeouts.
 */
const maxSignals = 24;

/** Milliseconds to wait for the exit of a killed container before its removal, which would signal it again. */
const exitWait = 5_000;

interface EarlyStop {
  readonly unit: Unit;
  /** Containers that have neither exited nor exceeded their stop timeout. */
  readonly running: Set<NodeKey>;
  /** Containers that were signalled; others of `running` wait until their dependents have stopped. */
  readonly signalled: Set<NodeKey>;
  /** Start times when they were signalled: a container started since is not killed. */
  readonly startTimes: Map<NodeKey, StartTime>;
  readonly cancelTimers: Map<NodeKey, () => void>;
}

export interface EarlyStopDeps {
  readonly plan: Plan;
  readonly clock: Clock;
  readonly log: Log;
  readonly observed: EngineStateView;
  /** Only a unit that still waits for a permit is signalled or killed. */
  readonly stateMachine: Pick<RunStateMachine, 'hasDependents' | 'isQueued'>;
  /** Whether a run holds the node's lock: for a queued unit, always another run. */
  readonly isLocked: (key: NodeKey) => boolean;
  /** A container of the unit is being stopped. */
  readonly onStop: (unit: Unit) => void;
  /** Records in the journal that the container was started on; await before sending. */
  readonly started: (key: NodeKey) => Promise<void>;
  readonly recorder: Pick<RequestRecorder, 'recordStopSent' | 'recordUnpauseSent'>;
  /** All containers of the unit have stopped. */
  readonly onStopped: (unit: Unit) => void;
}

/**
 * Overlaps stop timeouts: units that wait only for a permit are sent their stop signal early and killed after their timeout.
 * Only units without remaining dependents are signalled, so that no container is stopped whose removal is then skipped.
 * Where a signal would trigger a restart, the engine's own stop is used. A container started since is not killed.
 */
export class EarlyStopper {
  private readonly stops = new Map<UnitId, EarlyStop>();
  private readonly stoppingByEngine = new Map<EngineId, Set<EarlyStop>>();
  /** Containers within their stop timeout, with its start in milliseconds since the epoch. */
  readonly stopping = new Map<NodeKey, number>();
  /** Units whose containers have stopped, in that order: those for which others wait, and the rest. */
  private readonly stopped = [new Set<Unit>(), new Set<Unit>()] as const;
  private readonly requests = new Semaphore(maxSignals);
  private disposed = false;

  constructor(private readonly deps: EarlyStopDeps) {}

  /** Whether containers of the unit are within their stop timeout. */
  isStopping(unit: UnitId): boolean {
    return (this.stops.get(unit)?.running.size ?? 0) > 0;
  }

  /** Queued units of an engine whose containers have stopped: those for which others wait, then by the time of their stop. */
  *stoppedUnits(engine: EngineId): Iterable<Unit> {
    for (const stopped of this.stopped) {
      for (const unit of stopped) {
        if (!this.deps.stateMachine.isQueued(unit.id)) stopped.delete(unit);
        else if (unit.engine === engine) yield unit;
      }
    }
  }

  /** Containers of a unit that were signalled before it got a permit. */
  signalledIn(unit: UnitId): ReadonlySet<NodeKey> {
    return this.stops.get(unit)?.signalled ?? new Set();
  }

  stopEarly(units: Iterable<Unit>) {
    for (const unit of units) {
      // A cycle has no stop order.
      if (this.disposed || (unit.action !== 'remove' && unit.action !== 'stop') || unit.kind === 'cycle') continue;
      // systemd would restart a container that received a signal.
      if (isManaged({ plan: this.deps.plan, unit })) continue;
      if (this.isStopping(unit.id) || [...unit.nodes, ...unit.infra].some((key) => this.deps.isLocked(key))) continue;
      const known = this.stops.get(unit.id);
      const unsignalled = unit.nodes.filter(
        (key) => isContainerActive(this.deps.observed, key) && !(known && this.isSameStart(known, key)),
      );
      if (unsignalled.length === 0) continue;
      const stop = known ?? {
        unit,
        running: new Set(),
        signalled: new Set(),
        startTimes: new Map(),
        cancelTimers: new Map(),
      };
      for (const key of unsignalled) {
        stop.running.add(key);
        stop.signalled.delete(key);
      }
      this.stops.set(unit.id, stop);
      const stopping = this.stoppingByEngine.get(unit.engine) ?? new Set();
      this.stoppingByEngine.set(unit.engine, stopping.add(stop));
      this.deps.log.debug(`${unit.id}: early stop (${unsignalled.length})`);
      this.signalNext(stop);
    }
  }

  /** Call after exits or removals were reported. */
  poll(engine: EngineId) {
    for (const stop of this.stoppingByEngine.get(engine) ?? []) {
      const { running, signalled, startTimes } = stop;
      const ended = [...running].filter(
        (key) => !isContainerActive(this.deps.observed, key) || (startTimes.has(key) && !this.isSameStart(stop, key)),
      );
      for (const key of ended) this.end(stop, key);
      const pending = [...running].some((key) => !signalled.has(key));
      if (ended.length > 0 || pending) this.signalNext(stop);
    }
  }

  /** Sends nothing more; signalled containers continue to stop. */
  stop() {
    this.disposed = true;
    this.stopping.clear();
    for (const { cancelTimers } of this.stops.values()) for (const cancel of cancelTimers.values()) cancel();
  }

  /** Signals containers without running dependents; a dependency cycle is signalled together. */
  private signalNext(stop: EarlyStop) {
    if (this.disposed) return;
    const { unit, running, signalled } = stop;
    const activeDependents = (key: NodeKey) =>
      this.deps.plan.nodes.get(key)?.dependents.filter((one) => isContainerActive(this.deps.observed, one)) ?? [];
    const components = stronglyConnectedComponents(running, (key) =>
      activeDependents(key).filter((one) => running.has(one)),
    );
    for (const component of components) {
      if (component.some((key) => activeDependents(key).some((one) => !component.includes(one)))) continue;
      for (const key of component) {
        if (signalled.has(key)) continue;
        signalled.add(key);
        this.send(() => this.stopOne(stop, key));
      }
    }
    if (running.size > 0) return;
    const [awaited, rest] = this.stopped;
    (this.deps.stateMachine.hasDependents(unit.id) ? awaited : rest).add(unit);
    this.deps.onStopped(unit);
  }

  private async stopOne(stop: EarlyStop, key: NodeKey) {
    const { clock, plan } = this.deps;
    const done = () => this.done(stop, key);
    try {
      const sent = await this.sendStop(stop, key);
      if (sent === 'none') return done();
      if (sent === 'stop') return;
    } catch (thrown) {
      done();
      throw thrown;
    }
    // It may have exited before the response.
    if (!stop.running.has(key)) return;
    const cancel = clock.after(inMilliseconds(stopTimeoutIn(plan, key)), () =>
      this.send(() => this.killOne(stop, key)),
    );
    stop.cancelTimers.set(key, cancel);
  }

  /** @returns the request sent: after a `signal`, the stop timeout is ours to enforce */
  private async sendStop(stop: EarlyStop, key: NodeKey): Promise<'signal' | 'stop' | 'none'> {
    const { unit } = stop;
    const { observed, clock } = this.deps;
    const engine = observed.engine(unit.engine);
    if (!engine || !this.isStillQueued(unit, key)) return 'none';
    stop.startTimes.set(key, await startTimeOf(observed, clock, key));
    // Without an inspection the stop timeout is unknown.
    const details = observed.container(key)?.details;
    if (!details || !this.isStillQueued(unit, key)) return 'none';
    await this.deps.started(key);
    if (!this.isStillQueued(unit, key)) return 'none';
    this.stopping.set(key, clock.wallTime());
    this.deps.onStop(unit);
    if (observed.container(key)?.state === 'paused') {
      this.deps.recorder.recordUnpauseSent(key);
      await engine.unpause(key);
    }
    if (!this.isStillQueued(unit, key)) return 'none';
    const mayRestart = details.restartPolicy !== '' && details.restartPolicy !== 'no';
    const undo = this.deps.recorder.recordStopSent([key]);
    // Podman 4.3.1 restarts a container that ends by a signal; 5 and 6 count it as stopped by the user.
    if (mayRestart && !observed.info(unit.engine)?.capabilities.killPreventsRestart) {
      this.stopByEngine(engine, stop, key);
      return 'stop';
    }
    try {
      await engine.kill(key, details.stopSignal);
    } catch (thrown) {
      if (isUnsent(EngineError.from(thrown))) undo();
      throw thrown;
    }
    return 'signal';
  }

  /** Not awaited: it takes the whole stop timeout and must not count against `maxSignals`. */
  private stopByEngine(engine: Engine, stop: EarlyStop, key: NodeKey) {
    const { plan } = this.deps;
    engine
      .stop(key, { timeout: timeoutToSend(plan, key), timeoutMs: stopCallTimeout(stopTimeoutIn(plan, key)) })
      .catch((thrown: unknown) => this.logFailure(thrown))
      .finally(() => this.done(stop, key));
  }

  /** Kills only if the container was not started since; refreshes first because events may lag. */
  private async killOne(stop: EarlyStop, key: NodeKey) {
    const { unit, running, cancelTimers } = stop;
    const { observed, clock } = this.deps;
    const mayKill = () => this.isStillQueued(unit, key) && running.has(key) && this.isSameStart(stop, key);
    const done = () => this.done(stop, key);
    try {
      if (mayKill()) await refreshUntilConsistent(observed, key);
      if (!mayKill()) return done();
      await observed.engine(unit.engine)?.kill(key, 'SIGKILL');
    } catch (thrown) {
      done();
      throw thrown;
    }
    if (running.has(key)) cancelTimers.set(key, clock.after(exitWait, done));
  }

  private isSameStart({ startTimes }: EarlyStop, key: NodeKey): boolean {
    return startTimes.has(key) && !isLaterStart(this.deps.observed.container(key)?.startedAt, startTimes.get(key));
  }

  private done(stop: EarlyStop, key: NodeKey) {
    if (this.end(stop, key)) this.signalNext(stop);
  }

  /** @returns whether it was still running */
  private end(stop: EarlyStop, key: NodeKey): boolean {
    const { unit, running, cancelTimers } = stop;
    cancelTimers.get(key)?.();
    cancelTimers.delete(key);
    this.stopping.delete(key);
    const wasRunning = running.delete(key);
    if (running.size === 0) this.stoppingByEngine.get(unit.engine)?.delete(stop);
    return wasRunning;
  }

  private isStillQueued(unit: Unit, key: NodeKey): boolean {
    const { observed, stateMachine, isLocked } = this.deps;
    return !this.disposed && isContainerActive(observed, key) && stateMachine.isQueued(unit.id) && !isLocked(key);
  }

  private send(request: () => Promise<void>) {
    this.requests.runExclusive(request).catch((thrown: unknown) => this.logFailure(thrown));
  }

  /** Debug only: the removal that follows reports the error if it persists. */
  private logFailure(thrown: unknown) {
    this.deps.log.debug(`early stop: ${EngineError.from(thrown).message}`);
  }
}
