import type { Clock } from '../../engine/clock';
import type { EngineId, NodeKey } from '../../graph/model';
import { isActive } from '../../graph/model';
import type { Plan, Unit, UnitId } from '../../graph/plan';
import type { Places } from '../lock/places';
import type { Log } from '../log';
import { Ahead, silence } from './ahead';
import type { Observed } from '../observed';

export interface DispatchHost {
  readonly plan: Plan;
  readonly clock: Clock;
  readonly log: Log;
  readonly observed: Observed;
  readonly places: (engine: EngineId) => Places;
  /** Units that hold a place at this moment. */
  readonly inFlight: () => Iterable<Unit>;
  /** A container of a unit that waits for a place was told to stop. */
  readonly onStop: (unit: Unit) => void;
  /** Works on the unit; `release` gives its place back. */
  readonly begin: (unit: Unit, release: () => void) => void;
}

/** What waits for a place on one engine. */
interface Queue {
  readonly engine: EngineId;
  readonly ready: Map<UnitId, Unit>;
  /** Of these, the ones that were signalled ahead and are down. */
  readonly down: Map<UnitId, Unit>;
  lastAlive: number;
  watching: (() => void) | undefined;
  readonly stopListening: (() => void)[];
}

/**
 * Decides which ready unit gets the next free place: first what was signalled ahead and is down, then the rest in the
 * plan's order; what is within its grace waits outside. Where all places are silent, what waits is signalled ahead.
 */
export class Dispatch {
  private readonly queues = new Map<EngineId, Queue>();
  private readonly ahead: Ahead;

  constructor(private readonly host: DispatchHost) {
    const { plan, clock, log, observed } = host;
    this.ahead = new Ahead({
      plan,
      clock,
      log,
      observed,
      onStop: (unit) => host.onStop(unit),
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

  add(unit: Unit) {
    this.queueOf(unit.engine).ready.set(unit.id, unit);
    this.pump(unit.engine);
  }

  /** The unit has ended, or will not be worked on. */
  drop(unit: Unit) {
    const queue = this.queues.get(unit.engine);
    queue?.ready.delete(unit.id);
    queue?.down.delete(unit.id);
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

  private pump(engine: EngineId) {
    const queue = this.queueOf(engine);
    for (let unit = this.next(queue); unit; unit = this.next(queue)) {
      const release = this.host.places(engine).tryTake();
      if (!release) break;
      this.drop(unit);
      queue.lastAlive = this.host.clock.now();
      this.host.begin(unit, release);
    }
    this.watch(queue);
  }

  private next({ down, ready }: Queue): Unit | undefined {
    for (const unit of down.values()) return unit;
    for (const unit of ready.values()) if (!this.ahead.isHeld(unit.id)) return unit;
    return undefined;
  }

  /** Looks again when the engine would have been silent long enough, as long as anything waits. */
  private watch(queue: Queue) {
    if (this.host.plan.options.running !== 'stop' || queue.ready.size === 0 || queue.watching) return;
    const { clock } = this.host;
    const rest = Math.max(1, queue.lastAlive + silence - clock.now());
    queue.watching = clock.after(rest, () => {
      queue.watching = undefined;
      if (clock.now() - queue.lastAlive >= silence && this.isStuck(queue.engine)) {
        this.ahead.signal([...queue.ready.values()]);
      }
      this.watch(queue);
    });
  }

  private isStuck(engine: EngineId): boolean {
    for (const unit of this.host.inFlight()) {
      if (unit.engine === engine && unit.nodes.some((key) => this.isUp(key))) return true;
    }
    return false;
  }

  private isUp(key: NodeKey): boolean {
    const container = this.host.observed.container(key);
    return container !== undefined && isActive(container.state);
  }

  private queueOf(engine: EngineId): Queue {
    const known = this.queues.get(engine);
    if (known) return known;
    const { clock, observed, places } = this.host;
    const listening = places(engine).onFree(() => this.pump(engine));
    const queue: Queue = {
      engine,
      ready: new Map(),
      down: new Map(),
      lastAlive: clock.now(),
      watching: undefined,
      stopListening: [
        () => listening.dispose(),
        observed.onActivity(engine, () => {
          queue.lastAlive = clock.now();
          this.ahead.look();
        }),
      ],
    };
    this.queues.set(engine, queue);
    return queue;
  }
}
