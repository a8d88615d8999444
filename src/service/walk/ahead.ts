import type { Clock } from '../../clock';
import { EngineError } from '../../engine/error';
import { components } from '../../graph/cycles';
import type { EngineId, NodeKey } from '../../graph/model';
import type { Plan, Unit, UnitId } from '../../graph/plan';
import type { Log } from '../log';
import { isUp, type Observed } from '../observed';

/**
 * Signals at once. Each costs the engine a runtime process, and each container that heeds it a clean-up process: so many at
 * once that the signals of those that will not heed them, whose graces all others wait for, are not held up by the rest.
 */
const signalsAtOnce = 24;

interface Signalled {
  readonly unit: Unit;
  /** Containers that have neither been seen to exit nor had their time. */
  readonly open: Set<NodeKey>;
  /** Of these, the ones that were told to stop; the others wait until those that need them are down. */
  readonly told: Set<NodeKey>;
  readonly takeBack: (() => void)[];
}

export interface AheadHost {
  readonly plan: Plan;
  readonly clock: Clock;
  readonly log: Log;
  readonly observed: Observed;
  /** Whether the unit still waits for a place: only such a one is signalled, and only then killed. */
  readonly isWaiting: (unit: UnitId) => boolean;
  /** A container of the unit was told to stop. */
  readonly onStop: (unit: Unit) => void;
  /** A stop is about to be sent to it. */
  readonly onStopSent: (key: NodeKey) => void;
  /** It is about to be resumed, so that it can be stopped. */
  readonly onUnpauseSent: (key: NodeKey) => void;
  /** All containers of the unit are down: it may be deleted at once. */
  readonly onDown: (unit: Unit) => void;
}

/**
 * Lets no grace period queue behind another: units that could be removed but for want of a place are sent their stop
 * signal while they wait, and are killed when their own grace is over. The meaning stays that of a stop: the container's
 * signal, its timeout, and no restart (where a signal would bring it back, it is stopped through the engine instead).
 * Only units whose dependents are gone are signalled, so that nothing is stopped that is then skipped.
 */
export class Ahead {
  private readonly signalled = new Map<UnitId, Signalled>();
  /** Of these, by engine, the ones that are not down yet: looked at whenever their engine tells of an exit. */
  private readonly held = new Map<EngineId, Set<Signalled>>();
  /** What is within its grace, with the moment at which that began, in milliseconds since the epoch. */
  readonly stopping = new Map<NodeKey, number>();
  private readonly queue: (() => Promise<void>)[] = [];
  private sending = 0;
  private over = false;

  constructor(private readonly host: AheadHost) {}

  /** Whether the unit is within its grace: it has been signalled and is not yet down. */
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
      if (
        this.over ||
        (unit.step !== 'remove' && unit.step !== 'stop') ||
        unit.kind === 'cycle' ||
        this.signalled.has(unit.id)
      )
        continue;
      const open = new Set(unit.nodes.filter((key) => isUp(this.host.observed, key)));
      if (open.size === 0) continue;
      const signalled: Signalled = { unit, open, told: new Set(), takeBack: [] };
      this.signalled.set(unit.id, signalled);
      const held = this.held.get(unit.engine) ?? new Set();
      this.held.set(unit.engine, held.add(signalled));
      this.host.log.debug(`${unit.id}: signalled ahead (${open.size})`);
      this.tellNext(unit.id);
    }
  }

  /** To be called when the engine told of exits or removals. */
  look(engine: EngineId) {
    for (const signalled of this.held.get(engine) ?? []) {
      const { unit, open, told } = signalled;
      const down = [...open].filter((key) => !isUp(this.host.observed, key));
      for (const key of down) this.end(signalled, key);
      const waits = [...open].some((key) => !told.has(key));
      if (down.length > 0 || waits) this.tellNext(unit.id);
    }
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

  /** Nothing more is sent; what was signalled keeps its own course. */
  stop() {
    this.over = true;
    this.queue.length = 0;
    this.stopping.clear();
    for (const { takeBack } of this.signalled.values()) for (const take of takeBack) take();
  }

  private async stopOne(signalled: Signalled, key: NodeKey) {
    const { clock } = this.host;
    const { unit, takeBack } = signalled;
    const done = () => {
      if (this.end(signalled, key)) this.tellNext(unit.id);
    };
    try {
      if (!(await this.sendStop(unit, key))) return done();
    } catch (thrown) {
      done();
      throw thrown;
    }
    const grace = this.host.plan.nodes.get(key)?.grace ?? 0;
    const kill = async () => {
      try {
        if (this.mayStillSend(unit, key)) await this.host.observed.engine(unit.engine)?.kill(key, 'SIGKILL');
      } finally {
        // Whatever became of it, its time is over: the deletion deals with what is left.
        done();
      }
    };
    takeBack.push(clock.after(grace * 1000, () => this.send(kill)));
  }

  /** @returns whether its grace has begun and is ours to watch */
  private async sendStop(unit: Unit, key: NodeKey): Promise<boolean> {
    const { observed, plan } = this.host;
    const engine = observed.engine(unit.engine);
    const container = observed.container(key);
    if (!engine || !container || !this.mayStillSend(unit, key)) return false;
    this.stopping.set(key, this.host.clock.wallTime());
    this.host.onStop(unit);
    if (container.state === 'paused') {
      this.host.onUnpauseSent(key);
      await engine.unpause(key);
      if (!this.mayStillSend(unit, key)) return false;
    }
    this.host.onStopSent(key);
    const policy = container.details?.restartPolicy;
    const returns = policy !== undefined && policy !== '' && policy !== 'no';
    // Podman 4.3.1 restarts a container that ends by a signal; 5 and 6 count it as stopped by the user.
    if (returns && !observed.info(unit.engine)?.capabilities.signalIsStop) {
      await engine.stop(key, { timeout: plan.options.grace });
      return false;
    }
    await engine.kill(key, container.details?.stopSignal ?? 'SIGTERM');
    return true;
  }

  /** @returns whether it was still waited for */
  private end(signalled: Signalled, key: NodeKey): boolean {
    const { unit, open } = signalled;
    this.stopping.delete(key);
    const was = open.delete(key);
    if (open.size === 0) this.held.get(unit.engine)?.delete(signalled);
    return was;
  }

  private mayStillSend(unit: Unit, key: NodeKey): boolean {
    return !this.over && isUp(this.host.observed, key) && this.host.isWaiting(unit.id);
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
        // It exited or went meanwhile, or the engine is away: the deletion that follows tells.
        .catch((thrown: unknown) => this.host.log.debug(`signal: ${EngineError.from(thrown).message}`))
        .finally(() => {
          this.sending--;
          this.pump();
        });
    }
  }
}
