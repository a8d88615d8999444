import type { Clock } from '../../clock';
import type { Engine } from '../../engine/engine';
import { stopDeadline } from '../../engine/deadlines';
import { EngineError } from '../../engine/error';
import { components } from '../../graph/cycles';
import type { EngineId, NodeKey } from '../../graph/model';
import type { Plan, Unit, UnitId } from '../../graph/plan';
import { inMilliseconds } from '../../graph/stopTimeout';
import type { Log } from '../log';
import { isUp, type Observed } from '../observed';
import { isUnsent } from './doubt';
import { lookSurely } from './lookSurely';
import { isLater, startTimeOf } from './startTime';
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
  readonly open: Set<NodeKey>;
  /** Containers that were told to stop; others of `open` wait until those that need them are down. */
  readonly told: Set<NodeKey>;
  /** The start time of the life that was told to stop: no later life is killed. */
  readonly lives: Map<NodeKey, number | undefined>;
  readonly cancelTimer: Map<NodeKey, () => void>;
}

export interface AheadHost {
  readonly plan: Plan;
  readonly clock: Clock;
  readonly log: Log;
  readonly observed: Observed;
  /** Whether the unit still waits for a place: only such a one is signalled, and only then killed. */
  readonly isWaiting: (unit: UnitId) => boolean;
  /** Whether a run works on the node: while a unit waits for a place, that is always another one. */
  readonly isLocked: (key: NodeKey) => boolean;
  /** A container of the unit was told to stop. */
  readonly onStop: (unit: Unit) => void;
  /** Writes down that the container is begun; nothing is sent before. */
  readonly begun: (key: NodeKey) => Promise<void>;
  /** A stop is about to be sent to it; returns what takes that back where it was not sent. */
  readonly onStopSent: (key: NodeKey) => () => void;
  /** It is about to be resumed, so that it can be stopped. */
  readonly onUnpauseSent: (key: NodeKey) => void;
  /** All containers of the unit are down: it may be deleted at once. */
  readonly onDown: (unit: Unit) => void;
}

/**
 * Overlaps stop timeouts: units that could be removed but for want of a place are sent their stop signal while they wait, and
 * are killed when their stop timeout is over. The meaning stays that of a stop: the container's signal, its timeout, and no
 * restart (where a signal would bring it back, it is stopped through the engine instead). Only units whose dependents are
 * gone are signalled, so that nothing is stopped that is then skipped. A signal and its kill belong to one life of a
 * container: what exits loses its timer, and what was started since is left to its own removal.
 */
export class Ahead {
  private readonly signalled = new Map<UnitId, Signalled>();
  /** Of these, by engine, the ones that are not down yet: looked at whenever their engine tells of an exit. */
  private readonly held = new Map<EngineId, Set<Signalled>>();
  /** What is within its stop timeout, with the moment at which that began, in milliseconds since the epoch. */
  readonly stopping = new Map<NodeKey, number>();
  private readonly queue: (() => Promise<void>)[] = [];
  private sending = 0;
  private over = false;

  constructor(private readonly host: AheadHost) {}

  /** Whether the unit is within its stop timeout: it has been signalled and is not yet down. */
  isHeld(unit: UnitId): boolean {
    return (this.signalled.get(unit)?.open.size ?? 0) > 0;
  }

  /** What of a unit was told to stop before its turn came. */
  toldOf(unit: UnitId): ReadonlySet<NodeKey> {
    return this.signalled.get(unit)?.told ?? new Set();
  }

  signal(units: Iterable<Unit>) {
    for (const unit of units) {
      // A cycle has no order in which it could be stopped from outside.
      if (this.over || (unit.step !== 'remove' && unit.step !== 'stop') || unit.kind === 'cycle') continue;
      // What another run works on is left to it: the unit waits for its locks instead.
      if (this.isHeld(unit.id) || [...unit.nodes, ...unit.infra].some((key) => this.host.isLocked(key))) continue;
      const known = this.signalled.get(unit.id);
      const fresh = unit.nodes.filter(
        (key) => isUp(this.host.observed, key) && !(known && this.isSameLife(known, key)),
      );
      if (fresh.length === 0) continue;
      const signalled = known ?? { unit, open: new Set(), told: new Set(), lives: new Map(), cancelTimer: new Map() };
      for (const key of fresh) {
        signalled.open.add(key);
        signalled.told.delete(key);
      }
      this.signalled.set(unit.id, signalled);
      const held = this.held.get(unit.engine) ?? new Set();
      this.held.set(unit.engine, held.add(signalled));
      this.host.log.debug(`${unit.id}: signalled ahead (${fresh.length})`);
      this.tellNext(unit.id);
    }
  }

