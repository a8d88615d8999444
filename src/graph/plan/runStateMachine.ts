/** A node of the dependency graph that `RunStateMachine` schedules. */
export interface SchedulableUnit<Id> {
  readonly id: Id;
  /** Units that must succeed before this one can start. */
  readonly hardDependencies: readonly Id[];
  /** Units that must have ended, with any result, before this one can start. */
  readonly softDependencies: readonly Id[];
  /** The unit that this one undoes: once that one was started, a cancel does not end this one. */
  readonly undoes?: Id | undefined;
  /** If the group disconnects, all its idle units end. */
  readonly group: string;
}

export type RunEffect<Id> =
  /** Queue the unit; call `tryStart` before anything is sent. */
  | { readonly type: 'dispatch'; readonly unit: Id; readonly attempt: number }
  /** Send `retryDue` after the backoff for this attempt; the first retry is attempt 2. */
  | { readonly type: 'retry'; readonly unit: Id; readonly attempt: number }
  /** The unit has ended and will not be dispatched again. */
  | { readonly type: 'end'; readonly unit: Id; readonly state: EndState<Id> }
  | { readonly type: 'finished' };

export type EndState<Id> =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'skipped'; readonly because: Id }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'disconnected'; readonly started: boolean };

export type RunEvent<Id> =
  | { readonly type: 'start' }
  | { readonly type: 'done'; readonly unit: Id }
  /** `canRetry`: the error is transient. */
  | { readonly type: 'failed'; readonly unit: Id; readonly canRetry: boolean }
  /** The connection was lost, so the outcome is unknown. */
  | { readonly type: 'disconnected'; readonly unit: Id }
  /** Started, but aborted before anything was sent. */
  | { readonly type: 'aborted'; readonly unit: Id }
  | { readonly type: 'retryDue'; readonly unit: Id }
  /** `touched`: units that were sent an early stop before they started. */
  | { readonly type: 'cancel'; readonly touched: ReadonlySet<Id> };

type UnitState<Id> =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'running' }
  | { readonly kind: 'backingOff' }
  | EndState<Id>;

const waiting = { kind: 'waiting' } as const;
const ready = { kind: 'ready' } as const;
const running = { kind: 'running' } as const;
const backingOff = { kind: 'backingOff' } as const;

/**
 * Schedules units in dependency order. Pure: `transition` maps an event to effects in one synchronous step, so no unit
 * can start between a failure and the skipping of its dependents, the race of Podman #27943.
 */
export class RunStateMachine<Id> {
  private readonly units = new Map<Id, SchedulableUnit<Id>>();
  private readonly states = new Map<Id, UnitState<Id>>();
  private readonly attempts = new Map<Id, number>();
  /** For each unit, the units with a hard or soft dependency on it. */
  private readonly dependents = new Map<Id, Id[]>();
  /** For each unit, the number of dependencies that have not ended. */
  private readonly pendingCount = new Map<Id, number>();
  private readonly running = new Set<Id>();
  private readonly disconnectedGroups = new Set<string>();
  /** Units that a cancel must not end, because the unit that they undo was started. */
  private readonly mandatory = new Set<Id>();
  private remaining: number;
  private cancelled = false;
  private finished = false;

  /** @param maxAttempts of each unit, the first included */
  constructor(
    units: Iterable<SchedulableUnit<Id>>,
    private readonly maxAttempts: number,
  ) {
    for (const unit of units) {
      this.units.set(unit.id, unit);
      this.states.set(unit.id, waiting);
    }
    for (const unit of this.units.values()) {
      const dependencies = new Set(
        [...unit.hardDependencies, ...unit.softDependencies].filter((id) => this.units.has(id)),
      );
      this.pendingCount.set(unit.id, dependencies.size);
      for (const id of dependencies) {
        const list = this.dependents.get(id);
        if (list) list.push(unit.id);
        else this.dependents.set(id, [unit.id]);
      }
    }
    this.remaining = this.units.size;
  }

