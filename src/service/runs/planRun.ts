import { setMaxListeners } from 'node:events';
import { sleep } from '../../clock';
import { type EngineId, engineOf, type NodeKey } from '../../graph/model/model';
import type { Plan, Unit, UnitId } from '../../graph/plan/plan';
import type { Outcome, Report } from '../../graph/plan/report';
import { type EndState, type RunEffect, type RunEvent, RunStateMachine } from '../../graph/plan/runStateMachine';
import { inMilliseconds, longest } from '../../graph/model/stopTimeout';
import type { Permit } from '../concurrency/limiter';
import { Emitter } from '../emitter';
import type { JournalEntry } from '../journal/journal';
import type { Operation, Progress, Run } from '../service';
import { isContainerActive } from '../state/engineStateView';
import { Dispatcher } from './dispatcher';
import { OutcomeRecorder } from './outcomeRecorder';
import { ProgressTracker } from './progressTracker';
import { reconcileWithEngine } from './reconcileRun';
import type { RunManagerDeps, UnitResult } from './runContext';
import { stopTimeoutIn } from './stopTimes';
import { Attempts } from './unitExecutor';

/** How many times a unit is tried at most. */
const tries = 4;
/** Milliseconds after a cancel until calls that may take very long are given up. */
const abandonAfter = 60_000;
/** Milliseconds before the second try; doubled for each further one, with jitter of half. */
const firstPause = 300;

/** Milliseconds. How long a cancelled run waits for the exit of what it has sent an early stop. */
const mostStopsEnd = 10_000;

/**
 * One run of a plan. The `RunStateMachine` decides; this only has carried out what it commands, waits, and feeds the results back.
 */
export class PlanRun implements Run {
  readonly id: string;
  readonly done: Promise<Report>;
  private readonly progressed: Emitter<Progress>;
  private readonly stateMachine: RunStateMachine<UnitId>;
  private readonly units: ReadonlyMap<UnitId, Unit>;
  /** Of a restart: for each unit that is taken down, the one that brings it up again. */
  private readonly undoing: ReadonlyMap<UnitId, UnitId>;
  private readonly stopping = new AbortController();
  private readonly abandoning = new AbortController();
  private cancelAbandon: () => void = () => undefined;
  private readonly work = new Set<Promise<void>>();
  private readonly outcomeRecorder: OutcomeRecorder;
  private readonly dispatch: Dispatcher;
  private readonly attempts: Attempts;
  private readonly progressTracker: ProgressTracker;
  private journalEntry: JournalEntry | undefined;
  private reporting = false;
  private finish: () => void = () => undefined;
  private readonly finished = new Promise<void>((resolve) => (this.finish = resolve));

  constructor(
    readonly plan: Plan,
    private readonly host: RunManagerDeps,
  ) {
    this.id = plan.id;
    // Each unit in flight listens, and their number is a setting.
    setMaxListeners(0, this.stopping.signal);
    setMaxListeners(0, this.abandoning.signal);
    this.units = new Map(plan.units.map((unit) => [unit.id, unit]));
    this.undoing = new Map(plan.units.flatMap(({ id, undoes }) => (undoes === undefined ? [] : [[undoes, id]])));
    this.outcomeRecorder = new OutcomeRecorder(plan, host.clock);
    this.progressed = new Emitter((thrown) => host.log.error(`listener failed: ${String(thrown)}`));
    this.stateMachine = new RunStateMachine(
      plan.units.map((unit) => ({ ...unit, group: unit.engine })),
      tries,
    );
    this.dispatch = new Dispatcher({
      ...host,
      plan,
      isLocked: (key) => host.operations.isLocked(key),
      onStop: (unit) => this.emitProgress(unit.nodes),
      started: async (key) => this.journalEntry?.markStarted([key]),
      onStopSent: (key) => this.outcomeRecorder.stopSent([key], (one) => host.observed.startOf(one)),
      onUnpauseSent: (key) => this.outcomeRecorder.unpauseSent(key),
      start: (unit, permit) => this.trackPending(this.executeUnit(unit, permit)),
    });
    const { stateMachine, dispatch, outcomeRecorder: outcomes } = this;
    this.attempts = new Attempts({
      ...host,
      plan,
      stateMachine,
      dispatch,
      outcomeRecorder: outcomes,
      cancelled: this.stopping.signal,
      abandoned: this.abandoning.signal,
      started: async (unit) => this.journalEntry?.markStarted(unit.nodes),
      onEnter: (unit) => this.emitProgress(unit.nodes),
    });
    this.progressTracker = new ProgressTracker({ plan, stateMachine, dispatch, outcomeRecorder: outcomes, ...host });
    this.done = this.run();
  }

