import { ContainerGraph } from '../../graph/model/graph';
import { sharesNamespace } from '../../graph/model/namespaceState';
import { composeEdges } from '../../graph/model/labels';
import type { ResourceNode } from '../../graph/model/resources';
import { EngineError } from '../../engine/error';
import {
  engineOf,
  type EngineId,
  type NodeKey,
  type ContainerNode,
  type GraphEdge,
  type PodNode,
} from '../../graph/model/model';
import type { Plan, PlanOptions, Scope } from '../../graph/plan/plan';
import { withSizes } from '../../graph/plan/freedSpace';
import type { EngineSource, ServiceDeps } from '../deps';
import { Emitter } from '../emitter';
import type { EngineStatus, GraphChange, GraphSnapshot, ListedResources } from '../service';
import { Throttle } from '../throttle';
import { DuplicateConnections } from './duplicateConnections';
import { EngineMonitor } from './engineMonitor';
import { createEngineStateView, type EngineStateView, type LiveState } from './engineStateView';
import { systemdUnitOf } from '../../graph/model/labels';
import { listAllResources, type PlanRefresh, refreshForPlan } from './refreshForPlan';
import { listResources, measureSizesOrNone, withVolumeSizes } from './resourceLists';
import type { EngineStateStore } from './stateStore';

/** Milliseconds for which changes of runs and of engines are coalesced. */
const coalesce = { run: 50, observed: 100 } as const;
/** Listeners that took longer than this are slow, as when rendering ten thousand rows; in milliseconds. */
const slowAfter = 30;
/** After a change, slow listeners are idle for a multiple of the time they took. */
const cooldownMs = (durationMs: number) => (durationMs > slowAfter ? Math.min(500, 4 * durationMs) : 0);

type Planner<O> = (
  id: string,
  graph: ContainerGraph,
  scope: Scope,
  options: O,
  resources: readonly ResourceNode[],
) => Plan | Promise<Plan>;

/** The single writer of the graph: merges all engine monitors into immutable snapshots, synchronously. */
export class GraphService implements LiveState {
  readonly observed: EngineStateView;
  private readonly monitors = new Map<EngineId, EngineMonitor>();
  private readonly changes: Emitter<GraphChange>;
  private readonly connected = new Emitter<EngineId>();
  private readonly removed = new Emitter<NodeKey>();
  private readonly graph = new IncrementalGraph();
  private readonly duplicates: DuplicateConnections;
  private current: GraphSnapshot | undefined;
  /** Sum of the monitors' versions in the current snapshot. */
  private appliedVersions = 0;
  private plans = 0;
  private readonly refreshes = new WeakMap<Plan, PlanRefresh>();
  private visible = false;
  private areResourcesShown = false;
  /** As last measured. */
  private sizes: ReadonlyMap<NodeKey, number> = new Map();
  /** Runs that need the monitors, visible or not. */
  private keepAliveCount = 0;
  private changedOperations = new Set<NodeKey>();
  private readonly throttle: Throttle;

