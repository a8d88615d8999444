import type { EngineId, NodeKey } from '../../graph/model/model';
import type { Unit, UnitId } from '../../graph/plan/plan';
import type { ConcurrencyLimiter, Permit } from '../concurrency/limiter';
import { isContainerActive } from '../state/engineStateView';
import { type EarlyStopDeps, EarlyStopper } from './earlyStopper';

/** The critical path of each unit: the longest chain of units that wait for it; units that none waits for are missing. */
export function criticalPathLengths(units: readonly Unit[]): ReadonlyMap<UnitId, number> {
  const lengths = new Map<UnitId, number>();
  for (const unit of [...units].sort((a, b) => b.step - a.step)) {
    const own = lengths.get(unit.id) ?? 0;
    for (const before of [...unit.hardDependencies, ...unit.softDependencies]) {
      lengths.set(before, Math.max(lengths.get(before) ?? 0, own + 1));
    }
  }
  return lengths;
}

/** Units that wait for a permit: longest critical path first, then first in, first out. */
export class ReadyQueue {
  /** By critical path length, descending. */
  private buckets: [number, Map<UnitId, Unit>][] = [];

  constructor(private readonly criticalPath: ReadonlyMap<UnitId, number>) {}

  get size(): number {
    return this.buckets.reduce((sum, [, units]) => sum + units.size, 0);
  }

  has(id: UnitId): boolean {
    return this.bucketOf(id)?.has(id) ?? false;
  }

  add(unit: Unit) {
    let bucket = this.bucketOf(unit.id);
    if (!bucket) {
      bucket = new Map();
      this.buckets.push([this.criticalPath.get(unit.id) ?? 0, bucket]);
      this.buckets.sort(([a], [b]) => b - a);
    }
    bucket.set(unit.id, unit);
  }

  delete(id: UnitId) {
    this.bucketOf(id)?.delete(id);
  }

  *values(): Iterable<Unit> {
    for (const [, units] of this.buckets) yield* units.values();
  }

  private bucketOf(id: UnitId): Map<UnitId, Unit> | undefined {
    const length = this.criticalPath.get(id) ?? 0;
    return this.buckets.find(([own]) => own === length)?.[1];
  }
}

interface DispatcherDeps extends Omit<EarlyStopDeps, 'isQueued' | 'onStopped'> {
  readonly limiters: (engine: EngineId) => ConcurrencyLimiter;
  /** Runs the unit and releases its permit. */
  readonly start: (unit: Unit, permit: Permit) => void;
}

/** Units that wait for a permit of one engine. */
interface Queue {
  readonly engine: EngineId;
  readonly ready: ReadyQueue;
  /** Units of `ready` whose containers stopped early. */
  readonly stopped: Map<UnitId, Unit>;
  cancelCheck: (() => void) | undefined;
  readonly unsubscribe: (() => void)[];
}

/** Bounds of the time between two stall checks, in milliseconds. */
const minCheckDelay = 50;
const maxCheckDelay = 1000;

/**
 * Gives permits to ready units: stopped units first, then the longest critical path; units within their stop timeout wait.
 * While permits are stalled, queued units are stopped early and only stopped units get permits.
 */
export class Dispatcher {
  private readonly queues = new Map<EngineId, Queue>();
  private readonly earlyStopper: EarlyStopper;
  private readonly criticalPath: ReadonlyMap<UnitId, number>;

  constructor(private readonly deps: DispatcherDeps) {
    this.criticalPath = criticalPathLengths(deps.plan.units);
    this.earlyStopper = new EarlyStopper({
      ...deps,
      isQueued: (id) => [...this.queues.values()].some(({ ready }) => ready.has(id)),
      onStopped: (unit) => {
        const queue = this.queueOf(unit.engine);
        if (queue.ready.has(unit.id)) queue.stopped.set(unit.id, unit);
        this.pump(unit.engine);
      },
    });
  }

  /** Containers that stop early, with the start of their stop timeout in milliseconds since the epoch. */
  get stopping(): ReadonlyMap<NodeKey, number> {
    return this.earlyStopper.stopping;
  }

