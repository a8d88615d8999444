import { setMaxListeners } from 'node:events';
import { sleep } from '../../clock';
import type { EngineId, NodeKey } from '../../graph/model';
import { engineOf } from '../../graph/model';
import type { Plan, Unit, UnitId } from '../../graph/plan';
import type { Outcome, Report } from '../../graph/report';
import type { EndState, WalkCommand, WalkEvent } from '../../graph/walk';
import { Walk } from '../../graph/walk';
import { Emitter } from '../emitter';
import type { JournalEntry } from '../journal/journal';
import type { Place } from '../lock/places';
import { isUp } from '../observed';
import type { Operation, Progress, Run } from '../service';
import { Attempts } from './attempts';
import { Dispatch } from './dispatch';
import { Ledger } from './ledger';
import type { RunHost } from './runHost';
import { settleAgainst } from './settlement';
import { Standing } from './standing';
import type { UnitResult } from './unitWork';

/** How many times a unit is tried at most. */
const tries = 4;
/** Milliseconds after a cancel until calls that may take very long are given up. */
const abandonAfter = 60_000;
/** Milliseconds before the second try; doubled for each further one, with jitter of half. */
const firstPause = 300;

/** Milliseconds. How long a cancelled run waits for the exit of what it has sent an early stop. */
const mostStopsEnd = 10_000;

/**
 * One run of a plan. The `Walk` decides; this only has carried out what it commands, waits, and feeds the results back.
 */
export class PlanRun implements Run {
  readonly id: string;
  readonly done: Promise<Report>;
  private readonly progressed: Emitter<Progress>;
  private readonly walk: Walk<UnitId>;
  private readonly units: ReadonlyMap<UnitId, Unit>;
  /** Of a restart: for each unit that is taken down, the one that brings it up again. */
  private readonly undoing: ReadonlyMap<UnitId, UnitId>;
  private readonly stopping = new AbortController();
  private readonly abandoning = new AbortController();
  private cancelAbandon: () => void = () => undefined;
  private readonly work = new Set<Promise<void>>();
  private readonly ledger: Ledger;
  private readonly dispatch: Dispatch;
  private readonly attempts: Attempts;
  private readonly standing: Standing;
  private entry: JournalEntry | undefined;
  private telling = false;
  private finish: () => void = () => undefined;
  private readonly finished = new Promise<void>((resolve) => (this.finish = resolve));

  constructor(
    readonly plan: Plan,
    private readonly host: RunHost,
  ) {
    this.id = plan.id;
    // Each unit in flight listens, and their number is a setting.
    setMaxListeners(0, this.stopping.signal);
    setMaxListeners(0, this.abandoning.signal);
    this.units = new Map(plan.units.map((unit) => [unit.id, unit]));
    this.undoing = new Map(plan.units.flatMap(({ id, undoes }) => (undoes === undefined ? [] : [[undoes, id]])));
    this.ledger = new Ledger(plan, host.clock);
    this.progressed = new Emitter((thrown) => host.log.error(`listener failed: ${String(thrown)}`));
    this.walk = new Walk(
      plan.units.map((unit) => ({ ...unit, group: unit.engine })),
      tries,
    );
    this.dispatch = new Dispatch({
      ...host,
      plan,
      isLocked: (key) => host.operations.isLocked(key),
      onStop: (unit) => this.tell(unit.nodes),
      begun: async (key) => this.entry?.begun([key]),
      onStopSent: (key) => this.ledger.stopSent([key], (one) => host.observed.startOf(one)),
      onUnpauseSent: (key) => this.ledger.unpauseSent(key),
      begin: (unit, place) => this.track(this.carryOut(unit, place)),
    });
    const { walk, dispatch, ledger } = this;
    this.attempts = new Attempts({
      ...host,
      plan,
      walk,
      dispatch,
      ledger,
      cancelled: this.stopping.signal,
      abandoned: this.abandoning.signal,
      begun: async (unit) => this.entry?.begun(unit.nodes),
      onEnter: (unit) => this.tell(unit.nodes),
    });
    this.standing = new Standing({ plan, walk, dispatch, ledger, ...host });
    this.done = this.run();
  }

  get onDidProgress() {
    return this.progressed.event;
  }

  get progress(): Progress {
    return this.standing.progress;
  }

  /** What this run is doing with a node; undefined once it has its outcome. */
  operationOf(key: NodeKey): Operation | undefined {
    return this.standing.operationOf(key);
  }

  outcomeOf(key: NodeKey): Outcome | undefined {
    return this.ledger.outcomeOf(key);
  }

  cancel() {
    if (this.walk.isCancelled) return;
    this.host.log.info(`${this.id}: cancelled`);
    this.stopping.abort();
    this.cancelAbandon = this.host.clock.after(abandonAfter, () => this.abandoning.abort());
    const { ledger, plan } = this;
    const touched = plan.units.filter(({ nodes }) => ledger.stopped(nodes).size > 0);
    // Before anything ends: what was only about to be signalled must not be.
    this.dispatch.cancel();
    this.feed({ type: 'cancel', touched: new Set(touched.map(({ id }) => id)) });
    // Where all is in flight nothing ends by it, and it is to be seen all the same.
    this.tell([]);
  }

  async killNow(keys?: readonly NodeKey[]): Promise<void> {
    const { observed } = this.host;
    // A restart by one call is the engine's own stop and start: only the life that it stops is killed.
    const isStopped = (key: NodeKey) =>
      isUp(observed, key) && this.ledger.stopped([key]).get(key) === observed.startOf(key);
    const stopping = [...this.progress.active].filter(
      ([key, { phase }]) =>
        (phase === 'stopping' || (phase === 'restarting' && isStopped(key))) && (keys?.includes(key) ?? true),
    );
    await Promise.allSettled(stopping.map(async ([key]) => observed.engine(engineOf(key))?.kill(key, 'SIGKILL')));
  }

