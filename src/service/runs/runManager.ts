import { EngineError } from '../../engine/error';
import { localParallelism } from '../../engine/podman';
import type { EngineId, NodeKey } from '../../graph/model/model';
import type { Plan } from '../../graph/plan/plan';
import type { Outcome, Report } from '../../graph/plan/report';
import { Emitter } from '../emitter';
import type { JournalEntry } from '../journal/journal';
import { Recovery } from '../journal/recovery';
import { KeyedLockMap } from '../concurrency/keyedLocks';
import { EngineLimiters } from '../concurrency/engineLimiters';
import type { ActionFailure, Operation, RecoveredRun, RecoverySummary, Run, ServiceDeps, SetAside } from '../service';
import { Identities } from './identities';
import type { LiveState } from '../state/engineStateView';
import { PlanRun } from './planRun';
import { listRemaining } from './reconcileRun';

/** Milliseconds before an engine that could not be asked at the end of a removal is asked again, doubled up to the latter. */
const firstReconcileDelay = 1_000;
const longestPause = 15_000;

/** The removals under way, what they do with each node, and what became of those that are over. */
export class RunManager {
  private readonly limiters: EngineLimiters;
  private readonly runs = new Map<string, PlanRun>();
  /** Runs whose last word is missing because an engine was away. */
  private readonly unreconciled = new Map<string, PlanRun>();
  private readonly failures = new Map<NodeKey, ActionFailure>();
  private readonly operations: KeyedLockMap<NodeKey, Operation>;
  private readonly started: Emitter<Run>;
  private readonly reconciled: Emitter<Report>;
  private readonly recovered: Emitter<RecoveredRun>;
  private readonly setAside: Emitter<SetAside>;
  private readonly identities: Identities;
  /** Those of the unsettled whose engine is not shown: nothing is asked until it is. */
  private readonly resting = new Set<string>();
  private recovery: Recovery | undefined;
  private disposed = false;

