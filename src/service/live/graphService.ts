import type { Engine, EngineInfo } from '../../engine/engine';
import { EngineError } from '../../engine/error';
import { composeEdges } from '../../graph/compose';
import { ContainerGraph } from '../../graph/graph';
import type { ContainerNode, EngineId, GraphEdge, NodeKey, PodNode } from '../../graph/model';
import { engineOf } from '../../graph/model';
import type { PlanOptions, RemovalPlan, RemovalScope } from '../../graph/plan';
import { planRemoval } from '../../graph/planRemoval';
import type { Outcome, RemovalReport } from '../../graph/report';
import { Emitter } from '../emitter';
import type { JournalEntry } from '../journal/journal';
import { Recovery } from '../journal/recovery';
import { LockedMap } from '../lock/lockedMap';
import { Places } from '../lock/places';
import type {
  EngineSource,
  EngineStatus,
  GraphChange,
  GraphSnapshot,
  Operation,
  PodgraphService,
  Recovered,
  RecoverySummary,
  Removal,
  ServiceHost,
} from '../service';
import { RemovalRun } from '../walk/removalRun';
import type { Observed } from '../walk/observed';
import { whatIsLeft } from '../walk/whatIsLeft';
import { EngineFeed } from './feed';

/** Milliseconds for which changes within a removal are gathered before they are told. */
const coalesce = 50;

/**
 * The one writer of what is observed: gathers the feeds of all engines into immutable snapshots, and runs removals on
 * them. Everything is applied synchronously; readers never wait.
 */
export class GraphService implements PodgraphService {
  private readonly feeds = new Map<EngineId, EngineFeed>();
  private readonly places = new Map<EngineId, Places>();
  private readonly runs = new Map<string, RemovalRun>();
  /** Runs whose last word is missing because an engine was away. */
  private readonly unsettled = new Map<string, RemovalRun>();
  private readonly failures = new Map<NodeKey, Outcome>();
  private readonly operations: LockedMap<NodeKey, Operation>;
  private readonly changes: Emitter<GraphChange>;
  private readonly started: Emitter<Removal>;
  private readonly settled: Emitter<RemovalReport>;
  private readonly recovered: Emitter<Recovered>;
  private recovery: Recovery | undefined;
  private current: GraphSnapshot | undefined;
  private version = 0;
  /** What the feeds' versions came to when the current snapshot was taken. */
  private taken = 0;
  private plans = 0;
  private visible = false;
  private touched = new Set<NodeKey>();
  private telling: (() => void) | undefined;
  private readonly observed: Observed;

  constructor(private readonly host: ServiceHost) {
    const onError = (thrown: unknown) => host.log.error(`listener failed: ${String(thrown)}`);
    this.changes = new Emitter(onError);
    this.started = new Emitter(onError);
    this.settled = new Emitter(onError);
    this.recovered = new Emitter(onError);
    this.operations = new LockedMap(host.clock, (key) => this.onNodes([key]));
    this.observed = this.observedByWalks();
  }

  get onDidChange() {
    return this.changes.event;
  }

  get onDidStartRemoval() {
    return this.started.event;
  }

  /** A report whose engine was away at the end, told again when it has come back. */
  get onDidSettle() {
    return this.settled.event;
  }

  get onDidRecover() {
    return this.recovered.event;
  }

  async recover(): Promise<RecoverySummary> {
    const { journal, clock, log } = this.host;
    if (!journal || this.recovery) return { elsewhere: [], setAside: [] };
    this.recovery = new Recovery(journal, clock, log, (engine, nodes) => whatIsLeft(this.observed, engine, nodes));
    this.recovery.onDidRecover.event((one) => {
      this.keepFailures(one.report);
      this.recovered.fire(one);
    });
    const { elsewhere, setAside } = await this.recovery.begin();
    return { elsewhere: elsewhere.map(({ plan }) => plan), setAside };
  }

  get removals(): ReadonlyMap<string, Removal> {
    return this.runs;
  }

  /** How many locks on nodes are held or awaited. */
  get lockCount(): number {
    return this.operations.lockCount;
  }

