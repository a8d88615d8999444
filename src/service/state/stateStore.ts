import type { EngineEvent, Inspection } from '../../engine/engine';
import {
  type ContainerDetails,
  type ContainerNode,
  type GraphEdge,
  type Health,
  isActive,
  isUp,
  type Unmanageable,
  type NodeKey,
  type PodNode,
  withRestarting,
} from '../../graph/model/model';
import { sharesNamespace } from '../../graph/model/namespaceState';
import { ChangeTracker } from './changeTracker';
import {
  healthAfter,
  isSameStart,
  lastReported,
  listedResources,
  SharedDetails,
  stateAfter,
  withKnown,
  withSharedShape,
} from './containerUpdates';
import { SystemdUnitStates } from './systemdUnitStates';

/** A sequence number shared by requests and events. */
type Version = number;

/** Inspection data of a container that never changes. */
export interface CachedInspection {
  readonly key: NodeKey;
  readonly edges: readonly GraphEdge[];
  readonly details: ContainerDetails;
  readonly service: boolean;
}

/** Data that only an inspect returns. */
interface InspectionData {
  readonly edges: readonly GraphEdge[];
  readonly details: ContainerDetails | undefined;
  readonly service: boolean;
}

const maxTombstones = 20_000;

/**
 * The observed state of one engine. Every request takes a sequence number before it is sent, every event one on arrival; a
 * response is ignored for nodes with a newer update. A removed node stays removed for all lists requested earlier.
 */
export class EngineStateStore {
  readonly containers = new Map<NodeKey, ContainerNode>();
  readonly pods = new Map<NodeKey, PodNode>();
  readonly units = new SystemdUnitStates();
  /** Whether a container was in a pod or shared namespaces of another, so that the ids of namespaces matter. */
  sharesNamespaces = false;
  private readonly tracker = new ChangeTracker();
  readonly changes: Pick<ChangeTracker, 'any' | 'drain' | 'drainForGraph' | 'version'> = this.tracker;
  private readonly inspections = new Map<NodeKey, InspectionData>();
  /** Why a container has no details. */
  private readonly missingDetails = new Map<NodeKey, Unmanageable>();
  /** The last event or inspect of each node. */
  private readonly updatedAt = new Map<NodeKey, Version>();
  private readonly tombstones = new Map<NodeKey, Version>();
  private readonly removed = new Map<NodeKey, Partial<Pick<ContainerNode, 'name' | 'startedAt'>>>();
  private readonly sharedDetails = new SharedDetails();
  private lastVersion: Version = 0;
  /** Of the newest applied list. */
  private listedAt: Version = 0;

  /** Call before sending a request. */
  nextVersion(): Version {
    return ++this.lastVersion;
  }

  /** What a view shows besides the graph has changed. */
  markPresentationChanged() {
    this.tracker.markPresentationStructureChanged();
    this.tracker.bumpVersion();
  }

  isGone(key: NodeKey): boolean {
    return this.tombstones.has(key);
  }

  /** Containers to inspect. Edges and details never change, so one inspect each suffices; infra containers need none. */
  uninspected(): NodeKey[] {
    const missing: NodeKey[] = [];
    for (const container of this.containers.values()) {
      if (container.isInfra || this.inspections.has(container.key)) continue;
      // The engine would resolve the id to another container.
      if (container.unmanageable?.kind !== 'ambiguousId') missing.push(container.key);
    }
    return missing;
  }

  /** Containers whose times decide whether they are cut off from a base, and that only an inspect reports (Docker). */
  missingTimes(): NodeKey[] {
    const keys = new Set<NodeKey>();
    for (const { edges } of this.inspections.values())
      for (const edge of edges) if (sharesNamespace(edge)) keys.add(edge.from).add(edge.to);
    return [...keys].filter((key) => {
      const container = this.containers.get(key);
      if (!container) return false;
      const { state, startedAt, finishedAt } = container;
      return isUp(state) ? startedAt === undefined : state === 'exited' && finishedAt === undefined;
    });
  }

