import { EngineError } from '../../engine/error';
import { localSlots } from '../../engine/localSlots';
import type { EngineId, NodeKey } from '../../graph/model';
import type { Plan } from '../../graph/plan';
import type { Outcome, Report } from '../../graph/report';
import { Emitter } from '../emitter';
import type { JournalEntry } from '../journal/journal';
import { Recovery } from '../journal/recovery';
import { LockedMap } from '../lock/lockedMap';
import { EnginePlaces } from '../lock/enginePlaces';
import type { Failure, Operation, Recovered, RecoverySummary, Run, ServiceHost, SetAside } from '../service';
import { Identities } from './identities';
import type { Live } from '../observed';
import { PlanRun } from './planRun';
import { whatIsLeft } from './whatIsLeft';

/** Milliseconds before an engine that could not be asked at the end of a removal is asked again, doubled up to the latter. */
const firstQuestion = 1_000;
const longestPause = 15_000;

/** The removals under way, what they do with each node, and what became of those that are over. */
export class Runs {
  private readonly places: EnginePlaces;
  private readonly runs = new Map<string, PlanRun>();
  /** Runs whose last word is missing because an engine was away. */
  private readonly unsettled = new Map<string, PlanRun>();
  private readonly failures = new Map<NodeKey, Failure>();
  private readonly operations: LockedMap<NodeKey, Operation>;
  private readonly started: Emitter<Run>;
  private readonly settled: Emitter<Report>;
  private readonly recovered: Emitter<Recovered>;
  private readonly setAside: Emitter<SetAside>;
  private readonly identities: Identities;
  /** Those of the unsettled whose engine is not shown: nothing is asked until it is. */
  private readonly resting = new Set<string>();
  private recovery: Recovery | undefined;
  private over = false;

  constructor(
    private readonly host: ServiceHost,
    private readonly live: Live,
  ) {
    const onError = (thrown: unknown) => host.log.error(`listener failed: ${String(thrown)}`);
    this.started = new Emitter(onError);
    this.settled = new Emitter(onError);
    this.recovered = new Emitter(onError);
    this.setAside = new Emitter(onError);
    this.identities = new Identities(live.observed, host.log);
    this.operations = new LockedMap(host.clock, (key) => live.touch([key]));
    this.places = new EnginePlaces({
      log: host.log,
      concurrency: host.concurrency,
      guess: (id) => localSlots(live.observed.engine(id)?.endpoint ?? ''),
      slots: async (id) => {
        const engine = live.observed.engine(id);
        if (!engine) throw new EngineError('unreachable', 'the connection was removed');
        return engine.slots();
      },
    });
    live.onDidGo((key) => this.failures.delete(key));
    live.onDidConnect((engine) => {
      this.places.forget(engine);
      this.identities.forget(engine);
      this.settleAgain(engine);
      void this.recovery?.tryAll();
    });
  }

  get onDidStart() {
    return this.started.event;
  }

  get onDidSettle() {
    return this.settled.event;
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
      this.places.prepare(engine);
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

  isElsewhere(key: NodeKey): boolean {
    return this.recovery?.isElsewhere(key) ?? false;
  }

  /** While a run is under way, what it believes; afterwards, what was settled. */
  failureOf(key: NodeKey): Failure | undefined {
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
    const sleepAgain = this.live.keepAwake();
    const run = new PlanRun(plan, {
      clock,
      log,
      random,
      observed: this.live.observed,
      operations: this.operations,
      places: (engine) => this.places.of(engine),
      journal: (one) => this.writeDown(one),
      onChange: (keys) => this.live.touch(keys),
    });
    this.runs.set(run.id, run);
    this.live.touch(plan.nodes.keys());
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
    if (!journal || this.recovery) return { elsewhere: [] };
    const { observed } = this.live;
    this.recovery = new Recovery({
      journal,
      clock,
      log,
      isShown: (engine) => observed.engine(engine) !== undefined,
      whatIsLeft: (engine, nodes) => whatIsLeft(observed, engine, nodes),
      identityOf: (engine) => this.identities.of(engine),
    });
    this.recovery.onDidRecover.event((one) => {
      this.keepFailures(one.report);
      this.recovered.fire(one);
    });
    this.recovery.onDidSetAside.event((one) => this.setAside.fire(one));
    this.recovery.onDidChangeElsewhere.event((keys) => this.live.touch(keys));
    const { elsewhere } = await this.recovery.begin();
    return { elsewhere: elsewhere.map(({ plan }) => plan) };
  }

  dispose() {
    this.over = true;
    this.started.dispose();
    this.settled.dispose();
    this.recovered.dispose();
    this.setAside.dispose();
    this.recovery?.dispose();
    void this.host.journal?.dispose();
  }

  private async writeDown(plan: Plan): Promise<JournalEntry | undefined> {
    const { observed } = this.live;
    if (plan.units.every((unit) => observed.isInWindow(unit.engine))) return undefined;
    try {
      const entry = await this.host.journal?.begin(plan);
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
      this.unsettled.set(run.id, run);
      this.settleLater(run, firstQuestion);
    }
    this.keepFailures(report);
    this.live.touch(run.plan.nodes.keys());
  }

  private settleAgain(engine: EngineId) {
    for (const run of this.unsettled.values()) {
      if (!enginesOf(run.plan).includes(engine)) continue;
      void this.settleNow(run);
      if (this.resting.delete(run.id)) this.settleLater(run, firstQuestion);
    }
  }

  /** The last question may fail although the engine never counted as lost: then nothing would tell of its return. */
  private settleLater(run: PlanRun, pause: number) {
    this.host.clock.after(pause, () => {
      if (this.over || !this.unsettled.has(run.id)) return;
      // Of an engine whose connection was hidden nothing can be asked; it is told when it is shown again.
      if (!this.areShown(run)) return void this.resting.add(run.id);
      void this.settleNow(run).then(() => this.settleLater(run, Math.min(2 * pause, longestPause)));
    });
  }

  /** To be called when other connections are shown: what rested for one of them goes on. */
  wakeShown() {
    for (const id of [...this.resting]) {
      const run = this.unsettled.get(id);
      if (run && !this.areShown(run)) continue;
      this.resting.delete(id);
      if (run) this.settleLater(run, firstQuestion);
    }
    void this.recovery?.tryAll();
  }

  private areShown({ plan }: PlanRun): boolean {
    return enginesOf(plan).every((engine) => this.live.observed.engine(engine) !== undefined);
  }

  private async settleNow(run: PlanRun) {
    const report = await run.settleWith(enginesOf(run.plan));
    this.keepFailures(report);
    if (report.settled && this.unsettled.delete(run.id)) this.settled.fire(report);
  }

  private keepFailures(report: Report) {
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
