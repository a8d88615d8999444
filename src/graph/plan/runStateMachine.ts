import { addToList, type EngineId } from '../model/model';
import type { Unit, UnitId } from './plan';
import { criticalPathLengths, ReadyQueue } from './readyQueue';

/** What `RunStateMachine` needs of a unit. Once the unit that it `undoes` was started, a cancel does not end it. */
export type SchedulableUnit = Pick<
  Unit,
  'id' | 'engine' | 'hardDependencies' | 'softDependencies' | 'undoes' | 'conditions'
>;

export type RunEffect =
  /** The unit is queued for a permit; call `tryStart` before anything is sent. */
  | { readonly type: 'dispatch'; readonly unit: UnitId }
  /** The unit waits for its conditions; send `conditionsMet`, or `failed`. */
  | { readonly type: 'hold'; readonly unit: UnitId }
  /** Send `retryDue` after the backoff for this attempt; the first retry is attempt 2. */
  | { readonly type: 'retry'; readonly unit: UnitId; readonly attempt: number }
  /** The unit has ended and will not be dispatched again. */
  | { readonly type: 'end'; readonly unit: UnitId; readonly state: EndState }
  | { readonly type: 'finished' };

export type EndState =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'skipped'; readonly because: UnitId }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'disconnected'; readonly started: boolean };

export type RunEvent =
  | { readonly type: 'start' }
  | { readonly type: 'done'; readonly unit: UnitId }
  /** `canRetry`: the error is transient. */
  | { readonly type: 'failed'; readonly unit: UnitId; readonly canRetry: boolean }
  /** The connection was lost, so the outcome is unknown. */
  | { readonly type: 'disconnected'; readonly unit: UnitId }
  /** Started, but aborted before anything was sent. */
  | { readonly type: 'aborted'; readonly unit: UnitId }
  | { readonly type: 'retryDue'; readonly unit: UnitId }
  | { readonly type: 'conditionsMet'; readonly unit: UnitId }
  /** `touched`: units that were sent an early stop before they started. */
  | { readonly type: 'cancel'; readonly touched: ReadonlySet<UnitId> };

type UnitState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'held' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'running' }
  | { readonly kind: 'backingOff' }
  | EndState;

const waiting = { kind: 'waiting' } as const;
const held = { kind: 'held' } as const;
const ready = { kind: 'ready' } as const;
const running = { kind: 'running' } as const;
const backingOff = { kind: 'backingOff' } as const;

/**
 * Schedules units in dependency order. Pure: `transition` maps an event to effects in one synchronous step, so no unit
 * can start between a failure and the skipping of its dependents, the race of Podman #27943.
 */
export class RunStateMachine {
  private readonly units = new Map<UnitId, SchedulableUnit>();
  private readonly states = new Map<UnitId, UnitState>();
  private readonly attempts = new Map<UnitId, number>();
  /** For each unit, the units with a hard or soft dependency on it. */
  private readonly dependents = new Map<UnitId, UnitId[]>();
  /** For each unit, the number of dependencies that have not ended. */
  private readonly pendingCount = new Map<UnitId, number>();
  private readonly running = new Set<UnitId>();
  /** The ready units of each engine that have no permit. */
  private readonly queues = new Map<EngineId, ReadyQueue>();
  private readonly disconnectedEngines = new Set<EngineId>();
  /** Units that a cancel must not end, because the unit that they undo was started. */
  private readonly mandatory = new Set<UnitId>();
  private remaining: number;
  private cancelled = false;
  private finished = false;