  /** To be called when the engine told of exits or removals. */
  look(engine: EngineId) {
    for (const signalled of this.held.get(engine) ?? []) {
      const { unit, open, told } = signalled;
      const ended = [...open].filter(
        (key) => !isUp(this.host.observed, key) || (signalled.lives.has(key) && !this.isSameLife(signalled, key)),
      );
      for (const key of ended) this.end(signalled, key);
      const waits = [...open].some((key) => !told.has(key));
      if (ended.length > 0 || waits) this.tellNext(unit.id);
    }
  }

  /** Nothing more is sent; what was signalled keeps its own course. */
  stop() {
    this.over = true;
    this.queue.length = 0;
    this.stopping.clear();
    for (const { cancelTimer } of this.signalled.values()) for (const cancel of cancelTimer.values()) cancel();
  }

  /**
   * Signals those whose own dependents are down, and what only needs each other together; once nothing is left to wait for,
   * the unit may go.
   */
  private tellNext(id: UnitId) {
    const signalled = this.signalled.get(id);
    if (!signalled || this.over) return;
    const { unit, open, told } = signalled;
    const up = (key: NodeKey) =>
      this.host.plan.nodes.get(key)?.dependents.filter((one) => isUp(this.host.observed, one)) ?? [];
    for (const part of components(open, (key) => up(key).filter((one) => open.has(one)))) {
      if (part.some((key) => up(key).some((one) => !part.includes(one)))) continue;
      for (const key of part) {
        if (told.has(key)) continue;
        told.add(key);
        this.send(() => this.stopOne(signalled, key));
      }
    }
    if (open.size === 0) this.host.onDown(unit);
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
    if (!signalled.open.has(key)) return;
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
    if (!engine || !this.mayStillSend(unit, key)) return 'not';
    signalled.lives.set(key, await startTimeOf(observed, clock, key));
    // What was not inspected has a stop timeout that nobody knows.
    const details = observed.container(key)?.details;
    if (!details || !this.mayStillSend(unit, key)) return 'not';
    await this.host.begun(key);
    if (!this.mayStillSend(unit, key)) return 'not';
    this.stopping.set(key, clock.wallTime());
    this.host.onStop(unit);
    if (observed.container(key)?.state === 'paused') {
      this.host.onUnpauseSent(key);
      await engine.unpause(key);
    }
    if (!this.mayStillSend(unit, key)) return 'not';
    const returns = details.restartPolicy !== '' && details.restartPolicy !== 'no';
    const takeBack = this.host.onStopSent(key);
    // Podman 4.3.1 restarts a container that ends by a signal; 5 and 6 count it as stopped by the user.
    if (returns && !observed.info(unit.engine)?.capabilities.signalIsStop) {
      this.stopByEngine(engine, signalled, key);
      return 'byEngine';
    }
    try {
      await engine.kill(key, details.stopSignal);
    } catch (thrown) {
      if (isUnsent(EngineError.from(thrown))) takeBack();
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
    const { unit, open, cancelTimer } = signalled;
    const { observed, clock } = this.host;
    const may = () => this.mayStillSend(unit, key) && open.has(key) && this.isSameLife(signalled, key);
    // Whatever becomes of it, its time is over: the deletion deals with what is left.
    const done = () => this.done(signalled, key);
    try {
      if (may()) await lookSurely(observed, key);
      if (!may()) return done();
      await observed.engine(unit.engine)?.kill(key, 'SIGKILL');
    } catch (thrown) {
      done();
      throw thrown;
    }
    if (open.has(key)) cancelTimer.set(key, clock.after(exitWait, done));
  }

  private isSameLife({ lives }: Signalled, key: NodeKey): boolean {
    return lives.has(key) && !isLater(this.host.observed.container(key)?.startedAt, lives.get(key));
  }

  private done(signalled: Signalled, key: NodeKey) {
    if (this.end(signalled, key)) this.tellNext(signalled.unit.id);
  }

  /** @returns whether it was still waited for */
  private end(signalled: Signalled, key: NodeKey): boolean {
    const { unit, open, cancelTimer } = signalled;
    cancelTimer.get(key)?.();
    cancelTimer.delete(key);
    this.stopping.delete(key);
    const was = open.delete(key);
    if (open.size === 0) this.held.get(unit.engine)?.delete(signalled);
    return was;
  }

  private mayStillSend(unit: Unit, key: NodeKey): boolean {
    const { observed, isWaiting, isLocked } = this.host;
    return !this.over && isUp(observed, key) && isWaiting(unit.id) && !isLocked(key);
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
