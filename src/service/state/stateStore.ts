import type { EngineEvent, Inspection } from '../../engine/engine';
import {
  type ContainerDetails,
  type ContainerNode,
  type ContainerState,
  type GraphEdge,
  type KeptOut,
  type NodeKey,
  type PodNode,
  withRestarting,
} from '../../graph/model/model';
import { ChangeTracker } from './changeTracker';
import type { CachedInspection } from './inspectionCache';

/** A moment in the order in which things were asked and told. */
export type Version = number;

/** What an inspect says that no list does. */
interface NodeVersion {
  readonly edges: readonly GraphEdge[];
  readonly details: ContainerDetails | undefined;
  readonly service: boolean;
}

const mostTombstones = 20_000;

/**
 * What is known of one engine, kept true although answers overtake each other: each question takes a moment before it is
 * sent, each event one when it arrives, and what an answer says about a node counts only if nothing newer has been told
 * of that node since it was asked. What an event (or the engine, asked about just this node) called gone stays gone for
 * every list that was asked before.
 */
export class EngineStateStore {
  readonly containers = new Map<NodeKey, ContainerNode>();
  readonly pods = new Map<NodeKey, PodNode>();
  private readonly noted = new ChangeTracker();
  readonly changes: Pick<ChangeTracker, 'any' | 'apply' | 'drain' | 'version'> = this.noted;
  private readonly inspections = new Map<NodeKey, NodeVersion>();
  /** Why containers have no details. */
  private readonly withoutDetails = new Map<NodeKey, KeptOut>();
  /** When something other than a list last told of a node. */
  private readonly updatedAt = new Map<NodeKey, Version>();
  private readonly tombstones = new Map<NodeKey, Version>();
  /** When what is gone last started, as far as was told before or after it went. */
  private readonly lastStarts = new Map<NodeKey, number>();
  private moment: Version = 0;

  /** Taken before a question is sent. */
  nextVersion(): Version {
    return ++this.moment;
  }

  isGone(key: NodeKey): boolean {
    return this.tombstones.has(key);
  }

  /**
   * One inspect each is enough: edges and details never change once a container is made. Infra containers have no edges of
   * their own; their pod tells all that matters.
   */
  uninspected(): NodeKey[] {
    const missing: NodeKey[] = [];
    for (const container of this.containers.values()) {
      if (container.isInfra || this.inspections.has(container.key)) continue;
      // Asked by its id, the engine would answer about another one.
      if (container.keptOut?.kind !== 'ambiguousId') missing.push(container.key);
    }
    return missing;
  }

  /** Containers that wait for their first inspect. */
  get pending(): number {
    return this.uninspected().filter((key) => !this.withoutDetails.has(key)).length;
  }

  /** A container could not be inspected, for this reason. What an earlier inspect told still holds. */
  noteWithoutDetails(key: NodeKey, text: string) {
    const node = this.containers.get(key);
    if (!node || this.inspections.has(key)) return;
    this.withoutDetails.set(key, { kind: 'noDetails', text });
    this.upsert(this.withDetails(node));
  }

  *edges(): Iterable<GraphEdge> {
    for (const inspection of this.inspections.values()) yield* inspection.edges;
  }

  /** All that inspects told of containers that are there. */
  inspected(): CachedInspection[] {
    const all: CachedInspection[] = [];
    for (const [key, { edges, details, service }] of this.inspections) {
      if (details && this.containers.has(key)) all.push({ key, edges, details, service });
    }
    return all;
  }

  /** Takes an inspect of an earlier day for true, where the container is listed and was not inspected since. */
  restoreInspection({ key, edges, details, service: isKubeService }: CachedInspection) {
    const node = this.containers.get(key);
    if (!node || this.inspections.has(key)) return;
    this.withoutDetails.delete(key);
    this.inspections.set(key, { edges, details, service: isKubeService });
    if (edges.length > 0) this.noted.markStructureChanged();
    this.noted.bumpVersion();
    this.upsert(withRestarting({ ...node, details, isKubeService, keptOut: withDetails(node.keptOut) }));
  }