  get hasUnlistedNamespaces(): boolean {
    return [...this.containers.values()].some(({ namespaces }) => namespaces === '');
  }

  /** Number of containers that wait for their first inspect. */
  get pending(): number {
    return this.uninspected().filter((key) => !this.missingDetails.has(key)).length;
  }

  /** Records a failed inspect; data of an earlier inspect stays valid. */
  markDetailsMissing(key: NodeKey, text: string) {
    const node = this.containers.get(key);
    if (!node || this.inspections.has(key)) return;
    this.missingDetails.set(key, { kind: 'noDetails', text });
    this.upsert(this.withDetails(node));
  }

  *edges(): Iterable<GraphEdge> {
    for (const inspection of this.inspections.values()) yield* inspection.edges;
    yield* this.units.edges((key) => this.containers.has(key) || this.pods.has(key));
  }

  /** Inspection data of existing containers, for the cache. */
  inspected(): CachedInspection[] {
    const all: CachedInspection[] = [];
    for (const [key, { edges, details, service }] of this.inspections) {
      if (details && this.containers.has(key)) all.push({ key, edges, details, service });
    }
    return all;
  }

  /** Applies a cached inspection if the container is listed and not inspected yet. */
  restoreInspection({ key, edges, details: own, service: isKubeService }: CachedInspection) {
    const details = this.sharedDetails.share(own);
    const node = this.containers.get(key);
    if (!node || this.inspections.has(key)) return;
    this.missingDetails.delete(key);
    this.inspections.set(key, { edges, details, service: isKubeService });
    this.sharesNamespaces ||= edges.some(sharesNamespace);
    if (edges.length > 0) this.tracker.markStructureChanged();
    this.tracker.bumpVersion();
    this.upsert(
      withRestarting({ ...node, details, isKubeService, unmanageable: withoutMissingDetails(node.unmanageable) }),
    );
  }

  /**
   * Ignores a list that was requested before one already applied.
   *
   * @param hasGap whether events may have been missed since the last list
   * @returns whether the list shows changes that events should have updated: new, removed, started or exited containers
   */
  applyContainers(list: readonly ContainerNode[], requestedAt: Version, hasGap = false): boolean {
    if (requestedAt < this.listedAt) return false;
    this.listedAt = requestedAt;
    const known = [...this.containers.keys()];
    let differs = false;
    for (const node of list) {
      const before = this.containers.get(node.key);
      if (!this.isNewer(node.key, requestedAt)) {
        // Only lists have the name of its pod, which events since then have not changed.
        if (before && before.pod === node.pod && before.podName === undefined && node.podName !== undefined)
          this.upsert({ ...before, podName: node.podName });
        continue;
      }
      differs ||= before === undefined || (before.state === 'running') !== (node.state === 'running');
      this.upsert(this.withDetails(withKnown(node, before, hasGap)), node);
    }
    const listed = known.length > 0 ? new Set(list.map(({ key }) => key)) : undefined;
    for (const key of known) {
      if (listed?.has(key) || !this.isNewer(key, requestedAt)) continue;
      differs = true;
      this.drop(key, requestedAt);
    }
    return differs;
  }

  applyPods(list: readonly PodNode[], requestedAt: Version) {
    const listed = new Set<NodeKey>();
    for (const pod of list) {
      listed.add(pod.key);
      if (this.isNewer(pod.key, requestedAt)) this.putPod(pod);
    }
    for (const key of [...this.pods.keys()]) {
      if (!listed.has(key) && this.isNewer(key, requestedAt)) this.drop(key, requestedAt);
    }
  }

