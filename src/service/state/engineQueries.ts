import { sleep } from '../../clock';
import type { EngineInfo } from '../../engine/engine';
import { EngineError } from '../../engine/error';
import { type ContainerNode, keyDeps, type NodeKey } from '../../graph/model/model';
import type { CurrentState } from '../../graph/plan/report';
import type { EngineSource, ServiceDeps } from '../service';
import type { EngineEventHub } from './engineEventHub';
import { InspectionCacheSync } from './inspectionCacheSync';
import { Inspects } from './inspects';
import type { EngineStateStore } from './stateStore';

/** Milliseconds for which objects are gathered that must be asked about. */
const coalesce = 100;
/** The same for objects of which old events tell. */
const coalesceLists = 1_000;
/** How long pods may keep others waiting; they are taken in whenever they come. */
const podsPatience = 2000;

export interface QuestionDeps {
  readonly host: ServiceDeps;
  readonly observations: EngineStateStore;
  readonly eventHub: EngineEventHub;
  /** The engine, by the name it has now. */
  readonly source: () => EngineSource;
  readonly info: () => EngineInfo | undefined;
  /** The first list is there. */
  readonly onListed: () => void;
  /** A list shows what no event has told of. */
  readonly onUnreported: () => void;
  /** It has changed when a failed inspect is to be repeated. */
  readonly onRetryDue: () => void;
}

/** What one engine is asked: lists, and inspects of what is new; no more of them at once, and none twice, than must be. */
export class EngineQueries {
  private listed = false;
  /** The last gap in the events that no list has closed. */
  private gap: symbol | 'none' = Symbol('start');
  private refreshing: (() => void) | undefined;
  private readonly inspectQueue = new Set<NodeKey>();
  private listingSoon: (() => void) | undefined;
  private readonly inspects: Inspects;
  private listing: Promise<void> | undefined;
  private nextListing: Promise<void> | undefined;
  private podListSuspended = 0;
  /** Pods were not asked for yet: they come after what shows more. */
  private podListPending = false;
  private readonly memory: InspectionCacheSync | undefined;

  constructor(private readonly deps: QuestionDeps) {
    const { inspections, clock } = deps.host;
    this.memory = inspections && new InspectionCacheSync(deps.source().id, inspections, deps.observations, clock);
    this.inspects = new Inspects({
      clock,
      log: deps.host.log,
      observations: deps.observations,
      refresh: (key) => this.refresh(key),
      reach: async () => void (await deps.source().engine.connect()),
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

  /** Gets ready to be asked soon. */
  prepare() {
    this.memory?.prepare();
  }

  dispose() {
    this.refreshing?.();
    this.listingSoon?.();
    this.memory?.dispose();
  }

  /** The engine is there again: containers that could not be inspected are asked about at once. */
  retryInspects() {
    this.inspects.forgive();
  }

  /** Milliseconds until a container that could not be inspected is to be asked about again. */
  get inspectsDueIn(): number {
    return this.inspects.dueIn;
  }

  /** While held, pods are not listed: Podman answers that only when the pod under removal lets go of its lock. */
  suspendPodListing(): () => void {
    this.podListSuspended++;
    return () => void this.podListSuspended--;
  }

  /** The containers that the engine holds now, and the pods that they name, by a list asked after this call. */
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

  /**
   * Settles when every listed container has been inspected, could not be, or keeps the rest waiting; rejects when the engine is
   * out of reach.
   */
  async inspectAll(): Promise<void> {
    if (this.memory) {
      await this.memory.restore(this.deps.info()?.capabilities.killPreventsRestart === false);
      this.deps.eventHub.notify();
    }
    await this.inspects.all();
    if (!this.podListPending) return;
    this.podListPending = false;
    await this.withRetries(this.listPods());
  }

  /** One inspect, whatever is known already; see `Observed.look`. */
  async refresh(key: NodeKey): Promise<boolean> {
    const requestedAt = this.deps.observations.nextVersion();
    let isSure = true;
    try {
      isSure = this.deps.observations.applyInspection(await this.deps.source().engine.inspect(key), requestedAt);
      this.memory?.scheduleSave();
    } catch (thrown) {
      const error = EngineError.from(thrown);
      if (error.reason !== 'gone') throw error;
      this.deps.eventHub.notifyRemoved(key);
    }
    this.deps.eventHub.onDidReceive.fire();
    this.deps.eventHub.notify();
    return isSure;
  }

  /** A list asked after this call; callers who come while one is under way share the next one. */
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
    // What a view shows first comes from the containers alone, and then from their inspects: nothing else is to keep the
    // engine from answering these.
    const isFirst = !this.listed;
    const pods = isFirst ? undefined : this.listPods();
    await this.applyList();
    if (isFirst) {
      this.podListPending = true;
      this.listed = true;
      this.deps.onListed();
    }
    this.deps.eventHub.notify();
    if (pods) await this.withRetries(pods);
  }

  private async withRetries(pods: Promise<void>) {
    const waiting = new AbortController();
    await Promise.race([pods, sleep(this.deps.host.clock, podsPatience, waiting.signal)]);
    waiting.abort();
  }

  private async applyList(): Promise<readonly ContainerNode[]> {
    const { observations, eventHub, source } = this.deps;
    const requestedAt = observations.nextVersion();
    const [isFirst, gap] = [!this.listed, this.gap];
    const list = await source().engine.listContainers();
    const differs = observations.applyContainers(list, requestedAt);
    if (this.gap === gap) this.gap = 'none';
    if (differs && !isFirst && gap === 'none') this.deps.onUnreported();
    eventHub.onActivity.fire();
    eventHub.onDidReceive.fire();
    return list;
  }

  private async listPods(): Promise<void> {
    if (!this.deps.info()?.capabilities.pods || this.podListSuspended > 0) return;
    const requestedAt = this.deps.observations.nextVersion();
    try {
      this.deps.observations.applyPods(await this.deps.source().engine.listPods(), requestedAt);
      this.deps.eventHub.notify();
    } catch (thrown) {
      // Containers name their pods; only pods without containers are missed.
      this.deps.host.log.warn(`pods of ${this.deps.source().label}: ${EngineError.from(thrown).message}`);
    }
  }

  /** Until the next list was asked for, changes may have gone unreported. */
  expectGap() {
    this.gap = Symbol('gap');
  }

  /** Asks for a list in a moment, once for however many reasons. */
  listSoon() {
    this.listingSoon ??= this.deps.host.clock.after(coalesceLists, () => {
      this.listingSoon = undefined;
      this.list().catch(this.warn);
    });
  }

  private readonly warn = (thrown: unknown) =>
    this.deps.host.log.warn(`${this.deps.source().label}: ${EngineError.from(thrown).message}`);

  /** Asks about a node together with others, in a moment. */
  scheduleInspect(key: NodeKey) {
    this.inspectQueue.add(key);
    this.refreshing ??= this.deps.host.clock.after(coalesce, () => {
      this.refreshing = undefined;
      const keys = [...this.inspectQueue];
      this.inspectQueue.clear();
      const containers = keys.filter((one) => keyDeps(one).kind === 'container');
      const work = this.inspects.each(containers);
      const pods = containers.length < keys.length ? this.list() : undefined;
      Promise.all([work, pods]).catch(this.warn);
    });
  }
}