  get snapshot(): GraphSnapshot {
    // What was observed but not told yet (changes are told in bursts) is in the picture all the same.
    const observed = [...this.feeds.values()].reduce((sum, feed) => sum + feed.observations.version, 0);
    if (!this.current || observed !== this.taken) this.current = this.take();
    this.taken = observed;
    return this.current;
  }

  /** Takes the connections to be shown, in their order; feeds of those already shown go on. */
  setSources(sources: readonly EngineSource[]) {
    const wanted = new Map(sources.map((source) => [source.id, source]));
    for (const [id, feed] of this.feeds) {
      if (wanted.get(id)?.engine === feed.source.engine) continue;
      feed.dispose();
      this.feeds.delete(id);
    }
    const before = new Map(this.feeds);
    this.feeds.clear();
    for (const source of sources) {
      const feed = before.get(source.id) ?? this.feedFor(source);
      this.feeds.set(source.id, feed);
      if (this.isAwake) feed.wake();
    }
    this.forget({ structure: true, nodes: new Set(), engines: true });
  }

  setVisible(visible: boolean) {
    this.visible = visible;
    this.wakeOrSleep();
  }

  async refresh(): Promise<void> {
    await Promise.allSettled(
      [...this.feeds.values()].map(async (feed) => {
        await feed.refresh();
        await feed.inspectAll();
      }),
    );
    this.wakeOrSleep();
  }

  operationOf(key: NodeKey): Operation | undefined {
    const held = this.operations.get(key);
    for (const run of this.runs.values()) {
      if (held && held.removal !== run.id) continue;
      const operation = run.operationOf(key);
      if (operation) return operation;
    }
    return undefined;
  }

  failureOf(key: NodeKey): Outcome | undefined {
    return this.failures.get(key);
  }

  async plan(scope: RemovalScope, options: PlanOptions): Promise<RemovalPlan> {
    const engines = new Set(scope.chosen.map(engineOf));
    await Promise.all(
      [...engines].map(async (id) => {
        const feed = this.feeds.get(id);
        if (!feed) throw new EngineError('unreachable', 'the connection was removed');
        await feed.connected();
        await feed.relist();
        await feed.inspectAll();
      }),
    );
    const id = `removal-${this.host.clock.now().toString(36)}-${(++this.plans).toString(36)}`;
    return planRemoval(id, this.take().graph, scope, options);
  }

  remove(plan: RemovalPlan): Removal {
    if (plan.blockers.length > 0) throw new Error('a plan with blockers cannot be run');
    const { clock, log, random } = this.host;
    for (const key of plan.nodes.keys()) this.failures.delete(key);
    const run = new RemovalRun(plan, {
      clock,
      log,
      random,
      observed: this.observed,
      operations: this.operations,
      places: (engine) => this.placesOf(engine),
      journal: (plan) => this.writeDown(plan),
      onChange: (keys) => this.onNodes(keys),
    });
    this.runs.set(run.id, run);
    this.wakeOrSleep();
    this.onNodes([...plan.nodes.keys()]);
    log.info(`removal ${run.id}: ${plan.counts.pods} pods, ${plan.counts.containers} containers`);
    this.started.fire(run);
    void run.done.then((report) => this.close(run, report));
    return run;
  }

  dispose() {
    this.telling?.();
    for (const feed of this.feeds.values()) feed.dispose();
    this.feeds.clear();
    this.changes.dispose();
    this.started.dispose();
    this.settled.dispose();
    this.recovered.dispose();
    void this.host.journal?.dispose();
  }

  private async writeDown(plan: RemovalPlan): Promise<JournalEntry | undefined> {
    try {
      return await this.host.journal?.begin(plan);
    } catch (thrown) {
      this.host.log.warn(`removal ${plan.id} runs without a journal: ${String(thrown)}`);
      return undefined;
    }
  }

  private close(run: RemovalRun, report: RemovalReport) {
    this.runs.delete(run.id);
    if (report.settled) this.unsettled.delete(run.id);
    else this.unsettled.set(run.id, run);
    this.keepFailures(report);
    this.wakeOrSleep();
    this.onNodes([...run.plan.nodes.keys()]);
  }

