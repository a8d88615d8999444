import { setMaxListeners } from 'node:events';
import { type Clock, sleep } from '../../clock';
import { type EngineId, engineOf, type NodeKey } from '../../graph/model/model';
import type { Plan, Unit, UnitId } from '../../graph/plan/plan';
import type { Backup, Outcome, Report } from '../../graph/plan/report';
import { type EndState, type RunEffect, type RunEvent, RunStateMachine } from '../../graph/plan/runStateMachine';
import type { KeyedLockMap } from '../concurrency/keyedLocks';
import type { ConcurrencyLimiter, Permit } from '../concurrency/limiter';
import { Emitter } from '../emitter';
import type { JournalEntry } from '../journal/journal';
import type { Log, Operation, Progress, Run } from '../service';
import { currentKeyOf, type EngineStateView, isRunningSince } from '../state/engineStateView';
import type { BringBackRun } from '../recipes/removalRecipes';
import { Dispatcher } from './dispatcher';
import { OutcomeRecorder } from './outcomeRecorder';
import { operationOf, progressOf, type RunState } from './progress';
import { reconcileWithEngine } from './reconcileRun';
import type { UnitResult } from './runContext';
import { StartGate } from './startGate';
import { UnitExecutor } from './unitExecutor';
import type { VolumeBackups } from './volumeBackups';

const maxAttempts = 4;
/** Milliseconds after a cancel until calls with a very long stop timeout are abandoned. */
const abandonAfter = 60_000;
/** Milliseconds before the second attempt; doubled for each further one, with ±50 % jitter. */
const firstRetryDelay = 300;
/** Milliseconds that a cancelled run waits for early stops. */
const maxStopWait = 10_000;

interface PlanRunDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly observed: EngineStateView;
  readonly operations: KeyedLockMap<NodeKey, Operation>;
  readonly limiters: (engine: EngineId) => ConcurrencyLimiter;
  /** Records the plan before anything is sent; undefined if there is no journal or it cannot be written. */
  readonly journal: (plan: Plan) => Promise<JournalEntry | undefined>;
  /**
   * Saves the recipes of the removed nodes before any request is sent. Resolves with the nodes that cannot be created again,
   * and why; with undefined if recipes are disabled. Never rejects.
   */
  readonly saveRecipes: (plan: Plan) => Promise<ReadonlyMap<NodeKey, string> | undefined>;
  /** Whether any were saved. */
  readonly hasRecipes: () => boolean;
  /** Records a backup with the recipes. Rejects if that fails. */
  readonly saveBackup: (plan: Plan, backup: Backup) => Promise<void>;
  /** Of a plan that brings nodes back. Never rejects. */
  readonly bringBack: (plan: Plan) => Promise<BringBackRun | undefined>;
  /** Called with nodes whose operation or outcome changed. */
  readonly onChange: (keys: readonly NodeKey[]) => void;
}

/** One run of a plan. `RunStateMachine` decides; this class executes its effects and reports the results to it. */
export class PlanRun implements Run {
  readonly id: string;
  readonly done: Promise<Report>;
  private readonly progressed: Emitter<Progress>;
  private readonly stateMachine: RunStateMachine;
  private readonly units: ReadonlyMap<UnitId, Unit>;
  /** In a restart, the start unit of each stop unit. */
  private readonly undoingUnits: ReadonlyMap<UnitId, UnitId>;
  private readonly cancelController = new AbortController();
  private readonly abandonController = new AbortController();
  private cancelAbandon: () => void = () => undefined;
  private readonly pending = new Set<Promise<void>>();
  private readonly outcomeRecorder: OutcomeRecorder;
  private readonly dispatcher: Dispatcher;
  private readonly unitExecutor: UnitExecutor;
  private readonly startGate: StartGate;
  private readonly state: RunState;
  private backups: VolumeBackups | undefined;
  private journalEntry: JournalEntry | undefined;
  private bringBack: BringBackRun | undefined;
  private unsaved: ReadonlyMap<NodeKey, string> | undefined;
  private progressScheduled = false;
  private finish: () => void = () => undefined;
  private readonly finished = new Promise<void>((resolve) => (this.finish = resolve));

