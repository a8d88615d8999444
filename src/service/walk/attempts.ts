import type { Clock } from '../../clock';
import { EngineError } from '../../engine/error';
import type { NodeKey } from '../../graph/model';
import type { Plan, Unit, UnitId } from '../../graph/plan';
import type { Walk } from '../../graph/walk';
import type { Entry, LockedMap } from '../lock/lockedMap';
import { LockError } from '../lock/lockedMap';
import type { Place } from '../lock/places';
import type { Observed } from '../observed';
import type { Operation } from '../service';
import type { Dispatch } from './dispatch';
import type { Ledger } from './ledger';
import { operationAt } from './standing';
import { changeUnit } from './unitChange';
import { removeUnit } from './unitRemoval';
import type { UnitResult, UnitWork } from './unitWork';
import { failed } from './unitWork';

export interface AttemptParts {
  readonly plan: Plan;
  readonly walk: Pick<Walk<UnitId>, 'attemptsOf' | 'begin'>;
  readonly dispatch: Pick<Dispatch, 'isAwaited' | 'isWaiting' | 'toldOf'>;
  readonly ledger: Pick<Ledger, 'begin' | 'startSent' | 'stillUp' | 'stopped' | 'stopSent' | 'unpauseSent'>;
  readonly observed: Observed;
  readonly operations: Pick<LockedMap<NodeKey, Operation>, 'withLocks'>;
  readonly clock: Clock;
  /** Aborted when the run is cancelled. */
  readonly cancelled: AbortSignal;
  /** Aborted some time after that: calls that may take very long are given up. */
  readonly abandoned: AbortSignal;
  /** Writes down that a unit is begun; nothing is sent before. */
  readonly begun: (unit: Unit) => Promise<void>;
  /** A unit has its locks, and its nodes show what is done with them. */
  readonly onEnter: (unit: Unit) => void;
}

/** Makes attempts at units, each with a place and with the locks of all that goes with the unit. */
export class Attempts {
  constructor(private readonly parts: AttemptParts) {}

  /**
   * The place stays taken: whoever gave it has to hear first what became of the unit.
   * @returns undefined where the walk has ended the unit meanwhile
   */
  async make(unit: Unit, place: Place): Promise<UnitResult | undefined> {
    const { operations } = this.parts;
    const signal = this.cancelOf(unit);
    try {
      const keys = [...unit.nodes, ...unit.infra];
      return await operations.withLocks(
        keys,
        (entries) => this.attempt(unit, entries, place),
        signal ? { signal } : {},
      );
    } catch (thrown) {
      // Cancelled while it waited for its locks: the walk has ended the unit already.
      if (thrown instanceof LockError) return undefined;
      return failed('unknown', EngineError.from(thrown).words);
    }
  }

  /** A cancel does not end what brings up again what has been taken down. */
  private cancelOf({ undoes }: Unit): AbortSignal | undefined {
    return undoes === undefined ? this.parts.cancelled : undefined;
  }

  private async attempt(
    unit: Unit,
    entries: ReadonlyMap<NodeKey, Entry<Operation>>,
    place: Place,
  ): Promise<UnitResult | undefined> {
    const { plan, walk, dispatch, ledger, observed, clock, abandoned } = this.parts;
    if (!walk.begin(unit.id)) return undefined;
    const engine = observed.engine(unit.engine);
    if (!engine) return { kind: 'lost', words: 'the connection was removed' };
    const since = clock.wallTime();
    for (const [key, entry] of entries) entry.set(operationAt(unit, plan, key, since));
    this.parts.onEnter(unit);
    ledger.begin(unit);
    const attempt = walk.attemptsOf(unit.id);
    try {
      await this.parts.begun(unit);
      const told = dispatch.toldOf(unit.id);
      const onSend = () => place.sent(clock.now());
      const isAwaited = dispatch.isAwaited(unit.id);
      // The place of what others wait for is theirs, as soon as they have heard of it.
      const onAnswer = () => (isAwaited ? undefined : place.answered(clock.now()));
      // Where nothing waits for a place, the end of the run waits for this.
      const isUrgent = () => isAwaited || !dispatch.isWaiting(unit.engine);
      const startOf = (key: NodeKey) => observed.startOf(key);
      const work: UnitWork = {
        ...{ unit, plan, attempt, engine, observed, clock, told, isUrgent, onSend, onAnswer, abandoned },
        cancelled: this.cancelOf(unit) ?? new AbortController().signal,
        sent: new Set(),
        goingDown: unit.undoes === undefined ? new Map() : ledger.stopped(unit.nodes),
        onStopSent: (keys) => ledger.stopSent(keys, startOf),
        onStartSent: (keys) => ledger.startSent(keys),
        onStillUp: (keys) => ledger.stillUp(keys),
        onUnpauseSent: (key) => ledger.unpauseSent(key),
      };
      return await (unit.step === 'remove' ? removeUnit(work) : changeUnit(work, unit.step));
    } finally {
      for (const entry of entries.values()) entry.delete();
    }
  }
}
