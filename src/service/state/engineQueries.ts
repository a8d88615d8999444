import { sleep } from '../../clock';
import type { EngineInfo } from '../../engine/engine';
import { EngineError } from '../../engine/error';
import { type ContainerNode, parseKey, type NodeKey } from '../../graph/model/model';
import type { CurrentState } from '../../graph/plan/report';
import type { EngineSource, ServiceDeps } from '../deps';
import { Throttle } from '../throttle';
import type { EngineEventHub } from './engineEventHub';
import { InspectionCacheSync } from './inspectionCache';
import { Inspects } from './inspects';
import type { EngineStateStore } from './stateStore';

/** Milliseconds for which inspect requests are coalesced. */
const inspectDelay = 100;
/** Milliseconds for which list requests after out-of-order events are coalesced. */
const listDelay = 1_000;
/** Milliseconds that callers wait for the pod list; a later response is still applied. */
const podListTimeout = 2000;

interface EngineQueriesDeps {
  readonly host: ServiceDeps;
  readonly observations: EngineStateStore;
  readonly eventHub: EngineEventHub;
  readonly source: () => EngineSource;
  readonly info: () => EngineInfo | undefined;
  /** The first list was applied. */
  readonly onListed: () => void;
  /** A list showed a change that no event reported. */
  readonly onUnreported: () => void;
  /** The time of the next inspect retry changed. */
  readonly onRetryDue: () => void;
}

/** Lists and inspects of one engine: coalesced, with limited concurrency. */
export class EngineQueries {
  private listed = false;
  /** The last gap in the event stream that no list has covered. */
  private gap: symbol | 'none' = Symbol('start');
  private readonly inspectThrottle: Throttle;
  private readonly inspectQueue = new Set<NodeKey>();
  private readonly listThrottle: Throttle;
  private readonly inspects: Inspects;
  private listing: Promise<void> | undefined;
  private nextListing: Promise<void> | undefined;
  private podListSuspensions = 0;
  /** The pod list follows the inspects, which show more. */
  private isPodListPending = false;
  private readonly cacheSync: InspectionCacheSync | undefined;

  constructor(private readonly deps: EngineQueriesDeps) {
    const { inspections, clock } = deps.host;
    this.cacheSync = inspections && new InspectionCacheSync(deps.source().id, inspections, deps.observations, clock);
    this.inspectThrottle = new Throttle(clock, () => this.inspectQueued());
    this.listThrottle = new Throttle(clock, () => void this.list().catch(this.warn));
    this.inspects = new Inspects({
      clock,
      log: deps.host.log,
      observations: deps.observations,
      refresh: (key) => this.refresh(key),
      ping: async () => void (await deps.source().engine.connect()),
      onFailed: () => {
        deps.eventHub.notify();
        deps.onRetryDue();
      },
    });
  }

  /** Whether the containers have been listed at least once. */
  get hasListed(): boolean {
    return this.listed;
  }

  /** Starts to load cached inspections. */
  prepare() {
    this.cacheSync?.prepare();
  }

  dispose() {
    this.inspectThrottle.dispose();
    this.listThrottle.dispose();
    this.cacheSync?.dispose();
  }

  /** After a reconnect: retries failed inspects without backoff. */
  retryInspects() {
    this.inspects.clearFailures();
  }

  /** Milliseconds until the next retry of a failed inspect. */
  get inspectsDueIn(): number {
    return this.inspects.dueIn;
  }

  /** Suspends pod lists until the returned function is called: Podman blocks them while it removes a pod. */
  suspendPodListing(): () => void {
    this.podListSuspensions++;
    return () => void this.podListSuspensions--;
  }

  /** Containers and the pods they name, by a list requested after this call. */
  async refreshList(): Promise<Map<NodeKey, CurrentState>> {
    const list = await this.applyList();
    this.deps.eventHub.notify();
    const states = new Map<NodeKey, CurrentState>();
    for (const node of list) {
      states.set(node.key, this.deps.observations.withDetails(node).state);
      if (node.pod) states.set(node.pod, 'present');
    }
    return states;
  }

