import type { Clock } from '../../clock';
import type { EngineId, NodeKey } from '../../graph/model';
import type { Plan, Unit, UnitId } from '../../graph/plan';
import type { Place, Places } from '../lock/places';
import type { Log } from '../log';
import { Ahead } from './ahead';
import { isUp, type Observed } from '../observed';
import { Ready, waysBehind } from './ready';

export interface DispatchHost {
  readonly plan: Plan;
  readonly clock: Clock;
  readonly log: Log;
  readonly observed: Observed;
  readonly places: (engine: EngineId) => Places;
  /** Whether a run works on the node. */
  readonly isLocked: (key: NodeKey) => boolean;
  /** A container of a unit that waits for a place was told to stop. */
  readonly onStop: (unit: Unit) => void;
  /** Writes down that the container is begun; nothing is sent before. */
  readonly begun: (key: NodeKey) => Promise<void>;
  /** A stop is about to be sent to it; returns what takes that back where it was not sent. */
  readonly onStopSent: (key: NodeKey) => () => void;
  /** It is about to be resumed, so that it can be stopped. */
  readonly onUnpauseSent: (key: NodeKey) => void;
  /** Works on the unit, and gives its place back. */
  readonly begin: (unit: Unit, place: Place) => void;
}

/** What waits for a place on one engine. */
interface Queue {
  readonly engine: EngineId;
  readonly ready: Ready;
  /** Of these, the ones that were signalled ahead and are down. */
  readonly down: Map<UnitId, Unit>;
  watching: (() => void) | undefined;
  readonly stopListening: (() => void)[];
}

/** Milliseconds between two looks at whether places are stuck: at least, and at most. */
const soonest = 50;
const latest = 1000;

/**
 * Decides which ready unit gets the next free place: first what was signalled ahead and is down, then that on which most others
 * wait; what is within its grace waits outside. Where places are stuck in somebody's grace, what waits is signalled
 * ahead, and only what is down gets the places that are left.
 */
export class Dispatch {
  private readonly queues = new Map<EngineId, Queue>();
  private readonly ahead: Ahead;
  private readonly behind: ReadonlyMap<UnitId, number>;

  constructor(private readonly host: DispatchHost) {
    const { plan, clock, log, observed } = host;
    this.behind = waysBehind(plan.units);
    this.ahead = new Ahead({
      plan,
      clock,
      log,
      observed,
      isLocked: (key) => host.isLocked(key),
      onStop: (unit) => host.onStop(unit),
      begun: (key) => host.begun(key),
      onStopSent: (key) => host.onStopSent(key),
      onUnpauseSent: (key) => host.onUnpauseSent(key),
      isWaiting: (id) => [...this.queues.values()].some(({ ready }) => ready.has(id)),
      onDown: (unit) => {
        const queue = this.queueOf(unit.engine);
        if (queue.ready.has(unit.id)) queue.down.set(unit.id, unit);
        this.pump(unit.engine);
      },
    });
  }

  /** What was told to stop while its unit waits for a place, with the moment at which its grace began. */
  get stopping(): ReadonlyMap<NodeKey, number> {
    return this.ahead.stopping;
  }

  /** What of a unit was told to stop before it got its place. */
  toldOf(unit: UnitId): ReadonlySet<NodeKey> {
    return this.ahead.toldOf(unit);
  }

  add(units: readonly Unit[]) {
    for (const unit of units) this.queueOf(unit.engine).ready.add(unit);
    for (const engine of new Set(units.map((unit) => unit.engine))) this.pump(engine);
  }

  /** The unit has ended, or will not be worked on. */
  drop(unit: Unit) {
    const queue = this.queues.get(unit.engine);
    queue?.ready.delete(unit.id);
    queue?.down.delete(unit.id);
  }

  /** Nothing is signalled any more; what is still added may begin. */
  cancel() {
    this.ahead.stop();
  }

  /** Nothing new begins or is signalled. */
  stop() {
    this.ahead.stop();
    for (const queue of this.queues.values()) {
      queue.watching?.();
      for (const stop of queue.stopListening) stop();
    }
    this.queues.clear();
  }

  /** Whether another unit waits for this one. */
  isAwaited(unit: UnitId): boolean {
    return this.behind.has(unit);
  }

  /** Whether anything waits for a place on the engine. */
  isWaiting(engine: EngineId): boolean {
    return (this.queues.get(engine)?.ready.size ?? 0) > 0;
  }

  private pump(engine: EngineId) {
    const queue = this.queueOf(engine);
    const places = this.host.places(engine);
    const now = this.host.clock.now();
    for (let unit = this.next(queue, places); unit; unit = this.next(queue, places)) {
      const nodes = unit.nodes;
      const place = places.tryTake({ up: () => this.up(nodes) }, now);
      if (!place) break;
      this.drop(unit);
      this.host.begin(unit, place);
    }
    this.signalAhead(queue, places);
    this.watch(queue, places);
  }

  private next({ down, ready }: Queue, places: Places): Unit | undefined {
    const room = places.roomAt(this.host.clock.now());
    if (room === 'none') return undefined;
    const fits = ({ nodes }: Unit) => room === 'any' || this.up(nodes) === 0;
    for (const unit of down.values()) if (fits(unit)) return unit;
    for (const unit of ready.values()) if (!this.ahead.isHeld(unit.id) && fits(unit)) return unit;
    return undefined;
  }

  private signalAhead({ ready }: Queue, places: Places) {
    // Somebody who wants one after another wants the stops so, too.
    const { action, options } = this.host.plan;
    const stops = action === 'stop' || action === 'restart' || (action === 'remove' && options.running === 'stop');
    if (!stops || places.serial || ready.size === 0) return;
    if (places.isCrowded(this.host.clock.now())) this.ahead.signal([...ready.values()]);
  }

  /** Looks again when a place may have become stuck, as long as anything waits. */
  private watch(queue: Queue, places: Places) {
    const next = places.nextLook;
    if (next === undefined || queue.ready.size === 0 || queue.watching) return;
    const { clock } = this.host;
    queue.watching = clock.after(Math.min(latest, Math.max(soonest, next - clock.now())), () => {
      queue.watching = undefined;
      this.signalAhead(queue, places);
      this.watch(queue, places);
    });
  }

  private up(nodes: readonly NodeKey[]): number {
    return nodes.reduce((count, key) => count + (isUp(this.host.observed, key) ? 1 : 0), 0);
  }

  private queueOf(engine: EngineId): Queue {
    const known = this.queues.get(engine);
    if (known) return known;
    const { clock, observed, places } = this.host;
    const own = places(engine);
    const listening = own.onFree(() => this.pump(engine));
    const queue: Queue = {
      engine,
      ready: new Ready(this.behind),
      down: new Map(),
      watching: undefined,
      stopListening: [
        () => listening.dispose(),
        observed.onActivity(engine, () => {
          own.look(clock.now());
          this.ahead.look(engine);
          this.pump(engine);
        }),
      ],
    };
    this.queues.set(engine, queue);
    return queue;
  }
}
