import { codeOf, EngineError } from '../../engine/error';
import { localParallelism } from '../../engine/parallelism';
import type { EngineId, NodeKey } from '../../graph/model/model';
import { isResource } from '../../graph/model/resources';
import type { Plan } from '../../graph/plan/plan';
import type { Backup, Outcome, Report } from '../../graph/plan/report';
import { Emitter } from '../emitter';
import type { JournalEntry } from '../journal/journal';
import { Recovery } from '../journal/recovery';
import { KeyedLockMap } from '../concurrency/keyedLocks';
import { EngineLimiters } from '../concurrency/engineLimiters';
import type { ActionFailure, Operation, RecoveredRun, RecoverySummary, Run, QuarantinedJournal } from '../service';
import type { ServiceDeps } from '../deps';
import { currentKeyOf, type LiveState } from '../state/engineStateView';
import type { BringBackRun } from '../recipes/removalRecipes';
import { PlanRun } from './planRun';
import type { LazyRecipes } from '../recipes/lazyRecipes';
import { findVolumes, listPlanned } from './reconcileRun';

/** Milliseconds before an engine that did not respond at the end of a run is queried again, doubled up to the maximum. */
const firstReconcileDelay = 1_000;
const maxReconcileDelay = 15_000;

/** Starts, reconciles and recovers runs, and keeps the failures of ended ones. */
export class RunManager {
  private readonly limiters: EngineLimiters;
  private readonly runs = new Map<string, PlanRun>();
  /** Ended runs with an engine that did not respond. */
  private readonly unreconciled = new Map<string, PlanRun>();
  private readonly failures = new Map<NodeKey, ActionFailure>();
  private readonly operations: KeyedLockMap<NodeKey, Operation>;
  private readonly started: Emitter<Run>;
  private readonly reconciled: Emitter<Report>;
  private readonly recovered: Emitter<RecoveredRun>;
  private readonly quarantined: Emitter<QuarantinedJournal>;
  /** Unreconciled runs whose engine is not shown: not queried until it is. */
  private readonly suspended = new Set<string>();
  private readonly savedRecipes = new Set<string>();
  private recovery: Recovery | undefined;
  private disposed = false;

  constructor(
    private readonly deps: ServiceDeps,
    private readonly live: LiveState,
    private readonly recipes: LazyRecipes,
  ) {
    const onError = (thrown: unknown) => deps.log.error(`listener failed: ${String(thrown)}`);
    this.started = new Emitter(onError);
    this.reconciled = new Emitter(onError);
    this.recovered = new Emitter(onError);
    this.quarantined = new Emitter(onError);
    this.operations = new KeyedLockMap((key) => live.notifyChanged([key]));
    this.limiters = new EngineLimiters({
      log: deps.log,
      concurrency: deps.concurrency,
      defaultLimit: (id) => localParallelism(live.observed.engine(id)?.endpoint ?? ''),
      parallelism: async (id) => {
        const engine = live.observed.engine(id);
        if (!engine) throw new EngineError('unreachable', 'the connection was removed');
        return engine.parallelism();
      },
    });
    live.onDidRemove((key) => this.failures.delete(key));
    live.onDidConnect((engine) => {
      this.limiters.invalidate(engine);
      this.reconcileOnReconnect(engine);
      void this.recovery?.tryAll();
    });
  }

  get onDidStart() {
    return this.started.event;
  }

  get onDidReconcile() {
    return this.reconciled.event;
  }

  get onDidRecover() {
    return this.recovered.event;
  }

  get onDidQuarantine() {
    return this.quarantined.event;
  }

  get running(): ReadonlyMap<string, Run> {
    return this.runs;
  }

  /** Number of node locks held or awaited. */
  get lockCount(): number {
    return this.operations.lockCount;
  }

  /** Queries the engines' parallelism and identity before the user confirms the plan. */
  prepare(engines: Iterable<EngineId>) {
    const { observed } = this.live;
    for (const engine of engines) {
      this.limiters.prepare(engine);
      if (this.deps.journal && !observed.isDemo(engine)) observed.identity(engine).catch(() => undefined);
    }
  }

