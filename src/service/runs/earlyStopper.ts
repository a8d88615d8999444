import type { Clock } from '../../clock';
import type { Engine } from '../../engine/engine';
import { EngineError } from '../../engine/error';
import { stopDeadline } from '../../engine/timeouts';
import type { EngineId, NodeKey } from '../../graph/model/model';
import { stronglyConnectedComponents } from '../../graph/model/scc';
import type { Plan, Unit, UnitId } from '../../graph/plan/plan';
import { inMilliseconds } from '../../graph/model/stopTimeout';
import type { Log } from '../log';
import { type EngineStateView, isContainerActive, refreshUntilConsistent } from '../state/engineStateView';
import { isUnsent } from './runContext';
import { isLaterStart, startTimeOf } from './startTime';
import { stopTimeoutIn, timeoutToSend } from './stopTimes';

/**
 * Signals at once. Each costs the engine a runtime process, and each container that heeds it a clean-up process: so many at
 * once that the signals of those that will not heed them, whose stop timeouts all others wait for, are not held up by the rest.
 */
const signalsAtOnce = 24;

/** How long the exit of a killed container is waited for before its deletion, which would signal it again, in milliseconds. */
const exitWait = 5_000;

interface Signalled {
  readonly unit: Unit;
  /** Containers that have neither been seen to exit nor had their time. */
  readonly running: Set<NodeKey>;
  /** Containers that were told to stop; others of `running` wait until those that need them are down. */
  readonly signalled: Set<NodeKey>;
  /** The start time of the life that was told to stop: no later life is killed. */
  readonly lives: Map<NodeKey, number | undefined>;
  readonly cancelTimer: Map<NodeKey, () => void>;
}

export interface EarlyStopDeps {
  readonly plan: Plan;
  readonly clock: Clock;
  readonly log: Log;
  readonly observed: EngineStateView;
  /** Whether the unit still waits for a place: only such a one is signalled, and only then killed. */
  readonly isQueueNonEmpty: (unit: UnitId) => boolean;
  /** Whether a run works on the node: while a unit waits for a place, that is always another one. */
  readonly isLocked: (key: NodeKey) => boolean;
  /** A container of the unit was told to stop. */
  readonly onStop: (unit: Unit) => void;
  /** Writes down that the container is begun; nothing is sent before. */
  readonly started: (key: NodeKey) => Promise<void>;
  /** A stop is about to be sent to it; returns what takes that back where it was not sent. */
  readonly onStopSent: (key: NodeKey) => () => void;
  /** It is about to be resumed, so that it can be stopped. */
  readonly onUnpauseSent: (key: NodeKey) => void;
  /** All containers of the unit are down: it may be deleted at once. */
  readonly onStopped: (unit: Unit) => void;
}

/**
 * Overlaps stop timeouts: units that could be removed but for want of a place are sent their stop signal while they wait, and
 * are killed when their stop timeout is over. The meaning stays that of a stop: the container's signal, its timeout, and no
 * restart (where a signal would bring it back, it is stopped through the engine instead). Only units whose dependents are
 * gone are signalled, so that nothing is stopped that is then skipped. A signal and its kill belong to one life of a
 * container: what exits loses its timer, and what was started since is left to its own removal.
 */
export class EarlyStopper {
  private readonly signalled = new Map<UnitId, Signalled>();
  /** Of these, by engine, the ones that are not down yet: looked at whenever their engine tells of an exit. */
  private readonly stoppingByEngine = new Map<EngineId, Set<Signalled>>();
  /** What is within its stop timeout, with the moment at which that began, in milliseconds since the epoch. */
  readonly stopping = new Map<NodeKey, number>();
  private readonly queue: (() => Promise<void>)[] = [];
  private sending = 0;
  private disposed = false;

  constructor(private readonly host: EarlyStopDeps) {}

  /** Whether the unit is within its stop timeout: it has been signalled and is not yet down. */
  isStopping(unit: UnitId): boolean {
    return (this.signalled.get(unit)?.running.size ?? 0) > 0;
  }

  /** What of a unit was told to stop before its turn came. */
  signalledIn(unit: UnitId): ReadonlySet<NodeKey> {
    return this.signalled.get(unit)?.signalled ?? new Set();
  }