  /** Resolves when each listed container is inspected, failed or timed out; rejects when the engine is unreachable. */
  async inspectAll(): Promise<void> {
    if (this.cacheSync) {
      await this.cacheSync.restore(this.deps.info()?.capabilities.killPreventsRestart === false);
      this.deps.eventHub.notify();
    }
    await this.inspects.all();
    await this.inspects.each(this.deps.observations.missingTimes());
    const isPodListPending = this.isPodListPending;
    this.isPodListPending = false;
    if (this.needsNamespaces && this.deps.observations.hasUnlistedNamespaces) await this.list().catch(this.warn);
    else if (isPodListPending) await this.waitForPods(this.listPods());
  }

  /** One inspect, without the cache; see `EngineStateView.refresh`. */
  async refresh(key: NodeKey): Promise<boolean> {
    const requestedAt = this.deps.observations.nextVersion();
    let isConsistent = true;
    try {
      isConsistent = this.deps.observations.applyInspection(await this.deps.source().engine.inspect(key), requestedAt);
      this.cacheSync?.scheduleSave();
    } catch (thrown) {
      const error = EngineError.from(thrown);
      if (error.reason !== 'gone') throw error;
      this.deps.eventHub.notifyRemoved(key);
    }
    this.deps.eventHub.onDidReceive.fire();
    this.deps.eventHub.notify();
    return isConsistent;
  }

  /** A list requested after this call; concurrent callers share the next one. */
  list(): Promise<void> {
    if (!this.listing) return (this.listing = this.fetchList().finally(() => (this.listing = undefined)));
    return (this.nextListing ??= this.listing
      .catch(() => undefined)
      .then(() => {
        this.nextListing = undefined;
        return this.list();
      }));
  }

  private async fetchList() {
    // The view shows containers first: no other request may delay the first list and its inspects.
    const isFirst = !this.listed;
    const pods = isFirst ? undefined : this.listPods();
    await this.applyList();
    if (isFirst) {
      this.isPodListPending = true;
      this.listed = true;
      this.deps.onListed();
    }
    this.deps.eventHub.notify();
    if (pods) await this.waitForPods(pods);
  }

  private async waitForPods(pods: Promise<void>) {
    const waiting = new AbortController();
    await Promise.race([pods, sleep(this.deps.host.clock, podListTimeout, waiting.signal)]);
    waiting.abort();
  }

  /** Of an engine that lists them. */
  private get needsNamespaces(): boolean {
    return this.deps.observations.sharesNamespaces && this.deps.info()?.capabilities.pods === true;
  }

  private async applyList(): Promise<readonly ContainerNode[]> {
    const { observations, eventHub, source } = this.deps;
    const requestedAt = observations.nextVersion();
    const [isFirst, gap] = [!this.listed, this.gap];
    const list = await source().engine.listContainers({ namespaces: this.needsNamespaces });
    const differs = observations.applyContainers(list, requestedAt, gap !== 'none');
    if (this.gap === gap) this.gap = 'none';
    if (differs && !isFirst && gap === 'none') this.deps.onUnreported();
    eventHub.onActivity.fire();
    eventHub.onDidReceive.fire();
    return list;
  }

  private async listPods(): Promise<void> {
    if (!this.deps.info()?.capabilities.pods || this.podListSuspensions > 0) return;
    const requestedAt = this.deps.observations.nextVersion();
    try {
      this.deps.observations.applyPods(await this.deps.source().engine.listPods(), requestedAt);
      this.deps.eventHub.notify();
    } catch (thrown) {
      // Containers name their pods; only empty pods are missing.
      this.deps.host.log.warn(`pods of ${this.deps.source().label}: ${EngineError.from(thrown).message}`);
    }
  }

  /** Changes before the next list request may be unreported. */
  expectGap() {
    this.gap = Symbol('gap');
  }

  scheduleList() {
    this.listThrottle.schedule(listDelay);
  }

  private readonly warn = (thrown: unknown) =>
    this.deps.host.log.warn(`${this.deps.source().label}: ${EngineError.from(thrown).message}`);

  scheduleInspect(key: NodeKey) {
    this.inspectQueue.add(key);
    this.inspectThrottle.schedule(inspectDelay);
  }

  private inspectQueued() {
    const keys = [...this.inspectQueue];
    this.inspectQueue.clear();
    const containers = keys.filter((one) => parseKey(one).kind === 'container');
    const work = this.inspects.each(containers);
    const pods = containers.length < keys.length ? this.list() : undefined;
    Promise.all([work, pods]).catch(this.warn);
  }
}
