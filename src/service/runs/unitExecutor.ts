import type { Clock } from '../../clock';
import { EngineError } from '../../engine/error';
import type { NodeKey } from '../../graph/model/model';
import type { Plan, Unit, UnitId } from '../../graph/plan/plan';
import type { RunStateMachine } from '../../graph/plan/runStateMachine';
import { type Entry, type KeyedLockMap, LockError } from '../concurrency/keyedLocks';
import type { Permit } from '../concurrency/limiter';
import type { Operation } from '../service';
import type { EngineStateView } from '../state/engineStateView';
import type { Dispatcher } from './dispatcher';
import type { OutcomeRecorder } from './outcomeRecorder';
import { operationForUnit } from './progressTracker';
import { failure, type UnitContext, type UnitResult } from './runContext';
import { executeLifecycle } from './unitLifecycle';
import { removeUnit } from './unitRemoval';

export interface UnitExecutorDeps {
  readonly plan: Plan;
  readonly stateMachine: Pick<RunStateMachine<UnitId>, 'attemptsOf' | 'tryStart'>;
  readonly dispatch: Pick<Dispatcher, 'hasDependents' | 'isQueueNonEmpty' | 'signalledIn'>;
  readonly outcomeRecorder: Pick<
    OutcomeRecorder,
    'recordStart' | 'startSent' | 'stillUp' | 'stopped' | 'stopSent' | 'unpauseSent'
  >;
  readonly observed: EngineStateView;
  readonly operations: Pick<KeyedLockMap<NodeKey, Operation>, 'withLocks'>;
  readonly clock: Clock;
  /** Aborted when the run is cancelled. */
  readonly cancelled: AbortSignal;
  /** Aborted some time after that: calls that may take very long are given up. */
  readonly abandoned: AbortSignal;
  /** Writes down that a unit is begun; nothing is sent before. */
  readonly started: (unit: Unit) => Promise<void>;
  /** A unit has its locks, and its nodes show what is done with them. */
  readonly onEnter: (unit: Unit) => void;
}

/** Makes attempts at units, each with a place and with the locks of all that goes with the unit. */
export class Attempts {
  constructor(private readonly deps: UnitExecutorDeps) {}

  /**
   * The place stays taken: whoever gave it has to hear first what became of the unit.
   * @returns undefined where the walk has ended the unit meanwhile
   */
  async execute(unit: Unit, permit: Permit): Promise<UnitResult | undefined> {
    const { operations } = this.deps;
    const signal = this.cancelOf(unit);
    try {
      const keys = [...unit.nodes, ...unit.infra];
      return await operations.withLocks(
        keys,
        (entries) => this.attempt(unit, entries, permit),
        signal ? { signal } : {},
      );
    } catch (thrown) {
      // Cancelled while it waited for its locks: the walk has ended the unit already.
      if (thrown instanceof LockError) return undefined;
      return failure('unknown', EngineError.from(thrown).detail);
    }
  }

  /** A cancel does not end what brings up again what has been taken down. */
  private cancelOf({ undoes }: Unit): AbortSignal | undefined {
    return undoes === undefined ? this.deps.cancelled : undefined;
  }

  private async attempt(
    unit: Unit,
    entries: ReadonlyMap<NodeKey, Entry<Operation>>,
    permit: Permit,
  ): Promise<UnitResult | undefined> {
    const { plan, stateMachine, dispatch, outcomeRecorder: outcomes, observed, clock, abandoned } = this.deps;
    if (!stateMachine.tryStart(unit.id)) return undefined;
    const engine = observed.engine(unit.engine);
    if (!engine) return { kind: 'disconnected', detail: 'the connection was removed' };
    const since = clock.wallTime();
    for (const [key, entry] of entries) entry.set(operationForUnit(unit, plan, key, since));
    this.deps.onEnter(unit);
    outcomes.recordStart(unit);
    const attempt = stateMachine.attemptsOf(unit.id);
    try {
      await this.deps.started(unit);
      const reported = dispatch.signalledIn(unit.id);
      const onRequestSent = () => permit.onRequestSent(clock.now());
      const isAwaited = dispatch.hasDependents(unit.id);
      // The place of what others wait for is theirs, as soon as they have heard of it.
      const onResponse = () => (isAwaited ? undefined : permit.onResponse(clock.now()));
      // Where nothing waits for a place, the end of the run waits for this.
      const verifyImmediately = () => isAwaited || !dispatch.isQueueNonEmpty(unit.engine);
      const startOf = (key: NodeKey) => observed.startOf(key);
      const work: UnitContext = {
        ...{
          unit,
          plan,
          attempt,
          engine,
          observed,
          clock,
          alreadySignalled: reported,
          verifyImmediately,
          onRequestSent,
          onResponse,
          abandoned,
        },
        cancelled: this.cancelOf(unit) ?? new AbortController().signal,
        sent: new Set(),
        goingDown: unit.undoes === undefined ? new Map() : outcomes.stopped(unit.nodes),
        onStopSent: (keys) => outcomes.stopSent(keys, startOf),
        onStartSent: (keys) => outcomes.startSent(keys),
        onStillUp: (keys) => outcomes.stillUp(keys),
        onUnpauseSent: (key) => outcomes.unpauseSent(key),
      };
      return await (unit.action === 'remove' ? removeUnit(work) : executeLifecycle(work, unit.action));
    } finally {
      for (const entry of entries.values()) entry.delete();
    }
  }
}
