import type { EngineId, NodeKey } from '../../graph/model/model';
import type { Plan, PlanOptions, Scope } from '../../graph/plan/plan';
import { planAction } from '../../graph/plan/planAction';
import { Emitter } from '../emitter';
import type { DanglingVolumes, EngineSource, EngineStatus, GraphChange, GraphSnapshot, ServiceDeps } from '../service';
import { AdaptiveThrottle } from './adaptiveThrottle';
import { DuplicateConnections } from './duplicateConnections';
import { EngineMonitor } from './engineMonitor';
import { createEngineStateView, type EngineStateView, type LiveState } from './engineStateView';
import { IncrementalGraph } from './incrementalGraph';
import { danglingVolumes, refreshForPlan } from './refreshForPlan';

/** Milliseconds for which changes are gathered before they are told: those of a removal, and what engines tell. */
const coalesce = { removal: 50, observed: 100 } as const;

/**
 * The one writer of what is observed: gathers the feeds of all engines into immutable snapshots. Everything is applied
 * synchronously; readers never wait.
 */
export class GraphService implements LiveState {
  readonly observed: EngineStateView;
  private readonly feeds = new Map<EngineId, EngineMonitor>();
  private readonly changes: Emitter<GraphChange>;
  private readonly connected = new Emitter<EngineId>();
  private readonly removed = new Emitter<NodeKey>();
  private readonly graph = new IncrementalGraph();
  private readonly duplicates: DuplicateConnections;
  private current: GraphSnapshot | undefined;
  private version = 0;
  /** What the feeds' versions came to when the current snapshot was taken. */
  private drained = 0;
  private plans = 0;
  private visible = false;
  /** How many removals need the feeds although nobody looks. */
  private keepAliveCount = 0;
  private changedOperations = new Set<NodeKey>();
  private readonly throttle: AdaptiveThrottle;

  constructor(private readonly host: ServiceDeps) {
    this.changes = new Emitter((thrown) => host.log.error(`listener failed: ${String(thrown)}`));
    this.throttle = new AdaptiveThrottle(host.clock, () => this.emitObserved());
    this.observed = createEngineStateView(this.feeds);
    this.duplicates = new DuplicateConnections(this.feeds, host.log, () => {
      this.updateMonitoring();
      this.emitChange({ structure: true, nodes: new Set(), engines: true });
    });
  }

  get onDidChange() {
    return this.changes.event;
  }

  get onDidConnect() {
    return this.connected.event;
  }

  get onDidRemove() {
    return this.removed.event;
  }

  get snapshot(): GraphSnapshot {
    // What was observed but not told yet (changes are told in bursts) is in the picture all the same.
    const observed = [...this.feeds.values()].reduce((sum, feed) => sum + feed.observations.changes.version, 0);
    if (!this.current || observed !== this.drained) this.current = this.apply();
    this.drained = observed;
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
      feed.rename(source);
      this.feeds.set(source.id, feed);
    }
    this.duplicates.retainOnly(new Set(this.feeds.keys()));
    this.updateMonitoring();
    this.emitChange({ structure: true, nodes: new Set(), engines: true });
  }

  setVisible(visible: boolean) {
    this.visible = visible;
    this.updateMonitoring();
  }

  keepPolling(): () => void {
    this.keepAliveCount++;
    this.updateMonitoring();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.keepAliveCount--;
      for (const id of this.feeds.keys()) this.detectDuplicates(id);
      this.updateMonitoring();
    };
  }

  async refresh(): Promise<void> {
    await Promise.allSettled(
      this.visibleEngines().map(async (feed) => {
        await feed.refresh();
        await feed.questions.inspectAll();
      }),
    );
    this.updateMonitoring();
  }

  async plan(scope: Scope, options: PlanOptions): Promise<Plan> {
    const { unreachable, dangling } = await refreshForPlan(this.feeds, scope.chosen, this.host.clock);
    const { action = 'remove' } = options;
    const kind = action === 'remove' ? 'removal' : action;
    const id = `${kind}-${this.host.clock.wallTime().toString(36)}-${(++this.plans).toString(36)}`;
    return planAction(
      id,
      this.snapshot.graph,
      scope,
      unreachable.size > 0 ? { ...options, unreachable } : options,
      dangling,
    );
  }

  danglingVolumes(): Promise<DanglingVolumes> {
    return danglingVolumes(this.visibleEngines());
  }

  notifyChanged(keys: Iterable<NodeKey>) {
    for (const key of keys) this.changedOperations.add(key);
    this.throttle.schedule(coalesce.removal);
  }

  dispose() {
    this.throttle.dispose();
    for (const feed of this.feeds.values()) feed.dispose();
    this.feeds.clear();
    this.changes.dispose();
    this.connected.dispose();
    this.removed.dispose();
  }

  private feedFor(source: EngineSource): EngineMonitor {
    const feed = new EngineMonitor(source, this.host);
    let before: EngineStatus['state'] = feed.status.state;
    feed.eventHub.onDidObserve.event(() => this.throttle.schedule(coalesce.observed));
    feed.onDidChange.event(() => {
      const { state } = feed.status;
      const isOther = state !== before;
      before = state;
      if (isOther && state === 'live') {
        this.connected.fire(source.id);
        this.duplicates.handleConnected(source.id);
      }
      if (isOther) {
        this.updateMonitoring();
        this.detectDuplicates(source.id);
      }
      this.throttle.flush();
    });
    return feed;
  }

  private updateMonitoring() {
    for (const feed of this.feeds.values()) {
      if (this.duplicates.isSuspended(feed.source.id)) feed.suspend();
      else if (this.visible || this.keepAliveCount > 0) feed.start(this.keepAliveCount > 0);
      else feed.stop();
    }
  }

  /** What a removal holds on to stays as it is until that is done. */
  private detectDuplicates(id: EngineId) {
    if (this.keepAliveCount === 0) this.duplicates.checkDuplicates(id);
  }

  private visibleEngines(): EngineMonitor[] {
    return [...this.feeds.values()].filter((feed) => !this.duplicates.isHidden(feed.source.id));
  }

  /** Tells what was gathered, of all engines at once. */
  private emitObserved() {
    const nodes = this.changedOperations;
    this.changedOperations = new Set();
    let structure = false;
    for (const feed of this.feeds.values()) {
      const changed = feed.observations.changes.apply();
      for (const key of changed.nodes) {
        nodes.add(key);
        if (feed.observations.isGone(key)) this.removed.fire(key);
      }
      structure ||= changed.structure;
      if (changed.structure) this.detectDuplicates(feed.source.id);
    }
    this.emitChange({ structure, nodes, engines: true });
  }

  private emitChange(change: GraphChange) {
    this.current = undefined;
    this.changes.fire(change);
  }

  private apply(): GraphSnapshot {
    const feeds = this.visibleEngines();
    const engines = new Map<EngineId, EngineStatus>(
      feeds.map((feed) => {
        const { id } = feed.source;
        return [id, { ...feed.status, duplicates: this.duplicates.duplicatesOf(id).map(({ status }) => status) }];
      }),
    );
    const graph = this.graph.update(feeds.map(({ observations }) => observations));
    return { graph, engines, version: ++this.version };
  }
}
