import type { EngineId, NodeKey } from '../../graph/model';
import type { PlanOptions, Plan, Scope } from '../../graph/plan';
import { planAction } from '../../graph/planAction';
import { Emitter } from '../emitter';
import type { DanglingVolumes, EngineSource, EngineStatus, GraphChange, GraphSnapshot, ServiceHost } from '../service';
import type { Live, Observed } from '../observed';
import { EngineFeed } from './feed';
import { LiveGraph } from './liveGraph';
import { danglingVolumes, lookAfresh } from './lookAfresh';
import { observedThrough } from './observedThrough';
import { Rhythm } from './rhythm';
import { Twins } from './twins';

/** Milliseconds for which changes are gathered before they are told: those of a removal, and what engines tell. */
const coalesce = { removal: 50, observed: 100 } as const;

/**
 * The one writer of what is observed: gathers the feeds of all engines into immutable snapshots. Everything is applied
 * synchronously; readers never wait.
 */
export class GraphService implements Live {
  readonly observed: Observed;
  private readonly feeds = new Map<EngineId, EngineFeed>();
  private readonly changes: Emitter<GraphChange>;
  private readonly connected = new Emitter<EngineId>();
  private readonly gone = new Emitter<NodeKey>();
  private readonly graph = new LiveGraph();
  private readonly twins: Twins;
  private current: GraphSnapshot | undefined;
  private version = 0;
  /** What the feeds' versions came to when the current snapshot was taken. */
  private taken = 0;
  private plans = 0;
  private visible = false;
  /** How many removals need the feeds although nobody looks. */
  private needed = 0;
  private touched = new Set<NodeKey>();
  private readonly rhythm: Rhythm;

  constructor(private readonly host: ServiceHost) {
    this.changes = new Emitter((thrown) => host.log.error(`listener failed: ${String(thrown)}`));
    this.rhythm = new Rhythm(host.clock, () => this.tellObserved());
    this.observed = observedThrough(this.feeds);
    this.twins = new Twins(this.feeds, host.log, () => {
      this.wakeOrSleep();
      this.tell({ structure: true, nodes: new Set(), engines: true });
    });
  }

  get onDidChange() {
    return this.changes.event;
  }

  get onDidConnect() {
    return this.connected.event;
  }

  get onDidGo() {
    return this.gone.event;
  }

  get snapshot(): GraphSnapshot {
    // What was observed but not told yet (changes are told in bursts) is in the picture all the same.
    const observed = [...this.feeds.values()].reduce((sum, feed) => sum + feed.observations.changes.version, 0);
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
      feed.call(source);
      this.feeds.set(source.id, feed);
    }
    this.twins.keepTo(new Set(this.feeds.keys()));
    this.wakeOrSleep();
    this.tell({ structure: true, nodes: new Set(), engines: true });
  }

  setVisible(visible: boolean) {
    this.visible = visible;
    this.wakeOrSleep();
  }

  keepAwake(): () => void {
    this.needed++;
    this.wakeOrSleep();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.needed--;
      for (const id of this.feeds.keys()) this.lookForTwins(id);
      this.wakeOrSleep();
    };
  }

  async refresh(): Promise<void> {
    await Promise.allSettled(
      this.shown().map(async (feed) => {
        await feed.refresh();
        await feed.questions.inspectAll();
      }),
    );
    this.wakeOrSleep();
  }

  async plan(scope: Scope, options: PlanOptions): Promise<Plan> {
    const { away, dangling } = await lookAfresh(this.feeds, scope.chosen, this.host.clock);
    const { action = 'remove' } = options;
    const kind = action === 'remove' ? 'removal' : action;
    const id = `${kind}-${this.host.clock.wallTime().toString(36)}-${(++this.plans).toString(36)}`;
    return planAction(id, this.snapshot.graph, scope, away.size > 0 ? { ...options, away } : options, dangling);
  }

  danglingVolumes(): Promise<DanglingVolumes> {
    return danglingVolumes(this.shown());
  }

  touch(keys: Iterable<NodeKey>) {
    for (const key of keys) this.touched.add(key);
    this.rhythm.soon(coalesce.removal);
  }

  dispose() {
    this.rhythm.dispose();
    for (const feed of this.feeds.values()) feed.dispose();
    this.feeds.clear();
    this.changes.dispose();
    this.connected.dispose();
    this.gone.dispose();
  }

  private feedFor(source: EngineSource): EngineFeed {
    const feed = new EngineFeed(source, this.host);
    let before: EngineStatus['state'] = feed.status.state;
    feed.signs.onDidObserve.event(() => this.rhythm.soon(coalesce.observed));
    feed.onDidChange.event(() => {
      const { state } = feed.status;
      const isOther = state !== before;
      before = state;
      if (isOther && state === 'live') {
        this.connected.fire(source.id);
        this.twins.noteConnected(source.id);
      }
      if (isOther) {
        this.wakeOrSleep();
        this.lookForTwins(source.id);
      }
      this.rhythm.atOnce();
    });
    return feed;
  }

  private wakeOrSleep() {
    for (const feed of this.feeds.values()) {
      if (this.twins.rests(feed.source.id)) feed.rest();
      else if (this.visible || this.needed > 0) feed.wake(this.needed > 0);
      else feed.sleep();
    }
  }

  /** What a removal holds on to stays as it is until that is done. */
  private lookForTwins(id: EngineId) {
    if (this.needed === 0) this.twins.compare(id);
  }

  private shown(): EngineFeed[] {
    return [...this.feeds.values()].filter((feed) => !this.twins.isFolded(feed.source.id));
  }

  /** Tells what was gathered, of all engines at once. */
  private tellObserved() {
    const nodes = this.touched;
    this.touched = new Set();
    let structure = false;
    for (const feed of this.feeds.values()) {
      const changed = feed.observations.changes.take();
      for (const key of changed.nodes) {
        nodes.add(key);
        if (feed.observations.isGone(key)) this.gone.fire(key);
      }
      structure ||= changed.structure;
      if (changed.structure) this.lookForTwins(feed.source.id);
    }
    this.tell({ structure, nodes, engines: true });
  }

  private tell(change: GraphChange) {
    this.current = undefined;
    this.changes.fire(change);
  }

  private take(): GraphSnapshot {
    const feeds = this.shown();
    const engines = new Map<EngineId, EngineStatus>(
      feeds.map((feed) => {
        const { id } = feed.source;
        return [id, { ...feed.status, twins: this.twins.of(id).map(({ status }) => status) }];
      }),
    );
    const graph = this.graph.take(feeds.map(({ observations }) => observations));
    return { graph, engines, version: ++this.version };
  }
}