  /** @returns whether containers came, went, started or ended: what an event should have told before */
  applyContainers(list: readonly ContainerNode[], requestedAt: Version): boolean {
    const listed = new Set<NodeKey>();
    let differs = false;
    for (const node of list) {
      listed.add(node.key);
      if (!this.isNewer(node.key, requestedAt)) continue;
      const before = this.containers.get(node.key);
      differs ||= before === undefined || (before.state === 'running') !== (node.state === 'running');
      this.upsert(this.withDetails(node));
    }
    for (const key of [...this.containers.keys()]) {
      if (listed.has(key) || !this.isNewer(key, requestedAt)) continue;
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

  /** @returns whether its state is taken for true: false where an event overtook the answer, which may be of an older time */
  applyInspection(inspection: Inspection, requestedAt: Version): boolean {
    const { key } = inspection.node;
    if (this.tombstones.has(key) && (this.tombstones.get(key) ?? 0) >= requestedAt) return true;
    const { edges, node } = inspection;
    this.withoutDetails.delete(key);
    const known = this.inspections.get(key);
    this.inspections.set(key, { edges, details: node.details, service: node.isKubeService });
    // Asked again, a container most often says what it said before.
    if (known ? !sameEdges(known.edges, edges) : edges.length > 0) this.noted.markStructureChanged();
    this.noted.bumpVersion();
    const before = this.containers.get(key);
    // A state that an event told after the question was asked is newer than the answer's.
    const reported = this.updatedAt.get(key) ?? 0;
    const stale = before !== undefined && reported > requestedAt;
    this.updatedAt.set(key, Math.max(reported, requestedAt));
    const { state, exitCode, justEnded } = before ?? node;
    this.upsert(stale ? { ...node, state, exitCode, justEnded } : node);
    return !stale;
  }

  /**
   * Applies an event at once where it says all there is to know.
   * @returns whether the node must be asked about, because the event alone does not tell
   */
  applyEvent(event: EngineEvent): boolean {
    const { key, action } = event;
    if (action === 'remove') {
      this.markRemoved(key);
      return false;
    }
    if (this.tombstones.has(key)) {
      if (action === 'start') this.lastStarts.set(key, event.at);
      return false;
    }
    const node = this.containers.get(key);
    if (!node) return action !== 'other' && !this.pods.has(key);
    // What comes next after an exit: the engine cleans up, or starts it again. Only the engine can tell.
    if (action === 'other' && node.justEnded) return true;
    const state = action === 'stop' && node.justEnded ? 'exited' : stateAfter[action];
    if (state === undefined) return action === 'rename' || action === 'update' || action === 'create';
    this.updatedAt.set(key, ++this.moment);
    const hasDied = action === 'exit';
    const startedAt = action === 'start' ? event.at : node.startedAt;
    const after = {
      ...node,
      state,
      exitCode: hasDied ? event.exitCode : node.exitCode,
      startedAt,
      justEnded: undefined,
    };
    const between = hasDied ? withRestarting({ ...after, justEnded: true }) : after;
    const mayComeBack = between.state === 'restarting';
    this.upsert(mayComeBack ? between : after);
    return mayComeBack;
  }

  /** The engine no longer knows the node; whatever a list asked before this says. */
  markRemoved(key: NodeKey) {
    this.drop(key, ++this.moment);
  }

  /** When a container last started, also one that is gone, in milliseconds since the epoch. */
  startOf(key: NodeKey): number | undefined {
    return this.containers.get(key)?.startedAt ?? this.lastStarts.get(key);
  }

  /** A container that was made since: kept although a list asked earlier does not hold it. */
  private isNewer(key: NodeKey, requestedAt: Version): boolean {
    return requestedAt > (this.updatedAt.get(key) ?? 0) && requestedAt > (this.tombstones.get(key) ?? 0);
  }

  private drop(key: NodeKey, at: Version) {
    this.tombstones.set(key, at);
    if (this.tombstones.size > mostTombstones) this.trimTombstones();
    this.inspections.delete(key);
    this.withoutDetails.delete(key);
    this.updatedAt.delete(key);
    const startedAt = this.containers.get(key)?.startedAt;
    if (startedAt !== undefined) this.lastStarts.set(key, startedAt);
    const had = this.containers.delete(key) || this.pods.delete(key);
    if (had) {
      this.noted.bumpVersion();
      this.noted.markStructureChanged();
      this.noted.markNodeChanged(key);
    }
  }

  /** Ids never come back, and a list asked so long ago has long been answered. */
  private trimTombstones() {
    let left = mostTombstones / 2;
    for (const key of this.tombstones.keys()) {
      if (left-- <= 0) return;
      this.tombstones.delete(key);
      this.lastStarts.delete(key);
    }
  }

  private upsert(node: ContainerNode) {
    const before = this.containers.get(node.key);
    if (before && shallowEqual(before, node)) return;
    this.noted.bumpVersion();
    this.tombstones.delete(node.key);
    this.containers.set(node.key, node);
    this.noted.markNodeChanged(node.key);
    if (node.pod) this.noted.markChanged(node.pod);
    const standsThere =
      before !== undefined && before.pod === node.pod && before.isInfra === node.isInfra && before.name === node.name;
    if (!standsThere) this.noted.markStructureChanged();
  }

  private putPod(pod: PodNode) {
    const before = this.pods.get(pod.key);
    const isSame =
      before?.name === pod.name &&
      before.isInfra === pod.isInfra &&
      !before.keptOut === !pod.keptOut &&
      (before.finishedInits ?? []).join() === (pod.finishedInits ?? []).join();
    if (isSame) return;
    this.noted.bumpVersion();
    this.tombstones.delete(pod.key);
    this.pods.set(pod.key, pod);
    this.noted.markNodeChanged(pod.key);
    this.noted.markStructureChanged();
  }

  /** A list says less than an inspect: what is known of the container stays with it. */
  withDetails(node: ContainerNode): ContainerNode {
    const known = this.inspections.get(node.key);
    if (known) return withRestarting({ ...node, details: known.details, isKubeService: known.service });
    if (node.keptOut?.kind === 'ambiguousId') return node;
    const keptOut = this.withoutDetails.get(node.key);
    return keptOut ? { ...node, keptOut } : node;
  }
}

const stateAfter: Partial<Record<EngineEvent['action'], ContainerState>> = {
  start: 'running',
  unpause: 'running',
  pause: 'paused',
  exit: 'exited',
};

/** What is left of the reasons to keep a container out once it has details. */
function withDetails(keptOut: KeptOut | undefined): KeptOut | undefined {
  return keptOut?.kind === 'noDetails' ? undefined : keptOut;
}

function sameEdges(a: readonly GraphEdge[], b: readonly GraphEdge[]): boolean {
  return a.length === b.length && JSON.stringify(a) === JSON.stringify(b);
}

/** Field by field, one level of lists and labels deep: enough for what an engine tells of a container. */
function shallowEqual(a: ContainerNode, b: ContainerNode): boolean {
  if ((a.keptOut === undefined) !== (b.keptOut === undefined)) return false;
  return (Object.keys(b) as (keyof ContainerNode)[]).every((field) => {
    const [x, y] = [a[field], b[field]];
    return x === y || (typeof x === 'object' && typeof y === 'object' && JSON.stringify(x) === JSON.stringify(y));
  });
}