  constructor(
    readonly plan: Plan,
    private readonly deps: PlanRunDeps,
  ) {
    this.id = plan.id;
    // One listener per unit in flight; their number is a setting.
    setMaxListeners(0, this.cancelController.signal);
    setMaxListeners(0, this.abandonController.signal);
    this.units = new Map(plan.units.map((unit) => [unit.id, unit]));
    this.undoingUnits = new Map(plan.units.flatMap(({ id, undoes }) => (undoes === undefined ? [] : [[undoes, id]])));
    const outcomeRecorder = new OutcomeRecorder(plan, deps.clock, deps.observed);
    this.progressed = new Emitter((thrown) => deps.log.error(`listener failed: ${String(thrown)}`));
    const stateMachine = new RunStateMachine(plan.units, maxAttempts);
    const { units, undoingUnits } = this;
    const dispatcher = new Dispatcher({
      ...deps,
      plan,
      units,
      stateMachine,
      isLocked: (key) => deps.operations.isLocked(key),
      onStop: (unit) => this.emitProgress(unit.nodes),
      started: async (key) => this.journalEntry?.markStarted([key]),
      recorder: outcomeRecorder,
      start: (unit, permit) => this.trackPending(this.executeUnit(unit, permit)),
    });
    const startGate = new StartGate({
      ...deps,
      plan,
      cancelled: this.cancelController.signal,
      outcomeOf: (key) => outcomeRecorder.outcomeOf(key),
      currentKey: (key) => this.currentKey(key),
      onChange: (keys) => this.emitProgress(keys),
    });
    const { earlyStopper } = dispatcher;
    this.state = { plan, units, undoingUnits, stateMachine, earlyStopper, outcomeRecorder, startGate, ...deps };
    this.unitExecutor = new UnitExecutor({
      ...{ plan, stateMachine, earlyStopper, outcomeRecorder, ...deps },
      cancelled: this.cancelController.signal,
      abandoned: this.abandonController.signal,
      started: async (unit) => this.journalEntry?.markStarted(unit.nodes),
      onStart: (unit) => this.emitProgress(unit.nodes),
      bringBack: () => this.bringBack,
      backups: () => this.backups,
      onProgress: (unit) => this.emitProgress(unit.nodes),
    });
    this.outcomeRecorder = outcomeRecorder;
    this.stateMachine = stateMachine;
    this.dispatcher = dispatcher;
    this.startGate = startGate;
    this.done = this.run();
  }

  get onDidProgress() {
    return this.progressed.event;
  }

  get progress(): Progress {
    return progressOf(this.state);
  }

  /** Undefined once the node has its outcome. */
  operationOf(key: NodeKey): Operation | undefined {
    return operationOf(this.state, key);
  }

  outcomeOf(key: NodeKey): Outcome | undefined {
    return this.outcomeRecorder.outcomeOf(key);
  }

  cancel() {
    if (this.stateMachine.isCancelled) return;
    this.deps.log.info(`${this.id}: cancelled`);
    this.cancelController.abort();
    this.cancelAbandon = this.deps.clock.after(abandonAfter, () => this.abandonController.abort());
    const { outcomeRecorder, plan } = this;
    const touched = plan.units.filter(({ nodes }) => outcomeRecorder.stopsSentTo(nodes).size > 0);
    // First, so that units which end by the cancel trigger no early stops.
    this.dispatcher.earlyStopper.stop();
    this.transition({ type: 'cancel', touched: new Set(touched.map(({ id }) => id)) });
    this.startGate.releaseHeld();
    // Shows the cancel even if no unit ends by it.
    this.emitProgress([]);
  }

  startAnyway() {
    this.startGate.releaseAll();
  }

  async killNow(keys?: readonly NodeKey[]): Promise<void> {
    const { observed } = this.deps;
    // A restart by one call is the engine's own stop and start: a container that has started again is not killed.
    const isStopped = (key: NodeKey) => isRunningSince(observed, key, this.outcomeRecorder.stopsSentTo([key]).get(key));
    const stopping = [...this.progress.active].filter(
      ([key, { phase }]) =>
        (phase === 'stopping' || (phase === 'restarting' && isStopped(key))) && (keys?.includes(key) ?? true),
    );
    await Promise.allSettled(stopping.map(async ([key]) => observed.engine(engineOf(key))?.kill(key, 'SIGKILL')));
  }

