/**
 * The state machine of a walk over units that must be worked on in an order. It knows which units are ready, what a
 * failure blocks, and when the walk is over; it does nothing itself. Events go in, commands come out, all in one
 * synchronous step: between a failure and the skipping of everything behind it, nothing can start (Podman #27943 is a race
 * at just this place). It is the only owner of the state of a walk.
 *
 * It knows no engine and no removal: dependents first or dependencies first, a removal or a stop, is what the units say.
 */
export interface SchedulableUnit<Id> {
  readonly id: Id;
  /** Units that must succeed before this one may start. */
  readonly hardDependencies: readonly Id[];
  /** Units that must have ended, in whatever way, before this one may start. */
  readonly softDependencies: readonly Id[];
  /** The unit that this one undoes: where that one was begun, this one is carried out even after a cancel. */
  readonly undoes?: Id | undefined;
  /** Units of one group are given up together when the group is lost. */
  readonly group: string;
}

export type RunEffect<Id> =
  /** Begin as soon as there is room; ask `tryStart` first, for the walk may have changed its mind by then. */
  | { readonly type: 'dispatch'; readonly unit: Id; readonly attempt: number }
  /** Send `retryDue` after a pause that fits the attempt (the second try is attempt 2). */
  | { readonly type: 'retry'; readonly unit: Id; readonly attempt: number }
  /** The unit has ended without being worked on, or will not be tried again. */
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
  | { readonly type: 'failed'; readonly unit: Id; readonly again: boolean }
  /** Nobody knows how the unit ended, for its group went away. */
  | { readonly type: 'disconnected'; readonly unit: Id }
  /** Begun, and called off before anything was sent. */
  | { readonly type: 'aborted'; readonly unit: Id }
  | { readonly type: 'retryDue'; readonly unit: Id }
  /** `touched`: units for which something was sent before they were begun. */
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

export class RunStateMachine<Id> {
  private readonly units = new Map<Id, SchedulableUnit<Id>>();
  private readonly states = new Map<Id, UnitState<Id>>();
  private readonly attempts = new Map<Id, number>();
  /** For each unit, those that wait for it or follow it. */
  private readonly dependents = new Map<Id, Id[]>();
  /** How many units each one still stands behind. */
  private readonly pendingCount = new Map<Id, number>();
  private readonly running = new Set<Id>();
  private readonly disconnectedEngines = new Set<string>();
  /** Units that a cancel must not end, because what they undo has been begun. */
  private readonly owed = new Set<Id>();
  private open: number;
  private cancelled = false;
  private over = false;

  /** @param tries how many times a unit is tried at most, the first time included */
  constructor(
    units: Iterable<SchedulableUnit<Id>>,
    private readonly tries: number,
  ) {
    for (const unit of units) {
      this.units.set(unit.id, unit);
      this.states.set(unit.id, waiting);
    }
    for (const unit of this.units.values()) {
      const before = new Set([...unit.hardDependencies, ...unit.softDependencies].filter((id) => this.units.has(id)));
      this.pendingCount.set(unit.id, before.size);
      for (const id of before) {
        const list = this.dependents.get(id);
        if (list) list.push(unit.id);
        else this.dependents.set(id, [unit.id]);
      }
    }
    this.open = this.units.size;
  }

  /**
   * Asked at the last moment before a unit is worked on, with its locks and its place in the queue in hand. False when the
   * walk has been cancelled or the group lost since the dispatch: then nothing may be sent.
   */
  tryStart(id: Id): boolean {
    if (this.states.get(id)?.kind !== 'ready') return false;
    this.states.set(id, running);
    this.running.add(id);
    this.attempts.set(id, this.attemptsOf(id) + 1);
    return true;
  }

  transition(event: RunEvent<Id>): RunEffect<Id>[] {
    const commands: RunEffect<Id>[] = [];
    switch (event.type) {
      case 'start':
        // It may have been cancelled before it began.
        for (const { id } of this.units.values()) {
          if (this.pendingCount.get(id) === 0 && this.states.get(id)?.kind === 'waiting') this.dispatch(id, commands);
        }
        break;
      case 'done':
        this.end(event.unit, { kind: 'done' }, commands);
        break;
      case 'failed':
        this.fail(event.unit, event.again, commands);
        break;
      case 'disconnected':
        this.lose(event.unit, commands);
        break;
      case 'aborted':
        this.end(event.unit, { kind: 'cancelled' }, commands);
        break;
      case 'retryDue':
        if (this.states.get(event.unit)?.kind === 'backingOff') this.dispatch(event.unit, commands);
        break;
      case 'cancel':
        this.cancel(event.touched, commands);
        break;
    }
    if (this.open === 0 && !this.over) {
      this.over = true;
      commands.push({ type: 'finished' });
    }
    return commands;
  }

