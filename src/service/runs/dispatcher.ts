import type { Clock } from '../../clock';
import type { EngineId, NodeKey } from '../../graph/model/model';
import type { Plan, Unit, UnitId } from '../../graph/plan/plan';
import type { ConcurrencyLimiter, Permit } from '../concurrency/limiter';
import type { Log } from '../log';
import { type EngineStateView, isContainerActive } from '../state/engineStateView';
import { EarlyStopper } from './earlyStopper';

/** How many units at most wait for a unit one after another: the longest way to the end that begins with it. */
export function criticalPathLengths(units: readonly Unit[]): ReadonlyMap<UnitId, number> {
  const behind = new Map<UnitId, number>();
  for (const unit of [...units].sort((a, b) => b.wave - a.wave)) {
    const own = behind.get(unit.id) ?? 0;
    for (const before of [...unit.hardDependencies, ...unit.softDependencies]) {
      behind.set(before, Math.max(behind.get(before) ?? 0, own + 1));
    }
  }
  return behind;
}

/**
 * What is ready and waits for a place: first that on which most others wait one after another, or a long chain would begin when
 * all else is done; else in the order in which it came.
 */
export class ReadyQueue {
  /** Units by the length of the way behind them, the longest first. */
  private buckets: [number, Map<UnitId, Unit>][] = [];

  constructor(private readonly behind: ReadonlyMap<UnitId, number>) {}

  get size(): number {
    return this.buckets.reduce((sum, [, units]) => sum + units.size, 0);
  }

  has(id: UnitId): boolean {
    return this.level(id)?.has(id) ?? false;
  }

  add(unit: Unit) {
    let level = this.level(unit.id);
    if (!level) {
      level = new Map();
      this.buckets.push([this.behind.get(unit.id) ?? 0, level]);
      this.buckets.sort(([a], [b]) => b - a);
    }
    level.set(unit.id, unit);
  }

  delete(id: UnitId) {
    this.level(id)?.delete(id);
  }

  *values(): Iterable<Unit> {
    for (const [, units] of this.buckets) yield* units.values();
  }

  private level(id: UnitId): Map<UnitId, Unit> | undefined {
    const length = this.behind.get(id) ?? 0;
    return this.buckets.find(([own]) => own === length)?.[1];
  }
}

interface DispatcherDeps {
  readonly plan: Plan;
  readonly clock: Clock;
  readonly log: Log;
  readonly observed: EngineStateView;
  readonly limiters: (engine: EngineId) => ConcurrencyLimiter;
  /** Whether a run works on the node. */
  readonly isLocked: (key: NodeKey) => boolean;
  /** A container of a unit that waits for a place was told to stop. */
  readonly onStop: (unit: Unit) => void;
  /** Writes down that the container is begun; nothing is sent before. */
  readonly started: (key: NodeKey) => Promise<void>;
  /** A stop is about to be sent to it; returns what takes that back where it was not sent. */
  readonly onStopSent: (key: NodeKey) => () => void;
  /** It is about to be resumed, so that it can be stopped. */
  readonly onUnpauseSent: (key: NodeKey) => void;
  /** Works on the unit, and gives its place back. */
  readonly start: (unit: Unit, permit: Permit) => void;
}

/** What waits for a place on one engine. */
interface Queue {
  readonly engine: EngineId;
  readonly ready: ReadyQueue;
  /** Of these, the ones that were signalled ahead and are down. */
  readonly stopped: Map<UnitId, Unit>;
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
export class Dispatcher {
  private readonly queues = new Map<EngineId, Queue>();
  private readonly ahead: EarlyStopper;
  private readonly criticalPath: ReadonlyMap<UnitId, number>;

  constructor(private readonly host: DispatcherDeps) {
    const { plan, clock, log, observed } = host;
    this.criticalPath = criticalPathLengths(plan.units);
    this.ahead = new EarlyStopper({
      plan,
      clock,
      log,
      observed,
      isLocked: (key) => host.isLocked(key),
      onStop: (unit) => host.onStop(unit),
      started: (key) => host.started(key),
      onStopSent: (key) => host.onStopSent(key),
      onUnpauseSent: (key) => host.onUnpauseSent(key),
      isQueueNonEmpty: (id) => [...this.queues.values()].some(({ ready }) => ready.has(id)),
      onStopped: (unit) => {
        const queue = this.queueOf(unit.engine);
        if (queue.ready.has(unit.id)) queue.stopped.set(unit.id, unit);
        this.pump(unit.engine);
      },
    });
  }