  private async run(): Promise<Report> {
    const { observed } = this.deps;
    const engines = [...new Set(this.plan.units.map((unit) => unit.engine))];
    const subscriptions = engines.flatMap((engine) => [
      observed.suspendPodListing(engine),
      observed.onActivity(engine, () => this.outcomeRecorder.recordExits()),
    ]);
    // The constructor returns before anything is sent.
    await Promise.resolve();
    const opened = this.plan.action === 'bringBack' ? this.deps.bringBack(this.plan) : undefined;
    const backups = this.openBackups();
    const saved = this.plan.action === 'remove' ? this.deps.saveRecipes(this.plan) : undefined;
    this.journalEntry = await this.deps.journal(this.plan);
    this.bringBack = await opened;
    // Without recipes, they could not be created again.
    this.unsaved = await saved;
    if (this.plan.options.recreate && this.plan.action === 'remove' && this.unsaved?.size !== 0) this.cancel();
    this.backups = await backups;
    this.transition({ type: 'start' });
    await this.finished;
    while (this.pending.size > 0) await Promise.allSettled(this.pending);
    // A restart has already waited, to start them again.
    if (this.stateMachine.isCancelled && this.plan.action !== 'restart') {
      await Promise.all(engines.map((engine) => this.waitForStops(engine)));
    }
    this.cancelAbandon();
    this.dispatcher.dispose();
    for (const end of subscriptions) end();
    return this.reconcile(engines);
  }

  private async openBackups(): Promise<VolumeBackups | undefined> {
    const { clock, observed } = this.deps;
    if (this.plan.options.backupFolder === undefined) return undefined;
    const onSaved = async (backup: Backup) => {
      await this.deps.saveBackup(this.plan, backup);
      await this.journalEntry?.markSaved(backup);
    };
    return new (await import('./volumeBackups')).VolumeBackups(this.plan, { clock, observed, onSaved });
  }

  /** Containers stopped early before a cancel may exit some seconds later: the report then counts them as stopped. */
  private async waitForStops(engine: EngineId) {
    const { outcomeRecorder, plan } = this;
    const { observed } = this.deps;
    const keys = plan.units.filter((unit) => unit.engine === engine).flatMap(({ nodes }) => nodes);
    const sent = [...outcomeRecorder.stopsSentTo(keys)].filter(
      ([key]) => outcomeRecorder.outcomeOf(key)?.kind === 'notAttempted',
    );
    const areStopped = () => !sent.some(([key, startedAt]) => isRunningSince(observed, key, startedAt));
    await observed.waitUntil(engine, areStopped, maxStopWait);
  }

  /** Corrects the outcomes by the engines' current state; repeated while an engine does not respond. */
  async reconcile(engines: readonly EngineId[]): Promise<Report> {
    const { plan, outcomeRecorder } = this;
    const reconciliation = await reconcileWithEngine(engines, {
      plan,
      outcomes: outcomeRecorder.outcomes,
      currentKey: (key) => this.currentKey(key),
      ...this.deps,
    });
    const { backups, unsaved } = this;
    const recorded = outcomeRecorder.report(this.stateMachine.isCancelled, reconciliation);
    const withBackups = backups ? { ...recorded, backups: backups.saved } : recorded;
    const report = unsaved && unsaved.size > 0 ? { ...withBackups, unsaved } : withBackups;
    if (reconciliation.complete) await this.journalEntry?.close();
    this.emitProgress([...this.plan.nodes.keys()]);
    return report;
  }

  /** The current key of a node: a node that was brought back, or started again by its systemd unit, has a new one. */
  private currentKey(key: NodeKey): NodeKey {
    return this.bringBack?.currentKey(key) ?? currentKeyOf(this.deps.observed, this.plan, key);
  }

  private transition(event: RunEvent) {
    const effects = this.stateMachine.transition(event);
    for (const effect of effects) this.executeEffect(effect);
    // After all effects, so that permits go by critical path.
    const dispatched = effects.flatMap((one) => (one.type === 'dispatch' ? (this.units.get(one.unit) ?? []) : []));
    for (const engine of new Set(dispatched.map((unit) => unit.engine))) this.dispatcher.pump(engine, dispatched);
  }