  operationOf(key: NodeKey): Operation | undefined {
    const current = this.operations.get(key);
    for (const run of this.runs.values()) {
      if (current && current.run !== run.id) continue;
      const operation = run.operationOf(key);
      if (operation) return operation;
    }
    return undefined;
  }

  isBusyInOtherWindow(key: NodeKey): boolean {
    return this.recovery?.isBusyInOtherWindow(key) ?? false;
  }

  /** During a run, its preliminary outcome. */
  failureOf(key: NodeKey): ActionFailure | undefined {
    for (const run of this.runs.values()) {
      const outcome = run.outcomeOf(key);
      if (outcome && isFailure(outcome)) return { action: run.plan.action, outcome };
    }
    return this.failures.get(key);
  }

  run(plan: Plan): Run {
    if (plan.blockers.length > 0) throw new Error('a plan with blockers cannot be run');
    const { clock, log, random } = this.deps;
    for (const key of plan.nodes.keys()) this.failures.delete(key);
    this.prepare(enginesOf(plan));
    const stopPolling = this.live.keepPolling();
    const run = new PlanRun(plan, {
      clock,
      log,
      random,
      observed: this.live.observed,
      operations: this.operations,
      limiters: (engine) => this.limiters.get(engine),
      journal: (one) => this.openJournal(one),
      saveRecipes: (one) => this.saveRecipes(one),
      hasRecipes: () => this.hasRecipes(plan.id),
      saveBackup: (one, backup) => this.saveBackup(one, backup),
      bringBack: (one) => this.openRecipes(one),
      onChange: (keys) => this.live.notifyChanged(keys),
    });
    this.runs.set(run.id, run);
    this.live.notifyChanged(plan.nodes.keys());
    const { pods, containers, volumes } = plan.counts;
    log.info(`${run.id}: ${pods} pods, ${containers} containers, ${volumes} volumes`);
    this.started.fire(run);
    void run.done.then((report) => {
      this.close(run, report);
      stopPolling();
    });
    return run;
  }

  async recover(): Promise<RecoverySummary> {
    void this.recipes.prune();
    const { journal, clock, log } = this.deps;
    if (!journal || this.recovery) return { otherWindows: [] };
    const { observed } = this.live;
    this.recovery = new Recovery({
      journal,
      clock,
      log,
      isConnected: (engine) => observed.engine(engine) !== undefined,
      listNodes: async (engine, plan) => {
        const isReturn = plan.action === 'bringBack';
        // Otherwise created containers that this window has not listed yet count as removed.
        if (isReturn) await observed.refreshList(engine);
        const recipes = isReturn ? await this.openRecipes(plan) : undefined;
        // By its former key, a node without the content of its volumes counts as missing.
        const currentKey = (key: NodeKey) => (recipes?.isUnrestored(key) ? key : recipes?.currentKey(key));
        return listPlanned(observed, engine, plan, (key) => currentKey(key) ?? currentKeyOf(observed, plan, key));
      },
      currentKey: (plan, key) => currentKeyOf(observed, plan, key),
      findVolumes: (engine, volumes) => findVolumes(observed.engine(engine), volumes, log),
      identityOf: (engine) => observed.identity(engine),
    });
    this.recovery.onDidRecover.event((one) => {
      this.recordFailures(one.report);
      this.recovered.fire(one);
    });
    this.recovery.onDidQuarantine.event((one) => this.quarantined.fire(one));
    this.recovery.onDidChangeOtherWindows.event((keys) => this.live.notifyChanged(keys));
    const { otherWindows } = await this.recovery.start();
    return { otherWindows: otherWindows.map(({ plan }) => plan) };
  }

  dispose() {
    this.disposed = true;
    this.started.dispose();
    this.reconciled.dispose();
    this.recovered.dispose();
    this.quarantined.dispose();
    this.recovery?.dispose();
    void this.deps.journal?.dispose();
  }

  private async openJournal(plan: Plan): Promise<JournalEntry | undefined> {
    const { observed } = this.live;
    if (plan.units.every((unit) => observed.isDemo(unit.engine))) return undefined;
    try {
      const entry = await this.deps.journal?.open(plan);
      if (entry) for (const engine of enginesOf(plan)) void this.recordIdentity(engine, entry);
      return entry;
    } catch (thrown) {
      this.deps.log.warn(`${plan.id} runs without a journal: ${String(thrown)}`);
      return undefined;
    }
  }