  stopEarly(units: Iterable<Unit>) {
    for (const unit of units) {
      // A cycle has no order in which it could be stopped from outside.
      if (this.disposed || (unit.action !== 'remove' && unit.action !== 'stop') || unit.kind === 'cycle') continue;
      // What another run works on is left to it: the unit waits for its locks instead.
      if (this.isStopping(unit.id) || [...unit.nodes, ...unit.infra].some((key) => this.host.isLocked(key))) continue;
      const known = this.signalled.get(unit.id);
      const fresh = unit.nodes.filter(
        (key) => isContainerActive(this.host.observed, key) && !(known && this.isSameLife(known, key)),
      );
      if (fresh.length === 0) continue;
      const signalled = known ?? {
        unit,
        running: new Set(),
        signalled: new Set(),
        lives: new Map(),
        cancelTimer: new Map(),
      };
      for (const key of fresh) {
        signalled.running.add(key);
        signalled.signalled.delete(key);
      }
      this.signalled.set(unit.id, signalled);
      const held = this.stoppingByEngine.get(unit.engine) ?? new Set();
      this.stoppingByEngine.set(unit.engine, held.add(signalled));
      this.host.log.debug(`${unit.id}: signalled ahead (${fresh.length})`);
      this.signalNext(unit.id);
    }
  }

  /** To be called when the engine told of exits or removals. */
  poll(engine: EngineId) {
    for (const signalled of this.stoppingByEngine.get(engine) ?? []) {
      const { unit, running, signalled: reported } = signalled;
      const ended = [...running].filter(
        (key) =>
          !isContainerActive(this.host.observed, key) || (signalled.lives.has(key) && !this.isSameLife(signalled, key)),
      );
      for (const key of ended) this.end(signalled, key);
      const waits = [...running].some((key) => !reported.has(key));
      if (ended.length > 0 || waits) this.signalNext(unit.id);
    }
  }

  /** Nothing more is sent; what was signalled keeps its own course. */
  stop() {
    this.disposed = true;
    this.queue.length = 0;
    this.stopping.clear();
    for (const { cancelTimer } of this.signalled.values()) for (const cancel of cancelTimer.values()) cancel();
  }

  /**
   * Signals those whose own dependents are down, and what only needs each other together; once nothing is left to wait for,
   * the unit may go.
   */
  private signalNext(id: UnitId) {
    const signalled = this.signalled.get(id);
    if (!signalled || this.disposed) return;
    const { unit, running, signalled: reported } = signalled;
    const up = (key: NodeKey) =>
      this.host.plan.nodes.get(key)?.dependents.filter((one) => isContainerActive(this.host.observed, one)) ?? [];
    for (const part of stronglyConnectedComponents(running, (key) => up(key).filter((one) => running.has(one)))) {
      if (part.some((key) => up(key).some((one) => !part.includes(one)))) continue;
      for (const key of part) {
        if (reported.has(key)) continue;
        reported.add(key);
        this.send(() => this.stopOne(signalled, key));
      }
    }
    if (running.size === 0) this.host.onStopped(unit);
  }

  private async stopOne(signalled: Signalled, key: NodeKey) {
    const { clock, plan } = this.host;
    const done = () => this.done(signalled, key);
    try {
      const sent = await this.sendStop(signalled, key);
      if (sent === 'not') return done();
      if (sent === 'byEngine') return;
    } catch (thrown) {
      done();
      throw thrown;
    }
    // It may have exited while the answer was awaited.
    if (!signalled.running.has(key)) return;
    const cancel = clock.after(inMilliseconds(stopTimeoutIn(plan, key)), () =>
      this.send(() => this.killOne(signalled, key)),
    );
    signalled.cancelTimer.set(key, cancel);
  }