  get onDidProgress() {
    return this.progressed.event;
  }

  get progress(): Progress {
    return this.progressTracker.progress;
  }

  /** What this run is doing with a node; undefined once it has its outcome. */
  operationOf(key: NodeKey): Operation | undefined {
    return this.progressTracker.operationOf(key);
  }

  outcomeOf(key: NodeKey): Outcome | undefined {
    return this.outcomeRecorder.outcomeOf(key);
  }

  cancel() {
    if (this.stateMachine.isCancelled) return;
    this.host.log.info(`${this.id}: cancelled`);
    this.stopping.abort();
    this.cancelAbandon = this.host.clock.after(abandonAfter, () => this.abandoning.abort());
    const { outcomeRecorder: outcomes, plan } = this;
    const touched = plan.units.filter(({ nodes }) => outcomes.stopped(nodes).size > 0);
    // Before anything ends: what was only about to be signalled must not be.
    this.dispatch.cancel();
    this.transition({ type: 'cancel', touched: new Set(touched.map(({ id }) => id)) });
    // Where all is in flight nothing ends by it, and it is to be seen all the same.
    this.emitProgress([]);
  }

  async killNow(keys?: readonly NodeKey[]): Promise<void> {
    const { observed } = this.host;
    // A restart by one call is the engine's own stop and start: only the life that it stops is killed.
    const isStopped = (key: NodeKey) =>
      isContainerActive(observed, key) && this.outcomeRecorder.stopped([key]).get(key) === observed.startOf(key);
    const stopping = [...this.progress.active].filter(
      ([key, { phase }]) =>
        (phase === 'stopping' || (phase === 'restarting' && isStopped(key))) && (keys?.includes(key) ?? true),
    );
    await Promise.allSettled(stopping.map(async ([key]) => observed.engine(engineOf(key))?.kill(key, 'SIGKILL')));
  }

  private async run(): Promise<Report> {
    const { observed } = this.host;
    const engines = [...new Set(this.plan.units.map((unit) => unit.engine))];
    const holds = engines.map((engine) => observed.suspendPodListing(engine));
    // Nothing is sent before the caller has the removal in hand.
    await Promise.resolve();
    this.journalEntry = await this.host.journal(this.plan);
    this.transition({ type: 'start' });
    await this.finished;
    while (this.work.size > 0) await Promise.allSettled(this.work);
    if (this.stateMachine.isCancelled) await Promise.all(engines.map((engine) => this.letStopsEnd(engine)));
    this.cancelAbandon();
    this.dispatch.stop();
    for (const release of holds) release();
    return this.reconcile(engines);
  }

  /**
   * What was sent an early stop before a cancel exits a little later: the report counts what does within some seconds as
   * stopped, and the rest as running. Nothing more is sent.
   */
  private async letStopsEnd(engine: EngineId) {
    const { outcomeRecorder: outcomes, plan } = this;
    const { observed } = this.host;
    const keys = plan.units.filter((unit) => unit.engine === engine).flatMap(({ nodes }) => nodes);
    const sent = [...outcomes.stopped(keys)].filter(([key]) => outcomes.outcomeOf(key)?.kind === 'notAttempted');
    // What has been started since is in another life, and goes nowhere.
    const up = () => sent.filter(([key, life]) => isContainerActive(observed, key) && observed.startOf(key) === life);
    const patience = inMilliseconds(longest(up().map(([key]) => stopTimeoutIn(plan, key))));
    await observed.waitUntil(engine, () => up().length === 0, Math.min(patience, mostStopsEnd));
  }