  /** @returns false if an event or a list is newer than the request, so that the response's state may be older and is ignored */
  applyInspection(inspection: Inspection, requestedAt: Version): boolean {
    const { key } = inspection.node;
    if (this.tombstones.has(key) && (this.tombstones.get(key) ?? 0) >= requestedAt) return true;
    const { edges } = inspection;
    const node = { ...inspection.node, details: this.sharedDetails.share(inspection.node.details) };
    this.missingDetails.delete(key);
    const known = this.inspections.get(key);
    this.inspections.set(key, { edges, details: node.details, service: node.isKubeService });
    this.sharesNamespaces ||= edges.some(sharesNamespace);
    if (known ? !sameEdges(known.edges, edges) : edges.length > 0) this.tracker.markStructureChanged();
    this.tracker.bumpVersion();
    const before = this.containers.get(key);
    const updated = this.updatedAt.get(key) ?? 0;
    const listShowsChange = this.listedAt > requestedAt && before?.state !== node.state;
    const stale = before !== undefined && (updated > requestedAt || listShowsChange);
    this.updatedAt.set(key, Math.max(updated, requestedAt));
    if (!before) this.upsert(node);
    else if (stale) this.upsert({ ...node, ...listedResources(before, node), ...lastReported(before, node) });
    else {
      const namespaces = isSameStart(node, before) ? before.namespaces : undefined;
      this.upsert({ ...node, ...listedResources(before, node), namespaces });
    }
    return !stale;
  }

  /** @returns whether the node must be inspected because the event alone is not sufficient */
  applyEvent(event: EngineEvent): boolean {
    const { key, action } = event;
    if (action === 'remove') {
      this.markRemoved(key);
      return false;
    }
    if (this.tombstones.has(key)) {
      if (action === 'start') this.removed.set(key, { ...this.removed.get(key), startedAt: event.at });
      return false;
    }
    const node = this.containers.get(key);
    if (!node) return action !== 'other' && action !== 'health' && !this.pods.has(key);
    if (action === 'health') return this.applyHealth(node, event.health);
    // After an exit, the engine cleans up or restarts the container: inspect to find out.
    if (action === 'other' && node.justEnded) return true;
    const state = action === 'stop' && node.justEnded ? 'exited' : stateAfter[action];
    if (state === undefined) return action === 'rename' || action === 'update' || action === 'create';
    this.updatedAt.set(key, ++this.lastVersion);
    const hasExited = action === 'exit';
    const startedAt = action === 'start' ? event.at : node.startedAt;
    const after = {
      ...node,
      state,
      exitCode: hasExited ? event.exitCode : node.exitCode,
      startedAt,
      finishedAt: hasExited ? event.at : node.finishedAt,
      namespaces: action === 'start' || hasExited ? undefined : node.namespaces,
      ...healthAfter(action, node),
      justEnded: undefined,
    };
    const exited = hasExited ? withRestarting({ ...after, justEnded: true }) : after;
    const mayRestart = exited.state === 'restarting';
    this.upsert(mayRestart ? exited : after);
    return mayRestart;
  }

  /** @returns whether an inspect is needed: for an unknown result, and for the output of a check that fails */
  private applyHealth(node: ContainerNode, health: Health | undefined): boolean {
    if (health === undefined) return true;
    if (health === node.health || !isActive(node.state)) return false;
    this.updatedAt.set(node.key, ++this.lastVersion);
    this.upsert({ ...node, health, lastCheck: undefined });
    return health === 'unhealthy';
  }

  /** Replaces the states of all systemd units, and with them their edges and the nodes of those without a container. */
  applyUnits(requestedAt: Version, ...[states, edges, stopped]: Parameters<SystemdUnitStates['replace']>) {
    const present = stopped.filter(({ key }) => this.isNewer(key, requestedAt));
    for (const { key } of present) this.tombstones.delete(key);
    this.units.replace(states, edges, present);
    this.tracker.bumpVersion();
    this.tracker.markStructureChanged();
    for (const container of this.containers.values()) this.upsert(container);
    for (const pod of this.pods.values()) this.putPod(pod);
  }

  /** The node stays removed for all lists requested earlier. */
  markRemoved(key: NodeKey) {
    this.drop(key, ++this.lastVersion);
  }

  /** When a container last started, also if removed, in milliseconds since the epoch. */
  startOf(key: NodeKey): number | undefined {
    return this.containers.get(key)?.startedAt ?? this.removed.get(key)?.startedAt;
  }

  removedName(key: NodeKey): string | undefined {
    return this.removed.get(key)?.name;
  }