  constructor(private readonly host: ServiceDeps) {
    this.changes = new Emitter((thrown) => host.log.error(`listener failed: ${String(thrown)}`));
    this.throttle = new Throttle(host.clock, () => this.emitObserved(), cooldownMs);
    this.observed = createEngineStateView(this.monitors);
    this.duplicates = new DuplicateConnections(this.monitors, host.log, () => {
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
    // Includes changes that were observed but not emitted yet.
    const observed = [...this.monitors.values()].reduce(
      (sum, monitor) => sum + monitor.observations.changes.version,
      0,
    );
    if (!this.current || observed !== this.appliedVersions) this.current = this.createSnapshot();
    this.appliedVersions = observed;
    return this.current;
  }

  /** Sets the connections to show, in order; existing monitors are reused. */
  setSources(sources: readonly EngineSource[]) {
    const byId = new Map(sources.map((source) => [source.id, source]));
    for (const [id, monitor] of this.monitors) {
      if (byId.get(id)?.engine === monitor.source.engine) continue;
      monitor.dispose();
      this.monitors.delete(id);
    }
    const before = new Map(this.monitors);
    this.monitors.clear();
    for (const source of sources) {
      const monitor = before.get(source.id) ?? this.createMonitor(source);
      monitor.rename(source);
      this.monitors.set(source.id, monitor);
    }
    this.duplicates.retainOnly(new Set(this.monitors.keys()));
    this.updateMonitoring();
    this.emitChange({ structure: true, nodes: new Set(), engines: true });
  }

  setVisible(visible: boolean) {
    this.visible = visible;
    this.updateMonitoring();
  }

  setResourcesShown(shown: boolean) {
    this.areResourcesShown = shown;
    for (const monitor of this.monitors.values()) monitor.resources.setActive(shown, monitor.status.listed);
  }

  keepPolling(): () => void {
    this.keepAliveCount++;
    this.updateMonitoring();
    let active = true;
    return () => {
      if (!active) return;
      active = false;
      this.keepAliveCount--;
      for (const [id, monitor] of this.monitors) {
        // Unit files may have changed.
        monitor.systemd?.schedule();
        this.detectDuplicates(id);
      }
      this.updateMonitoring();
    };
  }

  async refresh(): Promise<void> {
    await Promise.allSettled(
      this.visibleEngines().map(async (monitor) => {
        monitor.systemd?.schedule();
        await monitor.refresh();
        await monitor.queries.inspectAll();
      }),
    );
    this.updateMonitoring();
  }

  /** @param sibling see `Service.plan` */
  async plan<O extends PlanOptions>(scope: Scope, options: O, planner: Planner<O>, sibling?: Plan): Promise<Plan> {
    const known = sibling && this.refreshes.get(sibling);
    const refresh = known ?? (await refreshForPlan(this.monitors, scope.chosen, this.host.clock));
    const { unreachable, resources } = refresh;
    const { action = 'remove' } = options;
    const kind = action === 'remove' ? 'removal' : action;
    const id = `${kind}-${this.host.clock.wallTime().toString(36)}-${(++this.plans).toString(36)}`;
    const systemd = await this.managedNodes(scope);
    const found = { ...(unreachable.size > 0 && { unreachable }), ...(systemd && { systemd }) };
    const listed = withVolumeSizes(resources, this.sizes);
    await this.host.nextTurn?.();
    const planned = await planner(id, this.snapshot.graph, scope, { ...options, ...found }, listed);
    const plan = withSizes(planned, this.sizes);
    this.refreshes.set(plan, refresh);
    return plan;
  }

  /** Undefined if no container of the engines names a systemd unit. */
  private async managedNodes({ chosen }: Scope): Promise<PlanOptions['systemd']> {
    const ids = new Set(chosen.map(engineOf));
    const { graph } = this.snapshot;
    const isManaged = [...graph.nodes.values()].some(
      (node) => ids.has(engineOf(node.key)) && systemdUnitOf(node) !== undefined,
    );
    if (!isManaged) return undefined;
    const engines = [...ids].flatMap((id) => {
      const engine = this.observed.engine(id);
      return engine ? [[id, engine] as const] : [];
    });
    const machineOf = (id: EngineId) => this.monitors.get(id)?.systemd?.machine;
    return (await import('./managedNodes')).findManagedNodes(graph, new Map(engines), machineOf);
  }

  async listWithSizes(id: EngineId): Promise<readonly ResourceNode[]> {
    const engine = this.monitors.get(id)?.source.engine;
    if (!engine) throw new EngineError('unreachable', 'the connection was removed');
    const [listed, sizes] = await Promise.all([listResources(engine), measureSizesOrNone(engine, this.host.log)]);
    this.sizes = new Map([...this.sizes, ...sizes]);
    return withVolumeSizes(listed, sizes);
  }

  listResources(): Promise<ListedResources> {
    return listAllResources(this.visibleEngines());
  }

  notifyChanged(keys: Iterable<NodeKey>) {
    for (const key of keys) this.changedOperations.add(key);
    this.throttle.schedule(coalesce.run);
  }

  dispose() {
    this.throttle.dispose();
    for (const monitor of this.monitors.values()) monitor.dispose();
    this.monitors.clear();
    this.changes.dispose();
    this.connected.dispose();
    this.removed.dispose();
  }

  private createMonitor(source: EngineSource): EngineMonitor {
    const monitor = new EngineMonitor(source, this.host);
    monitor.resources.setActive(this.areResourcesShown, false);
    let before: EngineStatus['state'] = monitor.status.state;
    monitor.eventHub.onDidObserve.event(() => this.throttle.schedule(coalesce.observed));
    monitor.onDidChange.event(() => {
      const { state } = monitor.status;
      const hasChanged = state !== before;
      before = state;
      if (hasChanged && state === 'live') {
        this.connected.fire(source.id);
        this.duplicates.handleConnected(source.id);
      }
      if (hasChanged) {
        this.updateMonitoring();
        this.detectDuplicates(source.id);
      }
      this.throttle.flush();
    });
    return monitor;
  }

  private updateMonitoring() {
    for (const monitor of this.monitors.values()) {
      if (this.duplicates.isSuspended(monitor.source.id)) monitor.suspend();
      else if (this.visible || this.keepAliveCount > 0) monitor.start(this.keepAliveCount > 0);
      else monitor.stop();
    }
  }

  /** Connections must not be hidden during a run. */
  private detectDuplicates(id: EngineId) {
    if (this.keepAliveCount === 0) this.duplicates.checkDuplicates(id);
  }

  private visibleEngines(): EngineMonitor[] {
    return [...this.monitors.values()].filter((monitor) => !this.duplicates.isHidden(monitor.source.id));
  }

  private emitObserved() {
    let nodes = this.changedOperations;
    this.changedOperations = new Set();
    let structure = false;
    for (const monitor of this.monitors.values()) {
      const drained = monitor.observations.changes.drain();
      // A copy of ten thousand keys takes milliseconds.
      const isCopied = nodes.size > 0;
      if (!isCopied) nodes = drained.nodes;
      for (const key of drained.nodes) {
        if (isCopied) nodes.add(key);
        if (monitor.observations.isGone(key)) this.removed.fire(key);
      }
      structure ||= drained.structure;
      if (drained.structure) this.detectDuplicates(monitor.source.id);
    }
    if (!structure) for (const key of this.graph.namespaceDependents(nodes)) nodes.add(key);
    this.emitChange({ structure, nodes, engines: true });
  }

  private emitChange(change: GraphChange) {
    this.current = undefined;
    this.changes.fire(change);
  }

  private createSnapshot(): GraphSnapshot {
    const monitors = this.visibleEngines();
    const engines = new Map<EngineId, EngineStatus>(
      monitors.map((monitor) => {
        const { id } = monitor.source;
        return [id, { ...monitor.status, duplicates: this.duplicates.duplicatesOf(id).map(({ status }) => status) }];
      }),
    );
    const graph = this.graph.update(monitors.map(({ observations }) => observations));
    const resources = new Map(monitors.flatMap((monitor) => [...monitor.resources.current]));
    return { graph, resources, engines };
  }
}

/** The graph of all engines. Rebuilt only when nodes or edges change; a state change copies the node table and no edges. */
export class IncrementalGraph {
  private current = ContainerGraph.empty;
  private stores: readonly EngineStateStore[] = [];

  update(all: readonly EngineStateStore[]): ContainerGraph {
    let structure = all.length !== this.stores.length || all.some((one, at) => one !== this.stores[at]);
    this.stores = all;
    const changed: ContainerNode[] = [];
    for (const observations of all) {
      const changes = observations.changes.drainForGraph();
      structure ||= changes.structure;
      for (const key of changes.nodes) {
        const container = observations.containers.get(key);
        if (container) changed.push(container);
      }
    }
    if (structure) this.current = build(all);
    else if (changed.length > 0) this.current = this.current.withStates(changed);
    return this.current;
  }

  /** The containers that share a namespace of these nodes: whether they are cut off depends on the nodes' starts. */
  namespaceDependents(keys: Iterable<NodeKey>): NodeKey[] {
    return [...keys].flatMap((key) =>
      this.current.dependents(this.current.resolve(key)).flatMap((edge) => (sharesNamespace(edge) ? [edge.from] : [])),
    );
  }
}

function build(all: readonly EngineStateStore[]): ContainerGraph {
  const containers: ContainerNode[] = [];
  const pods: PodNode[] = [];
  const edges: GraphEdge[] = [];
  for (const observations of all) {
    for (const container of observations.containers.values()) containers.push(container);
    containers.push(...observations.units.stopped);
    for (const pod of observations.pods.values()) pods.push(pod);
    for (const edge of observations.edges()) edges.push(edge);
    for (const edge of composeEdges(observations.containers.values())) edges.push(edge);
  }
  const nameOf = (key: NodeKey) => all.map((one) => one.removedName(key)).find(Boolean);
  return ContainerGraph.build({ containers, pods, edges, nameOf });
}
