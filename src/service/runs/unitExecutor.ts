import type { Clock } from '../../clock';
import { EngineError } from '../../engine/error';
import type { NodeKey } from '../../graph/model/model';
import type { Plan, Unit } from '../../graph/plan/plan';
import type { RunStateMachine } from '../../graph/plan/runStateMachine';
import { type Entry, type KeyedLockMap, LockError } from '../concurrency/keyedLocks';
import type { Permit } from '../concurrency/limiter';
import type { Operation } from '../service';
import type { EngineStateView } from '../state/engineStateView';
import type { EarlyStopper } from './earlyStopper';
import type { OutcomeRecorder } from './outcomeRecorder';
import { operationForUnit } from './progress';
import { failure, type RequestRecorder, type UnitContext, type UnitResult } from './runContext';
import { executeManaged, isManaged } from './managedUnit';
import { executeLifecycle } from './unitLifecycle';
import type { BringBackRun } from '../recipes/removalRecipes';
import { removeUnit } from './unitRemoval';
import type { VolumeBackups } from './volumeBackups';

interface UnitExecutorDeps {
  readonly plan: Plan;
  readonly stateMachine: Pick<RunStateMachine, 'attemptsOf' | 'hasDependents' | 'hasQueued' | 'tryStart'>;
  readonly earlyStopper: Pick<EarlyStopper, 'signalledIn'>;
  readonly outcomeRecorder: RequestRecorder & Pick<OutcomeRecorder, 'recordStart' | 'stopsSentTo'>;
  readonly observed: EngineStateView;
  readonly operations: Pick<KeyedLockMap<NodeKey, Operation>, 'withLocks'>;
  readonly clock: Clock;
  /** Aborted when the run is cancelled. */
  readonly cancelled: AbortSignal;
  /** Aborted some time after that: calls with a very long stop timeout are abandoned. */
  readonly abandoned: AbortSignal;
  /** Records in the journal that the unit was started; nothing is sent before. */
  readonly started: (unit: Unit) => Promise<void>;
  /** Undefined unless the plan brings nodes back, or if their recipes were deleted. */
  readonly bringBack: () => BringBackRun | undefined;
  /** Whether the recipes of the removal are on disk. */
  readonly hasRecipes: () => boolean;
  /** Undefined if the plan saves no volumes. */
  readonly backups: () => VolumeBackups | undefined;
  readonly onProgress: (unit: Unit) => void;
  /** The unit has its locks, and its nodes their operations. */
  readonly onStart: (unit: Unit) => void;
}

/** Milliseconds between two updates of the bytes copied. */
const progressInterval = 250;

/** Executes one attempt at a unit under the locks of its nodes. The caller acquires and releases the permit. */
export class UnitExecutor {
  constructor(private readonly deps: UnitExecutorDeps) {}

  /** @returns undefined if the run ended the unit before it started */
  async execute(unit: Unit, permit: Permit): Promise<UnitResult | undefined> {
    try {
      const keys = [...unit.nodes, ...unit.infra];
      const attempt = (entries: ReadonlyMap<NodeKey, Entry<Operation>>) => this.attempt(unit, entries, permit);
      return await this.deps.operations.withLocks(keys, attempt, { signal: this.cancelSignalOf(unit) });
    } catch (thrown) {
      if (thrown instanceof LockError) return undefined;
      return failure('unknown', EngineError.from(thrown).detail);
    }
  }

  /** A cancel does not end the start unit of a stopped one. */
  private cancelSignalOf({ undoes }: Unit): AbortSignal | undefined {
    return undoes === undefined ? this.deps.cancelled : undefined;
  }

  private async attempt(
    unit: Unit,
    entries: ReadonlyMap<NodeKey, Entry<Operation>>,
    permit: Permit,
  ): Promise<UnitResult | undefined> {
    const { plan, stateMachine, earlyStopper, outcomeRecorder, observed, clock, abandoned } = this.deps;
    if (!stateMachine.tryStart(unit.id)) return undefined;
    const engine = observed.engine(unit.engine);
    if (!engine) return { kind: 'disconnected', detail: 'the connection was removed' };
    const since = clock.wallTime();
    const setOperations = (more?: Partial<Operation>) => {
      for (const [key, entry] of entries) entry.set({ ...operationForUnit(unit, plan, key, since), ...more });
    };
    setOperations();
    let shownAt = -Infinity;
    this.deps.onStart(unit);
    outcomeRecorder.recordStart(unit);
    const attempt = stateMachine.attemptsOf(unit.id);
    try {
      await this.deps.started(unit);
      const hasDependents = stateMachine.hasDependents(unit.id);
      const context: UnitContext = {
        unit,
        plan,
        attempt,
        engine,
        observed,
        clock,
        abandoned,
        cancelled: this.cancelSignalOf(unit) ?? new AbortController().signal,
        sent: new Set(),
        recorder: outcomeRecorder,
        hasRecipes: this.deps.hasRecipes(),
        backups: this.deps.backups(),
        onBytesCopied: (phase, bytes) => {
          if (bytes !== undefined && clock.now() - shownAt < progressInterval) return;
          shownAt = clock.now();
          setOperations(bytes === undefined ? {} : { phase, bytes });
          this.deps.onProgress(unit);
        },
        alreadySignalled: earlyStopper.signalledIn(unit.id),
        pendingStops: unit.undoes === undefined ? new Map() : outcomeRecorder.stopsSentTo(unit.nodes),
        // With an empty queue, the end of the run waits for this unit.
        verifyImmediately: () => hasDependents || !stateMachine.hasQueued(unit.engine),
        onRequestSent: () => permit.onRequestSent(clock.now()),
        // The permit of a unit with dependents is held until its result, so that they can get it.
        onResponse: () => (hasDependents ? undefined : permit.onResponse(clock.now())),
      };
      return await this.send(context);
    } finally {
      for (const entry of entries.values()) entry.delete();
    }
  }

  private async send(context: UnitContext): Promise<UnitResult> {
    const { action } = context.unit;
    if (action === 'remove') return removeUnit(context);
    if (isManaged(context) && action !== 'pause' && action !== 'unpause' && action !== 'bringBack')
      return executeManaged(context, action);
    if (action !== 'bringBack') return executeLifecycle(context, action);
    const run = this.deps.bringBack();
    return run ? run.execute(context) : failure('unsupported', 'the recipes were deleted');
  }
}