  private async run(): Promise<Report> {
    const { observed } = this.host;
    const engines = [...new Set(this.plan.units.map((unit) => unit.engine))];
    const holds = engines.map((engine) => observed.holdPods(engine));
    // Nothing is sent before the caller has the removal in hand.
    await Promise.resolve();
    this.entry = await this.host.journal(this.plan);
    this.feed({ type: 'start' });
    await this.finished;
    while (this.work.size > 0) await Promise.allSettled(this.work);
    // A restart has waited for them already, to bring them up again.
    if (this.walk.isCancelled && this.plan.action !== 'restart')
      await Promise.all(engines.map((engine) => this.letStopsEnd(engine)));
    this.cancelAbandon();
    this.dispatch.stop();
    for (const release of holds) release();
    return this.settleWith(engines);
  }

  /**
   * What was sent an early stop before a cancel exits a little later: the report counts what does within some seconds as
   * stopped, and the rest as running. Nothing more is sent.
   */
  private async letStopsEnd(engine: EngineId) {
    const { ledger, plan } = this;
    const { observed } = this.host;
    const keys = plan.units.filter((unit) => unit.engine === engine).flatMap(({ nodes }) => nodes);
    const sent = [...ledger.stopped(keys)].filter(([key]) => ledger.outcomeOf(key)?.kind === 'notAttempted');
    // What has been started since is in another life, and goes nowhere.
    const up = () => sent.filter(([key, life]) => isUp(observed, key) && observed.startOf(key) === life);
    await observed.awaitThat(engine, () => up().length === 0, mostStopsEnd);
  }

  /** Once more against the engine, for those nodes whose fate nobody knew. */
  async settleWith(engines: readonly EngineId[]): Promise<Report> {
    const { plan, ledger } = this;
    const settlement = await settleAgainst(engines, { plan, ledger, ...this.host });
    const report = ledger.report(this.walk.isCancelled, settlement);
    if (settlement.complete) await this.entry?.close();
    this.tell([...this.plan.nodes.keys()]);
    return report;
  }

  private feed(event: WalkEvent<UnitId>) {
    const commands = this.walk.handle(event);
    for (const command of commands) this.obey(command);
    // All at once: the places are for those on which most others wait, not for those that were named first.
    this.dispatch.add(commands.flatMap((one) => (one.type === 'dispatch' ? (this.units.get(one.unit) ?? []) : [])));
  }

  private obey(command: WalkCommand<UnitId>) {
    const unit = command.type === 'finished' ? undefined : this.units.get(command.unit);
    if (!unit) return this.finish();
    switch (command.type) {
      case 'dispatch':
        this.tell(unit.nodes);
        break;
      case 'retry':
        this.track(this.pause(unit, command.attempt));
        break;
      case 'end':
        this.end(unit, command.state);
        break;
      case 'finished':
        break;
    }
  }

  private track(work: Promise<void>) {
    const own: Promise<void> = work
      .catch((thrown: unknown) => this.host.log.error(`${this.id}: ${String(thrown)}`))
      .finally(() => this.work.delete(own));
    this.work.add(own);
  }

  private async carryOut(unit: Unit, place: Place) {
    try {
      const result = await this.attempts.make(unit, place);
      if (result) this.take(unit, result, place);
    } finally {
      // Only now: what waited for this unit is to have its place before others that nothing waits for.
      place.release();
    }
  }

  private take(unit: Unit, result: UnitResult, place: Place) {
    const now = this.host.clock.now();
    switch (result.kind) {
      case 'done':
        this.ledger.done(unit, result.already);
        place.succeeded(now, this.dispatch.isWaiting(unit.engine));
        return this.feed({ type: 'done', unit: unit.id });
      case 'failed':
        this.ledger.failed(unit, result);
        if (result.busy) place.busy(now);
        this.host.log.warn(`${unit.id}: attempt ${this.walk.attemptsOf(unit.id)}: ${result.reason}: ${result.words}`);
        return this.feed({ type: 'failed', unit: unit.id, again: result.again });
      case 'lost':
        this.ledger.lost(unit, result.words);
        return this.feed({ type: 'lost', unit: unit.id });
      case 'withdrawn':
        this.ledger.partlyDone(unit, result.done ?? new Set());
        return this.feed({ type: 'withdrawn', unit: unit.id });
    }
  }

  private async pause(unit: Unit, attempt: number) {
    const { clock, random } = this.host;
    const ms = firstPause * 2 ** (attempt - 2) * (0.5 + random());
    this.tell(unit.nodes);
    await sleep(clock, ms, unit.undoes === undefined ? this.stopping.signal : undefined);
    this.feed({ type: 'retryDue', unit: unit.id });
  }

  private end(unit: Unit, state: EndState<UnitId>) {
    this.dispatch.drop(unit);
    const undoing = this.undoing.get(unit.id);
    // Its nodes have no outcome before the unit has ended that brings them up again.
    if (state.kind === 'cancelled' && undoing !== undefined && this.walk.isOwed(undoing)) return;
    this.ledger.end(unit, state, (id) => this.units.get(id)?.targets[0] as NodeKey);
    for (const key of unit.nodes) {
      const outcome = this.ledger.outcomeOf(key);
      if (outcome) this.entry?.ended(key, outcome);
    }
    this.tell(unit.nodes);
  }

  /** Progress is told once for all that one step changed. */
  private tell(keys: readonly NodeKey[]) {
    this.host.onChange(keys);
    if (this.telling) return;
    this.telling = true;
    queueMicrotask(() => {
      this.telling = false;
      this.progressed.fire(this.progress);
    });
  }
}