  /** @returns whether its stop timeout is ours to watch, or the engine's, or nothing was sent */
  private async sendStop(signalled: Signalled, key: NodeKey): Promise<'ours' | 'byEngine' | 'not'> {
    const { unit } = signalled;
    const { observed, clock } = this.host;
    const engine = observed.engine(unit.engine);
    if (!engine || !this.isStillQueued(unit, key)) return 'not';
    signalled.lives.set(key, await startTimeOf(observed, clock, key));
    // What was not inspected has a stop timeout that nobody knows.
    const details = observed.container(key)?.details;
    if (!details || !this.isStillQueued(unit, key)) return 'not';
    await this.host.started(key);
    if (!this.isStillQueued(unit, key)) return 'not';
    this.stopping.set(key, clock.wallTime());
    this.host.onStop(unit);
    if (observed.container(key)?.state === 'paused') {
      this.host.onUnpauseSent(key);
      await engine.unpause(key);
    }
    if (!this.isStillQueued(unit, key)) return 'not';
    const returns = details.restartPolicy !== '' && details.restartPolicy !== 'no';
    const cancel = this.host.onStopSent(key);
    // Podman 4.3.1 restarts a container that ends by a signal; 5 and 6 count it as stopped by the user.
    if (returns && !observed.info(unit.engine)?.capabilities.killPreventsRestart) {
      this.stopByEngine(engine, signalled, key);
      return 'byEngine';
    }
    try {
      await engine.kill(key, details.stopSignal);
    } catch (thrown) {
      if (isUnsent(EngineError.from(thrown))) cancel();
      throw thrown;
    }
    return 'ours';
  }

  /** Takes as long as the stop timeout, and so none of the few turns to send. */
  private stopByEngine(engine: Engine, signalled: Signalled, key: NodeKey) {
    const { plan } = this.host;
    engine
      .stop(key, { timeout: timeoutToSend(plan, key), deadline: stopDeadline(stopTimeoutIn(plan, key)) })
      .catch((thrown: unknown) => this.logFailure(thrown))
      .finally(() => this.done(signalled, key));
  }

  /** The same life only, asked about just before: events may lag. Nothing is killed that cannot be asked about. */
  private async killOne(signalled: Signalled, key: NodeKey) {
    const { unit, running, cancelTimer } = signalled;
    const { observed, clock } = this.host;
    const may = () => this.isStillQueued(unit, key) && running.has(key) && this.isSameLife(signalled, key);
    // Whatever becomes of it, its time is over: the deletion deals with what is left.
    const done = () => this.done(signalled, key);
    try {
      if (may()) await refreshUntilConsistent(observed, key);
      if (!may()) return done();
      await observed.engine(unit.engine)?.kill(key, 'SIGKILL');
    } catch (thrown) {
      done();
      throw thrown;
    }
    if (running.has(key)) cancelTimer.set(key, clock.after(exitWait, done));
  }

  private isSameLife({ lives }: Signalled, key: NodeKey): boolean {
    return lives.has(key) && !isLaterStart(this.host.observed.container(key)?.startedAt, lives.get(key));
  }

  private done(signalled: Signalled, key: NodeKey) {
    if (this.end(signalled, key)) this.signalNext(signalled.unit.id);
  }

  /** @returns whether it was still waited for */
  private end(signalled: Signalled, key: NodeKey): boolean {
    const { unit, running, cancelTimer } = signalled;
    cancelTimer.get(key)?.();
    cancelTimer.delete(key);
    this.stopping.delete(key);
    const was = running.delete(key);
    if (running.size === 0) this.stoppingByEngine.get(unit.engine)?.delete(signalled);
    return was;
  }

  private isStillQueued(unit: Unit, key: NodeKey): boolean {
    const { observed, isQueueNonEmpty, isLocked } = this.host;
    return !this.disposed && isContainerActive(observed, key) && isQueueNonEmpty(unit.id) && !isLocked(key);
  }

  private send(work: () => Promise<void>) {
    this.queue.push(work);
    this.pump();
  }

  private pump() {
    while (this.sending < signalsAtOnce) {
      const work = this.queue.shift();
      if (!work) return;
      this.sending++;
      work()
        .catch((thrown: unknown) => this.logFailure(thrown))
        .finally(() => {
          this.sending--;
          this.pump();
        });
    }
  }

  /** It exited or went meanwhile, or the engine is away: the deletion that follows tells. */
  private logFailure(thrown: unknown) {
    this.host.log.debug(`signal: ${EngineError.from(thrown).message}`);
  }
}