  /** Units that are being worked on at this moment. */
  get inFlight(): ReadonlySet<Id> {
    return this.running;
  }

  get isCancelled(): boolean {
    return this.cancelled;
  }

  attemptsOf(id: Id): number {
    return this.attempts.get(id) ?? 0;
  }

  /** Whether the unit is carried out although the walk has been cancelled. */
  isOwed(id: Id): boolean {
    return this.owed.has(id);
  }

  /** What a unit waits for at this moment, or how it ended. */
  stateOf(id: Id): UnitState<Id>['kind'] | undefined {
    return this.states.get(id)?.kind;
  }

  private dispatch(id: Id, commands: RunEffect<Id>[]) {
    this.states.set(id, ready);
    commands.push({ type: 'dispatch', unit: id, attempt: this.attemptsOf(id) + 1 });
  }

  private fail(id: Id, again: boolean, commands: RunEffect<Id>[]) {
    if (again && (!this.cancelled || this.owed.has(id)) && this.attemptsOf(id) < this.tries) {
      this.states.set(id, backingOff);
      this.running.delete(id);
      commands.push({ type: 'retry', unit: id, attempt: this.attemptsOf(id) + 1 });
    } else this.end(id, { kind: 'failed' }, commands);
  }

  private lose(id: Id, commands: RunEffect<Id>[]) {
    const group = this.units.get(id)?.group;
    this.end(id, { kind: 'disconnected', started: true }, commands);
    if (group === undefined || this.disconnectedEngines.has(group)) return;
    this.disconnectedEngines.add(group);
    for (const unit of this.units.values()) {
      if (unit.group === group && this.isIdle(unit.id))
        this.end(unit.id, { kind: 'disconnected', started: false }, commands);
    }
  }

  private cancel(touched: ReadonlySet<Id>, commands: RunEffect<Id>[]) {
    this.cancelled = true;
    for (const { id, undoes } of this.units.values()) {
      if (undoes !== undefined && (touched.has(undoes) || this.attemptsOf(undoes) > 0)) this.owed.add(id);
    }
    for (const id of this.units.keys()) {
      if (this.isIdle(id) && !this.owed.has(id)) this.end(id, { kind: 'cancelled' }, commands);
    }
  }

  /** Not ended, and not being worked on. */
  private isIdle(id: Id): boolean {
    const kind = this.states.get(id)?.kind;
    return kind === 'waiting' || kind === 'ready' || kind === 'backingOff';
  }

  private isOpen(id: Id): boolean {
    return this.isIdle(id) || this.states.get(id)?.kind === 'running';
  }

  /** Ends one unit, and with it, in this very step, all that can no longer be reached; an explicit stack, for chains are long. */
  private end(id: Id, state: EndState<Id>, commands: RunEffect<Id>[]) {
    const ending: [Id, EndState<Id>][] = [[id, state]];
    const freed: Id[] = [];
    for (let next = ending.pop(); next; next = ending.pop()) {
      const [unit, how] = next;
      if (!this.isOpen(unit)) continue;
      this.states.set(unit, how);
      this.running.delete(unit);
      this.open--;
      commands.push({ type: 'end', unit, state: how });
      for (const other of this.dependents.get(unit) ?? []) {
        const left = (this.pendingCount.get(other) ?? 0) - 1;
        this.pendingCount.set(other, left);
        if (this.states.get(other)?.kind !== 'waiting') continue;
        // What a cancel has kept from being taken down needs not be brought up again.
        const isUntouched = how.kind === 'cancelled' && this.owed.has(other);
        if (how.kind !== 'done' && !isUntouched && this.units.get(other)?.hardDependencies.includes(unit)) {
          ending.push([other, behindA(how, unit)]);
        } else if (left === 0) freed.push(other);
      }
    }
    for (const unit of freed) {
      // A cancel is about to end all that it does not leave to be carried out.
      const mayBegin = !this.cancelled || this.owed.has(unit);
      if (mayBegin && this.states.get(unit)?.kind === 'waiting') this.dispatch(unit, commands);
    }
  }
}

/** How a unit ends that waited for one that ended without success: the first cause is named all the way down. */
function behindA<Id>(how: EndState<Id>, unit: Id): EndState<Id> {
  if (how.kind === 'skipped' || how.kind === 'cancelled') return how;
  if (how.kind === 'disconnected') return { kind: 'disconnected', started: false };
  return { kind: 'skipped', because: unit };
}