  private keepFailures(report: RemovalReport) {
    for (const [key, { outcome }] of report.nodes) {
      if (outcome.kind === 'failed' || outcome.kind === 'skipped' || outcome.kind === 'unknown') {
        this.failures.set(key, outcome);
      } else this.failures.delete(key);
    }
  }

  private placesOf(engine: EngineId): Places {
    const wanted = Math.max(1, Math.floor(this.host.concurrency()));
    let places = this.places.get(engine);
    if (!places) this.places.set(engine, (places = new Places(wanted)));
    places.want(wanted);
    return places;
  }

  private feedFor(source: EngineSource): EngineFeed {
    const feed = new EngineFeed(source, this.host);
    let before: EngineStatus['state'] = feed.status.state;
    feed.onDidChange.event(() => {
      const { nodes, structure } = feed.observations.takeChanges();
      for (const key of nodes) if (feed.observations.isGone(key)) this.failures.delete(key);
      const { state } = feed.status;
      if (state === 'live' && before !== 'live') {
        this.settleAgain(source.id);
        void this.recovery?.tryAll();
      }
      before = state;
      this.forget({ structure, nodes, engines: true });
    });
    return feed;
  }

  private settleAgain(engine: EngineId) {
    for (const run of this.unsettled.values()) {
      const engines = [...new Set(run.plan.units.map((unit) => unit.engine))];
      if (!engines.includes(engine)) continue;
      void run.settleWith(engines).then((report) => {
        this.keepFailures(report);
        if (!report.settled) return;
        this.unsettled.delete(run.id);
        this.settled.fire(report);
      });
    }
  }

  private get isAwake(): boolean {
    return this.visible || this.runs.size > 0;
  }

  private wakeOrSleep() {
    for (const feed of this.feeds.values()) {
      if (this.isAwake) feed.wake();
      else feed.sleep();
    }
  }

  /** States within a removal change in bursts; they are told together. */
  private onNodes(keys: Iterable<NodeKey>) {
    for (const key of keys) this.touched.add(key);
    this.telling ??= this.host.clock.after(coalesce, () => {
      this.telling = undefined;
      const nodes = this.touched;
      this.touched = new Set();
      this.changes.fire({ structure: false, nodes, engines: false });
    });
  }

  private forget(change: GraphChange) {
    this.current = undefined;
    this.changes.fire(change);
  }

  private take(): GraphSnapshot {
    const containers: ContainerNode[] = [];
    const pods: PodNode[] = [];
    const edges: GraphEdge[] = [];
    const engines = new Map<EngineId, EngineStatus>();
    for (const [id, feed] of this.feeds) {
      for (const container of feed.observations.containers.values()) containers.push(container);
      for (const pod of feed.observations.pods.values()) pods.push(pod);
      for (const edge of feed.observations.edges()) edges.push(edge);
      for (const edge of composeEdges(feed.observations.containers.values())) edges.push(edge);
      engines.set(id, feed.status);
    }
    return { graph: ContainerGraph.build({ containers, pods, edges }), engines, version: ++this.version };
  }

  private observedByWalks(): Observed {
    const { feeds } = this;
    return {
      container: (key) => feeds.get(engineOf(key))?.observations.containers.get(key),
      engine: (id): Engine | undefined => feeds.get(id)?.source.engine,
      info: (id): EngineInfo | undefined => feeds.get(id)?.status.info,
      isGone: (key) => feeds.get(engineOf(key))?.observations.isGone(key) ?? false,
      noteGone: (key) => feeds.get(engineOf(key))?.noteGone(key),
      awaitGone: async (keys, ms) => {
        const [first] = keys;
        if (first !== undefined) await feeds.get(engineOf(first))?.awaitGone(keys, ms);
      },
      relist: (id) => {
        const feed = feeds.get(id);
        if (!feed) return Promise.reject(new EngineError('unreachable', 'the connection was removed'));
        return feed.relist();
      },
      onActivity: (id, listener) => {
        const listening = feeds.get(id)?.onActivity.event(listener);
        return () => listening?.dispose();
      },
      holdPods: (id) => feeds.get(id)?.holdPods() ?? (() => undefined),
    };
  }
}