  /** Once more against the engine, for those nodes whose fate nobody knew. */
  async reconcile(engines: readonly EngineId[]): Promise<Report> {
    const { plan, outcomeRecorder: outcomes } = this;
    const settlement = await reconcileWithEngine(engines, { plan, outcomeRecorder: outcomes, ...this.host });
    const report = outcomes.report(this.stateMachine.isCancelled, settlement);
    if (settlement.complete) await this.journalEntry?.close();
    this.emitProgress([...this.plan.nodes.keys()]);
    return report;
  }

  private transition(event: RunEvent<UnitId>) {
    const commands = this.stateMachine.transition(event);
    for (const command of commands) this.executeEffect(command);
    // All at once: the places are for those on which most others wait, not for those that were named first.
    this.dispatch.enqueue(commands.flatMap((one) => (one.type === 'dispatch' ? (this.units.get(one.unit) ?? []) : [])));
  }

  private executeEffect(command: RunEffect<UnitId>) {
    const unit = command.type === 'finished' ? undefined : this.units.get(command.unit);
    if (!unit) return this.finish();
    switch (command.type) {
      case 'dispatch':
        this.emitProgress(unit.nodes);
        break;
      case 'retry':
        this.trackPending(this.scheduleRetry(unit, command.attempt));
        break;
      case 'end':
        this.end(unit, command.state);
        break;
      case 'finished':
        break;
    }
  }

  private trackPending(work: Promise<void>) {
    const own: Promise<void> = work
      .catch((thrown: unknown) => this.host.log.error(`${this.id}: ${String(thrown)}`))
      .finally(() => this.work.delete(own));
    this.work.add(own);
  }

  private async executeUnit(unit: Unit, permit: Permit) {
    try {
      const result = await this.attempts.execute(unit, permit);
      if (result) this.handleResult(unit, result, permit);
    } finally {
      // Only now: what waited for this unit is to have its place before others that nothing waits for.
      permit.release();
    }
  }

  private handleResult(unit: Unit, result: UnitResult, permit: Permit) {
    const now = this.host.clock.now();
    switch (result.kind) {
      case 'done':
        this.outcomeRecorder.recordSuccess(unit, result.already);
        permit.reportSuccess(now, this.dispatch.isQueueNonEmpty(unit.engine));
        return this.transition({ type: 'done', unit: unit.id });
      case 'failed':
        this.outcomeRecorder.failed(unit, result);
        if (result.busy) permit.reportOverload(now);
        this.host.log.warn(
          `${unit.id}: attempt ${this.stateMachine.attemptsOf(unit.id)}: ${result.reason}: ${result.detail}`,
        );
        return this.transition({ type: 'failed', unit: unit.id, again: result.again });
      case 'disconnected':
        this.outcomeRecorder.recordDisconnect(unit, result.detail);
        return this.transition({ type: 'disconnected', unit: unit.id });
      case 'aborted':
        this.outcomeRecorder.recordPartial(unit, result.done ?? new Set());
        return this.transition({ type: 'aborted', unit: unit.id });
    }
  }

  private async scheduleRetry(unit: Unit, attempt: number) {
    const { clock, random } = this.host;
    const ms = firstPause * 2 ** (attempt - 2) * (0.5 + random());
    this.emitProgress(unit.nodes);
    await sleep(clock, ms, unit.undoes === undefined ? this.stopping.signal : undefined);
    this.transition({ type: 'retryDue', unit: unit.id });
  }

  private end(unit: Unit, state: EndState<UnitId>) {
    this.dispatch.remove(unit);
    const undoing = this.undoing.get(unit.id);
    // Its nodes have no outcome before the unit has ended that brings them up again.
    if (state.kind === 'cancelled' && undoing !== undefined && this.stateMachine.isOwed(undoing)) return;
    this.outcomeRecorder.finish(unit, state, (id) => this.units.get(id)?.targets[0] as NodeKey);
    for (const key of unit.nodes) {
      const outcome = this.outcomeRecorder.outcomeOf(key);
      if (outcome) this.journalEntry?.markFinished(key, outcome);
    }
    this.emitProgress(unit.nodes);
  }

  /** Progress is told once for all that one step changed. */
  private emitProgress(keys: readonly NodeKey[]) {
    this.host.onChange(keys);
    if (this.reporting) return;
    this.reporting = true;
    queueMicrotask(() => {
      this.reporting = false;
      this.progressed.fire(this.progress);
    });
  }
}