  /**
   * @param units in a valid sequential order
   * @param maxAttempts of each unit, the first included
   */
  constructor(
    units: readonly SchedulableUnit[],
    private readonly maxAttempts: number,
  ) {
    const criticalPath = criticalPathLengths(units);
    for (const unit of units) {
      this.units.set(unit.id, unit);
      this.states.set(unit.id, waiting);
      if (!this.queues.has(unit.engine)) this.queues.set(unit.engine, new ReadyQueue(criticalPath));
    }
    for (const unit of this.units.values()) {
      const dependencies = new Set(
        [...unit.hardDependencies, ...unit.softDependencies].filter((id) => this.units.has(id)),
      );
      this.pendingCount.set(unit.id, dependencies.size);
      for (const id of dependencies) addToList(this.dependents, id, unit.id);
    }
    this.remaining = this.units.size;
  }

  /** Units of an engine that wait for a permit: longest critical path first, then first in, first out. */
  queued(engine: EngineId): Iterable<UnitId> {
    return this.queues.get(engine) ?? [];
  }

  isQueued(id: UnitId): boolean {
    return this.queueOf(id)?.has(id) ?? false;
  }

  hasQueued(engine: EngineId): boolean {
    return this.queues.get(engine)?.isEmpty === false;
  }

  /** Call when the unit has a permit. */
  dequeue(id: UnitId) {
    this.queueOf(id)?.delete(id);
  }

  hasDependents(id: UnitId): boolean {
    return this.dependents.has(id);
  }

  /** Called with permit and locks held. False if the unit was cancelled or disconnected since its dispatch. */
  tryStart(id: UnitId): boolean {
    if (this.states.get(id)?.kind !== 'ready') return false;
    this.dequeue(id);
    this.states.set(id, running);
    this.running.add(id);
    this.attempts.set(id, this.attemptsOf(id) + 1);
    return true;
  }

  transition(event: RunEvent): RunEffect[] {
    const effects: RunEffect[] = [];
    switch (event.type) {
      case 'start':
        // The run may have been cancelled before it started.
        for (const { id } of this.units.values()) {
          if (this.pendingCount.get(id) === 0 && this.states.get(id)?.kind === 'waiting') this.unblock(id, effects);
        }
        break;
      case 'conditionsMet':
        if (this.states.get(event.unit)?.kind === 'held') this.dispatch(event.unit, effects);
        break;
      case 'done':
        this.end(event.unit, { kind: 'done' }, effects);
        break;
      case 'failed':
        this.fail(event.unit, event.canRetry, effects);
        break;
      case 'disconnected':
        this.disconnect(event.unit, effects);
        break;
      case 'aborted':
        this.end(event.unit, { kind: 'cancelled' }, effects);
        break;
      case 'retryDue':
        if (this.states.get(event.unit)?.kind === 'backingOff') this.dispatch(event.unit, effects);
        break;
      case 'cancel':
        this.cancel(event.touched, effects);
        break;
    }
    if (this.remaining === 0 && !this.finished) {
      this.finished = true;
      effects.push({ type: 'finished' });
    }
    return effects;
  }

  /** Units that are being executed. */
  get inFlight(): ReadonlySet<UnitId> {
    return this.running;
  }

  get isCancelled(): boolean {
    return this.cancelled;
  }

  attemptsOf(id: UnitId): number {
    return this.attempts.get(id) ?? 0;
  }

  /** Whether the unit is executed even after a cancel. */
  isMandatory(id: UnitId): boolean {
    return this.mandatory.has(id);
  }

  stateOf(id: UnitId): UnitState['kind'] | undefined {
    return this.states.get(id)?.kind;
  }

  private queueOf(id: UnitId): ReadyQueue | undefined {
    return this.queues.get(this.units.get(id)?.engine ?? '');
  }

  /** All dependencies have ended. */
  private unblock(id: UnitId, effects: RunEffect[]) {
    // What a cancelled restart has stopped, it starts without a wait.
    if (this.cancelled || !this.units.get(id)?.conditions?.length) return this.dispatch(id, effects);
    this.states.set(id, held);
    effects.push({ type: 'hold', unit: id });
  }

  private dispatch(id: UnitId, effects: RunEffect[]) {
    this.states.set(id, ready);
    this.queueOf(id)?.add(id);
    effects.push({ type: 'dispatch', unit: id });
  }