  /** What was told to stop while its unit waits for a place, with the moment at which its grace began. */
  get stopping(): ReadonlyMap<NodeKey, number> {
    return this.ahead.stopping;
  }

  /** What of a unit was told to stop before it got its place. */
  signalledIn(unit: UnitId): ReadonlySet<NodeKey> {
    return this.ahead.signalledIn(unit);
  }

  enqueue(units: readonly Unit[]) {
    for (const unit of units) this.queueOf(unit.engine).ready.add(unit);
    for (const engine of new Set(units.map((unit) => unit.engine))) this.pump(engine);
  }

  /** The unit has ended, or will not be worked on. */
  remove(unit: Unit) {
    const queue = this.queues.get(unit.engine);
    queue?.ready.delete(unit.id);
    queue?.stopped.delete(unit.id);
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
  hasDependents(unit: UnitId): boolean {
    return this.criticalPath.has(unit);
  }

  /** Whether anything waits for a place on the engine. */
  isQueueNonEmpty(engine: EngineId): boolean {
    return (this.queues.get(engine)?.ready.size ?? 0) > 0;
  }

  private pump(engine: EngineId) {
    const queue = this.queueOf(engine);
    const permits = this.host.limiters(engine);
    const now = this.host.clock.now();
    for (let unit = this.next(queue, permits); unit; unit = this.next(queue, permits)) {
      const nodes = unit.nodes;
      const permit = permits.tryAcquire({ runningCount: () => this.runningCount(nodes) }, now);
      if (!permit) break;
      this.remove(unit);
      this.host.start(unit, permit);
    }
    this.stopEarly(queue, permits);
    this.watch(queue, permits);
  }

  private next({ stopped, ready }: Queue, permits: ConcurrencyLimiter): Unit | undefined {
    const room = permits.roomAt(this.host.clock.now());
    if (room === 'none') return undefined;
    const fits = ({ nodes }: Unit) => room === 'any' || this.runningCount(nodes) === 0;
    for (const unit of stopped.values()) if (fits(unit)) return unit;
    for (const unit of ready.values()) if (!this.ahead.isStopping(unit.id) && fits(unit)) return unit;
    return undefined;
  }

  private stopEarly({ ready }: Queue, permits: ConcurrencyLimiter) {
    // Somebody who wants one after another wants the stops so, too.
    const { action, options } = this.host.plan;
    const stops = action === 'stop' || action === 'restart' || (action === 'remove' && options.running === 'stop');
    if (!stops || permits.isSequential || ready.size === 0) return;
    if (permits.isStalled(this.host.clock.now())) this.ahead.stopEarly([...ready.values()]);
  }

  /** Looks again when a place may have become stuck, as long as anything waits. */
  private watch(queue: Queue, permits: ConcurrencyLimiter) {
    const next = permits.nextStallCheck;
    if (next === undefined || queue.ready.size === 0 || queue.watching) return;
    const { clock } = this.host;
    queue.watching = clock.after(Math.min(latest, Math.max(soonest, next - clock.now())), () => {
      queue.watching = undefined;
      this.stopEarly(queue, permits);
      this.watch(queue, permits);
    });
  }

  private runningCount(nodes: readonly NodeKey[]): number {
    return nodes.reduce((count, key) => count + (isContainerActive(this.host.observed, key) ? 1 : 0), 0);
  }

  private queueOf(engine: EngineId): Queue {
    const known = this.queues.get(engine);
    if (known) return known;
    const { clock, observed, limiters: permits } = this.host;
    const own = permits(engine);
    const listening = own.onDidRelease(() => this.pump(engine));
    const queue: Queue = {
      engine,
      ready: new ReadyQueue(this.criticalPath),
      stopped: new Map(),
      watching: undefined,
      stopListening: [
        () => listening.dispose(),
        observed.onActivity(engine, () => {
          own.refresh(clock.now());
          this.ahead.poll(engine);
          this.pump(engine);
        }),
      ],
    };
    this.queues.set(engine, queue);
    return queue;
  }
}