  /** Called with permit and locks held. False if the unit was cancelled or disconnected since its dispatch. */
  tryStart(id: Id): boolean {
    if (this.states.get(id)?.kind !== 'ready') return false;
    this.states.set(id, running);
    this.running.add(id);
    this.attempts.set(id, this.attemptsOf(id) + 1);
    return true;
  }

  transition(event: RunEvent<Id>): RunEffect<Id>[] {
    const effects: RunEffect<Id>[] = [];
    switch (event.type) {
      case 'start':
        // The run may have been cancelled before it started.
        for (const { id } of this.units.values()) {
          if (this.pendingCount.get(id) === 0 && this.states.get(id)?.kind === 'waiting') this.dispatch(id, effects);
        }
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
  get inFlight(): ReadonlySet<Id> {
    return this.running;
  }

  get isCancelled(): boolean {
    return this.cancelled;
  }

  attemptsOf(id: Id): number {
    return this.attempts.get(id) ?? 0;
  }

  /** Whether the unit is executed even after a cancel. */
  isMandatory(id: Id): boolean {
    return this.mandatory.has(id);
  }

  stateOf(id: Id): UnitState<Id>['kind'] | undefined {
    return this.states.get(id)?.kind;
  }

  private dispatch(id: Id, effects: RunEffect<Id>[]) {
    this.states.set(id, ready);
    effects.push({ type: 'dispatch', unit: id, attempt: this.attemptsOf(id) + 1 });
  }

  private fail(id: Id, canRetry: boolean, effects: RunEffect<Id>[]) {
    if (canRetry && (!this.cancelled || this.mandatory.has(id)) && this.attemptsOf(id) < this.maxAttempts) {
      this.states.set(id, backingOff);
      this.running.delete(id);
      effects.push({ type: 'retry', unit: id, attempt: this.attemptsOf(id) + 1 });
    } else this.end(id, { kind: 'failed' }, effects);
  }

  private disconnect(id: Id, effects: RunEffect<Id>[]) {
    const group = this.units.get(id)?.group;
    this.end(id, { kind: 'disconnected', started: true }, effects);
    if (group === undefined || this.disconnectedGroups.has(group)) return;
    this.disconnectedGroups.add(group);
    for (const unit of this.units.values()) {
      if (unit.group === group && this.isIdle(unit.id))
        this.end(unit.id, { kind: 'disconnected', started: false }, effects);
    }
  }

  private cancel(touched: ReadonlySet<Id>, effects: RunEffect<Id>[]) {
    this.cancelled = true;
    for (const { id, undoes } of this.units.values()) {
      if (undoes !== undefined && (touched.has(undoes) || this.attemptsOf(undoes) > 0)) this.mandatory.add(id);
    }
    for (const id of this.units.keys()) {
      if (this.isIdle(id) && !this.mandatory.has(id)) this.end(id, { kind: 'cancelled' }, effects);
    }
  }

  /** Neither ended nor being executed. */
  private isIdle(id: Id): boolean {
    const kind = this.states.get(id)?.kind;
    return kind === 'waiting' || kind === 'ready' || kind === 'backingOff';
  }

  private isPending(id: Id): boolean {
    return this.isIdle(id) || this.states.get(id)?.kind === 'running';
  }

  /** Ends a unit and all units that this blocks. Uses an explicit stack, because chains can be long. */
  private end(id: Id, state: EndState<Id>, effects: RunEffect<Id>[]) {
    const ending: [Id, EndState<Id>][] = [[id, state]];
    const unblocked: Id[] = [];
    for (let next = ending.pop(); next; next = ending.pop()) {
      const [unit, endState] = next;
      if (!this.isPending(unit)) continue;
      this.states.set(unit, endState);
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
      if (canStart && this.states.get(unit)?.kind === 'waiting') this.dispatch(unit, effects);
    }
  }
}

/** The end state of a unit whose hard dependency did not succeed; `because` is the first failure of a chain. */
function blockedBy<Id>(dependency: EndState<Id>, unit: Id): EndState<Id> {
  if (dependency.kind === 'skipped' || dependency.kind === 'cancelled') return dependency;
  if (dependency.kind === 'disconnected') return { kind: 'disconnected', started: false };
  return { kind: 'skipped', because: unit };
}