  private fail(id: UnitId, canRetry: boolean, effects: RunEffect[]) {
    if (canRetry && (!this.cancelled || this.mandatory.has(id)) && this.attemptsOf(id) < this.maxAttempts) {
      this.states.set(id, backingOff);
      this.running.delete(id);
      effects.push({ type: 'retry', unit: id, attempt: this.attemptsOf(id) + 1 });
    } else this.end(id, { kind: 'failed' }, effects);
  }

  private disconnect(id: UnitId, effects: RunEffect[]) {
    const engine = this.units.get(id)?.engine;
    this.end(id, { kind: 'disconnected', started: true }, effects);
    if (engine === undefined || this.disconnectedEngines.has(engine)) return;
    this.disconnectedEngines.add(engine);
    for (const unit of this.units.values()) {
      if (unit.engine === engine && this.isIdle(unit.id))
        this.end(unit.id, { kind: 'disconnected', started: false }, effects);
    }
  }

  private cancel(touched: ReadonlySet<UnitId>, effects: RunEffect[]) {
    this.cancelled = true;
    for (const { id, undoes } of this.units.values()) {
      if (undoes !== undefined && (touched.has(undoes) || this.attemptsOf(undoes) > 0)) this.mandatory.add(id);
    }
    for (const id of this.units.keys()) {
      if (!this.isIdle(id)) continue;
      if (!this.mandatory.has(id)) this.end(id, { kind: 'cancelled' }, effects);
      else if (this.states.get(id)?.kind === 'held') this.dispatch(id, effects);
    }
  }

  /** Neither ended nor being executed. */
  private isIdle(id: UnitId): boolean {
    const kind = this.states.get(id)?.kind;
    return kind === 'waiting' || kind === 'held' || kind === 'ready' || kind === 'backingOff';
  }

  private isPending(id: UnitId): boolean {
    return this.isIdle(id) || this.states.get(id)?.kind === 'running';
  }

  /** Ends a unit and all units that this blocks. Uses an explicit stack, because chains can be long. */
  private end(id: UnitId, state: EndState, effects: RunEffect[]) {
    const ending: [UnitId, EndState][] = [[id, state]];
    const unblocked: UnitId[] = [];
    for (let next = ending.pop(); next; next = ending.pop()) {
      const [unit, endState] = next;
      if (!this.isPending(unit)) continue;
      this.states.set(unit, endState);
      this.dequeue(unit);
      this.running.delete(unit);
      this.remaining--;
      effects.push({ type: 'end', unit, state: endState });
      for (const other of this.dependents.get(unit) ?? []) {
        const left = (this.pendingCount.get(other) ?? 0) - 1;
        this.pendingCount.set(other, left);
        if (this.states.get(other)?.kind !== 'waiting') continue;
        // A unit that a cancel kept from being stopped needs no start.
        const isUntouched = endState.kind === 'cancelled' && this.mandatory.has(other);
        if (endState.kind !== 'done' && !isUntouched && this.units.get(other)?.hardDependencies.includes(unit)) {
          ending.push([other, blockedBy(endState, unit)]);
        } else if (left === 0) unblocked.push(other);
      }
    }
    for (const unit of unblocked) {
      // After a cancel, only mandatory units can start.
      const canStart = !this.cancelled || this.mandatory.has(unit);
      if (canStart && this.states.get(unit)?.kind === 'waiting') this.unblock(unit, effects);
    }
  }
}

/** The end state of a unit whose hard dependency did not succeed; `because` is the first failure of a chain. */
function blockedBy(dependency: EndState, unit: UnitId): EndState {
  if (dependency.kind === 'skipped' || dependency.kind === 'cancelled') return dependency;
  if (dependency.kind === 'disconnected') return { kind: 'disconnected', started: false };
  return { kind: 'skipped', because: unit };
}