  constructor(
    private readonly host: ServiceDeps,
    private readonly isLive: LiveState,
  ) {
    const onError = (thrown: unknown) => host.log.error(`listener failed: ${String(thrown)}`);
    this.started = new Emitter(onError);
    this.reconciled = new Emitter(onError);
    this.recovered = new Emitter(onError);
    this.setAside = new Emitter(onError);
    this.identities = new Identities(isLive.observed, host.log);
    this.operations = new KeyedLockMap(host.clock, (key) => isLive.notifyChanged([key]));
    this.limiters = new EngineLimiters({
      log: host.log,
      concurrency: host.concurrency,
      defaultLimit: (id) => localParallelism(isLive.observed.engine(id)?.endpoint ?? ''),
      parallelism: async (id) => {
        const engine = isLive.observed.engine(id);
        if (!engine) throw new EngineError('unreachable', 'the connection was removed');
        return engine.parallelism();
      },
    });
    isLive.onDidRemove((key) => this.failures.delete(key));
    isLive.onDidConnect((engine) => {
      this.limiters.remove(engine);
      this.identities.forget(engine);
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

  get onDidSetAside() {
    return this.setAside.event;
  }

  get running(): ReadonlyMap<string, Run> {
    return this.runs;
  }

  /** How many locks on nodes are held or awaited. */
  get lockCount(): number {
    return this.operations.lockCount;
  }

  /** A run on these engines is near: what it must know of them is asked while a person still reads the plan. */
  prepare(engines: Iterable<EngineId>) {
    for (const engine of engines) {
      this.limiters.prepare(engine);
      if (this.host.journal) this.identities.prepare(engine);
    }
  }

  operationOf(key: NodeKey): Operation | undefined {
    const held = this.operations.get(key);
    for (const run of this.runs.values()) {
      if (held && held.run !== run.id) continue;
      const operation = run.operationOf(key);
      if (operation) return operation;
    }
    return undefined;
  }

  isBusyInOtherWindow(key: NodeKey): boolean {
    return this.recovery?.isBusyInOtherWindow(key) ?? false;
  }

  /** While a run is under way, what it believes; afterwards, what was settled. */
  failureOf(key: NodeKey): ActionFailure | undefined {
    for (const run of this.runs.values()) {
      const outcome = run.outcomeOf(key);
      if (outcome && isFailure(outcome)) return { action: run.plan.action, outcome };
    }
    return this.failures.get(key);
  }

  run(plan: Plan): Run {
    if (plan.blockers.length > 0) throw new Error('a plan with blockers cannot be run');
    const { clock, log, random } = this.host;
    for (const key of plan.nodes.keys()) this.failures.delete(key);
    this.prepare(enginesOf(plan));
    const sleepAgain = this.isLive.keepPolling();
    const run = new PlanRun(plan, {
      clock,
      log,
      random,
      observed: this.isLive.observed,
      operations: this.operations,
      limiters: (engine) => this.limiters.get(engine),
      journal: (one) => this.openJournal(one),
      onChange: (keys) => this.isLive.notifyChanged(keys),
    });
    this.runs.set(run.id, run);
    this.isLive.notifyChanged(plan.nodes.keys());
    const { pods, containers, volumes } = plan.counts;
    log.info(`${run.id}: ${pods} pods, ${containers} containers, ${volumes} volumes`);
    this.started.fire(run);
    void run.done.then((report) => {
      this.close(run, report);
      sleepAgain();
    });
    return run;
  }

  async recover(): Promise<RecoverySummary> {
    const { journal, clock, log } = this.host;
    if (!journal || this.recovery) return { otherWindows: [] };
    const { observed } = this.isLive;
    this.recovery = new Recovery({
      journal,
      clock,
      log,
      isShown: (engine) => observed.engine(engine) !== undefined,
      whatIsLeft: (engine, nodes) => listRemaining(observed, engine, nodes),
      identityOf: (engine) => this.identities.of(engine),
    });
    this.recovery.onDidRecover.event((one) => {
      this.recordFailures(one.report);
      this.recovered.fire(one);
    });
    this.recovery.onDidSetAside.event((one) => this.setAside.fire(one));
    this.recovery.onDidChangeOtherWindows.event((keys) => this.isLive.notifyChanged(keys));
    const { otherWindows } = await this.recovery.start();
    return { otherWindows: otherWindows.map(({ plan }) => plan) };
  }

  dispose() {
    this.disposed = true;
    this.started.dispose();
    this.reconciled.dispose();
    this.recovered.dispose();
    this.setAside.dispose();
    this.recovery?.dispose();
    void this.host.journal?.dispose();
  }

  private async openJournal(plan: Plan): Promise<JournalEntry | undefined> {
    const { observed } = this.isLive;
    if (plan.units.every((unit) => observed.isInWindow(unit.engine))) return undefined;
    try {
      const entry = await this.host.journal?.open(plan);
      // Not waited for: Podman may take two seconds to say who it is.
      if (entry) for (const engine of enginesOf(plan)) this.identities.note(engine, entry);
      return entry;
    } catch (thrown) {
      this.host.log.warn(`removal ${plan.id} runs without a journal: ${String(thrown)}`);
      return undefined;
    }
  }

  private close(run: PlanRun, report: Report) {
    this.runs.delete(run.id);
    if (!report.settled) {
      this.unreconciled.set(run.id, run);
      this.scheduleReconcile(run, firstReconcileDelay);
    }
    this.recordFailures(report);
    this.isLive.notifyChanged(run.plan.nodes.keys());
  }

  private reconcileOnReconnect(engine: EngineId) {
    for (const run of this.unreconciled.values()) {
      if (!enginesOf(run.plan).includes(engine)) continue;
      void this.reconcile(run);
      if (this.resting.delete(run.id)) this.scheduleReconcile(run, firstReconcileDelay);
    }
  }

  /** The last question may fail although the engine never counted as lost: then nothing would tell of its return. */
  private scheduleReconcile(run: PlanRun, pause: number) {
    this.host.clock.after(pause, () => {
      if (this.disposed || !this.unreconciled.has(run.id)) return;
      // Of an engine whose connection was hidden nothing can be asked; it is told when it is shown again.
      if (!this.areShown(run)) return void this.resting.add(run.id);
      void this.reconcile(run).then(() => this.scheduleReconcile(run, Math.min(2 * pause, longestPause)));
    });
  }

  /** To be called when other connections are shown: what rested for one of them goes on. */
  wakeShown() {
    for (const id of [...this.resting]) {
      const run = this.unreconciled.get(id);
      if (run && !this.areShown(run)) continue;
      this.resting.delete(id);
      if (run) this.scheduleReconcile(run, firstReconcileDelay);
    }
    void this.recovery?.tryAll();
  }

  private areShown({ plan }: PlanRun): boolean {
    return enginesOf(plan).every((engine) => this.isLive.observed.engine(engine) !== undefined);
  }

  private async reconcile(run: PlanRun) {
    const report = await run.reconcile(enginesOf(run.plan));
    this.recordFailures(report);
    if (report.settled && this.unreconciled.delete(run.id)) this.reconciled.fire(report);
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

/** What stays on a node until something is tried again with it. */
function isFailure({ kind }: Outcome): boolean {
  return kind === 'failed' || kind === 'skipped' || kind === 'unknown';
}