  private isNewer(key: NodeKey, requestedAt: Version): boolean {
    return requestedAt > (this.updatedAt.get(key) ?? 0) && requestedAt > (this.tombstones.get(key) ?? 0);
  }

  private drop(key: NodeKey, at: Version) {
    this.tombstones.set(key, at);
    if (this.tombstones.size > maxTombstones) this.trimTombstones();
    this.inspections.delete(key);
    this.missingDetails.delete(key);
    this.updatedAt.delete(key);
    const container = this.containers.get(key);
    if (container) this.removed.set(key, { name: container.name, startedAt: container.startedAt });
    this.units.track(container ?? this.pods.get(key), undefined);
    const existed = this.containers.delete(key) || this.pods.delete(key) || this.units.drop(key);
    if (existed) {
      this.tracker.bumpVersion();
      this.tracker.markStructureChanged();
      this.tracker.markChanged(key);
    }
  }

  /** Ids are never reused, and lists requested that long ago have ended. */
  private trimTombstones() {
    let excess = maxTombstones / 2;
    for (const key of this.tombstones.keys()) {
      if (excess-- <= 0) return;
      this.tombstones.delete(key);
      this.removed.delete(key);
    }
  }

  /** @param listed a node that needs no copy, because lists have the shape of `CompleteContainer` */
  private upsert(given: ContainerNode, listed?: ContainerNode) {
    const assigned = this.units.assign(given);
    const before = this.containers.get(assigned.key);
    this.units.track(before, assigned);
    if (before && shallowEqual(before, assigned)) return;
    const node = assigned === listed && !before ? assigned : withSharedShape(assigned, before);
    this.tracker.bumpVersion();
    this.tombstones.delete(node.key);
    this.containers.set(node.key, node);
    this.tracker.markChanged(node.key);
    if (node.pod) {
      this.sharesNamespaces = true;
      this.tracker.markPresentationChanged(node.pod);
    }
    const sameStructure =
      before !== undefined && before.pod === node.pod && before.isInfra === node.isInfra && before.name === node.name;
    if (!sameStructure) this.tracker.markStructureChanged();
  }

  private putPod(given: PodNode) {
    const pod = this.units.assign(given);
    this.units.track(this.pods.get(pod.key), pod);
    const before = this.pods.get(pod.key);
    const isSame =
      before?.name === pod.name &&
      before.infra === pod.infra &&
      before.systemdUnit === pod.systemdUnit &&
      !before.unmanageable === !pod.unmanageable &&
      (before.finishedInits ?? []).join() === (pod.finishedInits ?? []).join();
    if (isSame) return;
    this.tracker.bumpVersion();
    this.tombstones.delete(pod.key);
    this.pods.set(pod.key, pod);
    this.tracker.markChanged(pod.key);
    this.tracker.markStructureChanged();
  }

  /** Adds the inspected details to a listed container. */
  withDetails(node: ContainerNode): ContainerNode {
    const known = this.inspections.get(node.key);
    if (known) return withRestarting({ ...node, details: known.details, isKubeService: known.service });
    if (node.unmanageable?.kind === 'ambiguousId') return node;
    const unmanageable = this.missingDetails.get(node.key);
    return unmanageable ? { ...node, unmanageable } : node;
  }
}

function withoutMissingDetails(unmanageable: Unmanageable | undefined): Unmanageable | undefined {
  return unmanageable?.kind === 'noDetails' ? undefined : unmanageable;
}

function sameEdges(a: readonly GraphEdge[], b: readonly GraphEdge[]): boolean {
  return a.length === b.length && JSON.stringify(a) === JSON.stringify(b);
}

/** Compares arrays and labels by their JSON. */
function shallowEqual(a: ContainerNode, b: ContainerNode): boolean {
  if ((a.unmanageable === undefined) !== (b.unmanageable === undefined)) return false;
  return (Object.keys(b) as (keyof ContainerNode)[]).every((field) => {
    const [x, y] = [a[field], b[field]];
    return x === y || (typeof x === 'object' && typeof y === 'object' && JSON.stringify(x) === JSON.stringify(y));
  });
}