  private async passGate(unit: Unit) {
    // Its stop was skipped, so there is nothing to start.
    const isRunning = (key: NodeKey) => this.deps.observed.container(key)?.state === 'running';
    if (unit.undoes !== undefined && unit.nodes.every(isRunning))
      return this.transition({ type: 'conditionsMet', unit: unit.id });
    const unmet = await this.startGate.pass(unit, () => this.stateMachine.stateOf(unit.id) === 'held');
    if (this.stateMachine.stateOf(unit.id) !== 'held') return;
    if (!unmet) return this.transition({ type: 'conditionsMet', unit: unit.id });
    this.outcomeRecorder.recordUnmet(unit, unmet);
    this.transition({ type: 'failed', unit: unit.id, canRetry: false });
  }

  private executeEffect(effect: RunEffect) {
    const unit = effect.type === 'finished' ? undefined : this.units.get(effect.unit);
    if (!unit) return this.finish();
    switch (effect.type) {
      case 'dispatch':
        this.emitProgress(unit.nodes);
        break;
      case 'hold':
        this.trackPending(this.passGate(unit));
        break;
      case 'retry':
        this.trackPending(this.scheduleRetry(unit, effect.attempt));
        break;
      case 'end':
        this.end(unit, effect.state);
        break;
      case 'finished':
        break;
    }
  }

  private trackPending(work: Promise<void>) {
    const own: Promise<void> = work
      .catch((thrown: unknown) => this.deps.log.error(`${this.id}: ${String(thrown)}`))
      .finally(() => this.pending.delete(own));
    this.pending.add(own);
  }

  private async executeUnit(unit: Unit, permit: Permit) {
    try {
      const result = await this.unitExecutor.execute(unit, permit);
      if (result) this.handleResult(unit, result, permit);
    } finally {
      // After the result, so that units which it makes ready compete for the permit.
      permit.release();
    }
  }

  private handleResult(unit: Unit, result: UnitResult, permit: Permit) {
    const now = this.deps.clock.now();
    switch (result.kind) {
      case 'done':
        this.outcomeRecorder.recordSuccess(unit, result.unchanged, result.differences);
        permit.reportSuccess(now, this.stateMachine.hasQueued(unit.engine));
        return this.transition({ type: 'done', unit: unit.id });
      case 'failed':
        this.outcomeRecorder.recordFailure(unit, result);
        if (result.busy) permit.reportOverload(now);
        this.deps.log.warn(
          `${unit.id}: attempt ${this.stateMachine.attemptsOf(unit.id)}: ${result.reason}: ${result.detail}`,
        );
        return this.transition({ type: 'failed', unit: unit.id, canRetry: result.canRetry });
      case 'disconnected':
        this.outcomeRecorder.recordDisconnect(unit, result.detail);
        return this.transition({ type: 'disconnected', unit: unit.id });
      case 'aborted':
        this.outcomeRecorder.recordPartial(unit, result.done ?? new Set());
        return this.transition({ type: 'aborted', unit: unit.id });
    }
  }

  private async scheduleRetry(unit: Unit, attempt: number) {
    const { clock, random } = this.deps;
    const delay = firstRetryDelay * 2 ** (attempt - 2) * (0.5 + random());
    this.emitProgress(unit.nodes);
    await sleep(clock, delay, unit.undoes === undefined ? this.cancelController.signal : undefined);
    this.transition({ type: 'retryDue', unit: unit.id });
  }

  private end(unit: Unit, state: EndState) {
    const undoing = this.undoingUnits.get(unit.id);
    // The start unit that follows determines the outcome.
    if (state.kind === 'cancelled' && undoing !== undefined && this.stateMachine.isMandatory(undoing)) return;
    this.outcomeRecorder.finish(unit, state, (id) => this.units.get(id)?.targets[0] as NodeKey);
    for (const key of unit.nodes) {
      const outcome = this.outcomeRecorder.outcomeOf(key);
      if (outcome) this.journalEntry?.markFinished(key, outcome);
    }
    this.emitProgress(unit.nodes);
  }

  /** One progress event per step, after all its changes. */
  private emitProgress(keys: readonly NodeKey[]) {
    this.deps.onChange(keys);
    if (this.progressScheduled) return;
    this.progressScheduled = true;
    queueMicrotask(() => {
      this.progressScheduled = false;
      this.progressed.fire(this.progress);
    });
  }
}