  /** Containers of a unit that were signalled before it got a permit. */
  signalledIn(unit: UnitId): ReadonlySet<NodeKey> {
    return this.earlyStopper.signalledIn(unit);
  }

  enqueue(units: readonly Unit[]) {
    for (const unit of units) this.queueOf(unit.engine).ready.add(unit);
    for (const engine of new Set(units.map((unit) => unit.engine))) this.pump(engine);
  }

  remove(unit: Unit) {
    const queue = this.queues.get(unit.engine);
    queue?.ready.delete(unit.id);
    queue?.stopped.delete(unit.id);
  }

  /** No more early stops; units that are still enqueued may start. */
  cancel() {
    this.earlyStopper.stop();
  }

  dispose() {
    this.earlyStopper.stop();
    for (const queue of this.queues.values()) {
      queue.cancelCheck?.();
      for (const unsubscribe of queue.unsubscribe) unsubscribe();
    }
    this.queues.clear();
  }

  hasDependents(unit: UnitId): boolean {
    return this.criticalPath.has(unit);
  }

  isQueueNonEmpty(engine: EngineId): boolean {
    return (this.queues.get(engine)?.ready.size ?? 0) > 0;
  }

  private pump(engine: EngineId) {
    const queue = this.queueOf(engine);
    const limiter = this.deps.limiters(engine);
    const now = this.deps.clock.now();
    for (let unit = this.next(queue, limiter); unit; unit = this.next(queue, limiter)) {
      const nodes = unit.nodes;
      const permit = limiter.tryAcquire({ runningCount: () => this.runningCount(nodes) }, now);
      if (!permit) break;
      this.remove(unit);
      this.deps.start(unit, permit);
    }
    this.stopEarly(queue, limiter);
    this.scheduleCheck(queue, limiter);
  }

  private next({ stopped, ready }: Queue, limiter: ConcurrencyLimiter): Unit | undefined {
    const availability = limiter.availability(this.deps.clock.now());
    if (availability === 'none') return undefined;
    const fits = ({ nodes }: Unit) => availability === 'any' || this.runningCount(nodes) === 0;
    for (const unit of stopped.values()) if (fits(unit)) return unit;
    for (const unit of ready.values()) if (!this.earlyStopper.isStopping(unit.id) && fits(unit)) return unit;
    return undefined;
  }

  private stopEarly({ ready }: Queue, limiter: ConcurrencyLimiter) {
    const { action, options } = this.deps.plan;
    const stops = action === 'stop' || action === 'restart' || (action === 'remove' && options.running === 'stop');
    if (!stops || limiter.isSequential || ready.size === 0) return;
    if (limiter.isStalled(this.deps.clock.now())) this.earlyStopper.stopEarly([...ready.values()]);
  }

  private scheduleCheck(queue: Queue, limiter: ConcurrencyLimiter) {
    const next = limiter.nextStallCheck;
    if (next === undefined || queue.ready.size === 0 || queue.cancelCheck) return;
    const { clock } = this.deps;
    queue.cancelCheck = clock.after(Math.min(maxCheckDelay, Math.max(minCheckDelay, next - clock.now())), () => {
      queue.cancelCheck = undefined;
      this.stopEarly(queue, limiter);
      this.scheduleCheck(queue, limiter);
    });
  }

  private runningCount(nodes: readonly NodeKey[]): number {
    return nodes.reduce((count, key) => count + (isContainerActive(this.deps.observed, key) ? 1 : 0), 0);
  }

  private queueOf(engine: EngineId): Queue {
    const known = this.queues.get(engine);
    if (known) return known;
    const { clock, observed, limiters } = this.deps;
    const limiter = limiters(engine);
    const subscription = limiter.onDidRelease(() => this.pump(engine));
    const queue: Queue = {
      engine,
      ready: new ReadyQueue(this.criticalPath),
      stopped: new Map(),
      cancelCheck: undefined,
      unsubscribe: [
        () => subscription.dispose(),
        observed.onActivity(engine, () => {
          limiter.refresh(clock.now());
          this.earlyStopper.poll(engine);
          this.pump(engine);
        }),
      ],
    };
    this.queues.set(engine, queue);
    return queue;
  }
}