  private async saveRecipes(plan: Plan): Promise<ReadonlyMap<NodeKey, string> | undefined> {
    const keys = [...plan.nodes.keys()].filter((key) => !isResource(key));
    if (!this.recipes.areSaved || keys.length === 0) return undefined;
    try {
      const unsaved = await (await this.recipes.get())?.save(plan, this.live.snapshot.graph);
      this.savedRecipes.add(plan.id);
      return unsaved ?? new Map();
    } catch (thrown) {
      const why = codeOf(thrown) || EngineError.from(thrown).detail;
      this.deps.log.warn(`${plan.id} cannot be brought back: ${why}`);
      return new Map(keys.map((key) => [key, why]));
    }
  }

  private async saveBackup({ id }: Plan, backup: Backup): Promise<void> {
    if (this.savedRecipes.has(id)) await (await this.recipes.get())?.addBackup(id, backup);
  }

  private async openRecipes(plan: Plan): Promise<BringBackRun | undefined> {
    try {
      return await (await this.recipes.get())?.open(plan, this.live.snapshot.graph);
    } catch (thrown) {
      this.deps.log.warn(`${plan.id}: ${String(thrown)}`);
      return undefined;
    }
  }

  /** Whether a removal of this window can be brought back. */
  hasRecipes(plan: string): boolean {
    return this.savedRecipes.has(plan);
  }

  /** Not awaited: Podman may take two seconds to report its identity. */
  private async recordIdentity(engine: EngineId, entry: JournalEntry) {
    try {
      entry.recordIdentity(engine, await this.live.observed.identity(engine));
    } catch (thrown) {
      this.deps.log.debug(`${engine}: identity unknown: ${EngineError.from(thrown).message}`);
    }
  }

  private close(run: PlanRun, report: Report) {
    this.runs.delete(run.id);
    if (!report.isReconciled) {
      this.unreconciled.set(run.id, run);
      this.scheduleReconcile(run, firstReconcileDelay);
    }
    this.recordFailures(report);
    this.live.notifyChanged(run.plan.nodes.keys());
  }

  private reconcileOnReconnect(engine: EngineId) {
    for (const run of this.unreconciled.values()) {
      if (!enginesOf(run.plan).includes(engine)) continue;
      void this.reconcile(run);
      if (this.suspended.delete(run.id)) this.scheduleReconcile(run, firstReconcileDelay);
    }
  }

  /** Polls, because a request may fail without a disconnect, so that no reconnect follows. */
  private scheduleReconcile(run: PlanRun, delay: number) {
    this.deps.clock.after(delay, () => {
      if (this.disposed || !this.unreconciled.has(run.id)) return;
      if (!this.areShown(run)) return void this.suspended.add(run.id);
      void this.reconcile(run).then(() => this.scheduleReconcile(run, Math.min(2 * delay, maxReconcileDelay)));
    });
  }

  /** Resumes reconciliation and recovery of runs whose engines are shown now. */
  onSourcesChanged() {
    for (const id of [...this.suspended]) {
      const run = this.unreconciled.get(id);
      if (run && !this.areShown(run)) continue;
      this.suspended.delete(id);
      if (run) this.scheduleReconcile(run, firstReconcileDelay);
    }
    void this.recovery?.tryAll();
  }

  private areShown({ plan }: PlanRun): boolean {
    return enginesOf(plan).every((engine) => this.live.observed.engine(engine) !== undefined);
  }

  private async reconcile(run: PlanRun) {
    const report = await run.reconcile(enginesOf(run.plan));
    this.recordFailures(report);
    if (report.isReconciled && this.unreconciled.delete(run.id)) this.reconciled.fire(report);
  }

  private recordFailures(report: Report) {
    for (const [key, { outcome }] of report.nodes) {
      if (isFailure(outcome)) {
        this.failures.set(key, { action: report.plan.action, outcome });
      } else this.failures.delete(key);
    }
  }
}

function enginesOf(plan: Plan): readonly EngineId[] {
  return [...new Set(plan.units.map(({ engine }) => engine))];
}

function isFailure({ kind }: Outcome): boolean {
  return kind === 'failed' || kind === 'skipped' || kind === 'unknown';
}
