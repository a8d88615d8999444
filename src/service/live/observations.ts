import type { EngineEvent, Inspection } from '../../engine/engine';
import { withRestarting } from '../../graph/model';
import type {
  ContainerDetails,
  ContainerNode,
  ContainerState,
  GraphEdge,
  KeptOut,
  NodeKey,
  PodNode,
} from '../../graph/model';
import { Changes } from './changes';
import type { Remembered } from './inspectionFiles';

/** A moment in the order in which things were asked and told. */
export type Moment = number;

/** What an inspect says that no list does. */
interface Told {
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
export class Observations {
  readonly containers = new Map<NodeKey, ContainerNode>();
  readonly pods = new Map<NodeKey, PodNode>();
  private readonly noted = new Changes();
  readonly changes: Pick<Changes, 'any' | 'take' | 'takeUndrawn' | 'version'> = this.noted;
  private readonly inspections = new Map<NodeKey, Told>();
  /** Why containers have no details. */
  private readonly withoutDetails = new Map<NodeKey, KeptOut>();
  /** When something other than a list last told of a node. */
  private readonly told = new Map<NodeKey, Moment>();
  private readonly tombstones = new Map<NodeKey, Moment>();
  /** When what is gone last started, as far as was told before or after it went. */
  private readonly lastStarts = new Map<NodeKey, number>();
  private moment: Moment = 0;

  /** Taken before a question is sent. */
  ask(): Moment {
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
      if (container.infra || this.inspections.has(container.key)) continue;
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
    this.put(this.withDetails(node));
  }

  *edges(): Iterable<GraphEdge> {
    for (const inspection of this.inspections.values()) yield* inspection.edges;
  }

  /** All that inspects told of containers that are there. */
  inspected(): Remembered[] {
    const all: Remembered[] = [];
    for (const [key, { edges, details, service }] of this.inspections) {
      if (details && this.containers.has(key)) all.push({ key, edges, details, service });
    }
    return all;
  }

  /** Takes an inspect of an earlier day for true, where the container is listed and was not inspected since. */
  recall({ key, edges, details, service }: Remembered) {
    const node = this.containers.get(key);
    if (!node || this.inspections.has(key)) return;
    this.withoutDetails.delete(key);
    this.inspections.set(key, { edges, details, service });
    if (edges.length > 0) this.noted.restructure();
    this.noted.countOne();
    this.put(withRestarting({ ...node, details, service, keptOut: withDetails(node.keptOut) }));
  }

  /** @returns whether containers came, went, started or ended: what an event should have told before */
  applyContainers(list: readonly ContainerNode[], asked: Moment): boolean {
    const listed = new Set<NodeKey>();
    let differs = false;
    for (const node of list) {
      listed.add(node.key);
      if (!this.isNews(node.key, asked)) continue;
      const before = this.containers.get(node.key);
      differs ||= before === undefined || (before.state === 'running') !== (node.state === 'running');
      this.put(this.withDetails(node));
    }
    for (const key of [...this.containers.keys()]) {
      if (listed.has(key) || !this.isNews(key, asked)) continue;
      differs = true;
      this.drop(key, asked);
    }
    return differs;
  }

  applyPods(list: readonly PodNode[], asked: Moment) {
    const listed = new Set<NodeKey>();
    for (const pod of list) {
      listed.add(pod.key);
      if (this.isNews(pod.key, asked)) this.putPod(pod);
    }
    for (const key of [...this.pods.keys()]) {
      if (!listed.has(key) && this.isNews(key, asked)) this.drop(key, asked);
    }
  }

  /** @returns whether its state is taken for true: false where an event overtook the answer, which may be of an older time */
  applyInspection(inspection: Inspection, asked: Moment): boolean {
    const { key } = inspection.node;
    if (this.tombstones.has(key) && (this.tombstones.get(key) ?? 0) >= asked) return true;
    const { edges, node } = inspection;
    this.withoutDetails.delete(key);
    const known = this.inspections.get(key);
    this.inspections.set(key, { edges, details: node.details, service: node.service });
    // Asked again, a container most often says what it said before.
    if (known ? !sameEdges(known.edges, edges) : edges.length > 0) this.noted.restructure();
    this.noted.countOne();
    const before = this.containers.get(key);
    // A state that an event told after the question was asked is newer than the answer's.
    const told = this.told.get(key) ?? 0;
    const stale = before !== undefined && told > asked;
    this.told.set(key, Math.max(told, asked));
    const { state, exitCode, justEnded } = before ?? node;
    this.put(stale ? { ...node, state, exitCode, justEnded } : node);
    return !stale;
  }

  /**
   * Applies an event at once where it says all there is to know.
   * @returns whether the node must be asked about, because the event alone does not tell
   */
  applyEvent(event: EngineEvent): boolean {
    const { key, action } = event;
    if (action === 'remove') {
      this.noteGone(key);
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
    this.told.set(key, ++this.moment);
    const hasDied = action === 'died';
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
    this.put(mayComeBack ? between : after);
    return mayComeBack;
  }

  /** The engine no longer knows the node; whatever a list asked before this says. */
  noteGone(key: NodeKey) {
    this.drop(key, ++this.moment);
  }

  /** When a container last started, also one that is gone, in milliseconds since the epoch. */
  startOf(key: NodeKey): number | undefined {
    return this.containers.get(key)?.startedAt ?? this.lastStarts.get(key);
  }

  /** A container that was made since: kept although a list asked earlier does not hold it. */
  private isNews(key: NodeKey, asked: Moment): boolean {
    return asked > (this.told.get(key) ?? 0) && asked > (this.tombstones.get(key) ?? 0);
  }

  private drop(key: NodeKey, at: Moment) {
    this.tombstones.set(key, at);
    if (this.tombstones.size > mostTombstones) this.forgetOldest();
    this.inspections.delete(key);
    this.withoutDetails.delete(key);
    this.told.delete(key);
    const startedAt = this.containers.get(key)?.startedAt;
    if (startedAt !== undefined) this.lastStarts.set(key, startedAt);
    const had = this.containers.delete(key) || this.pods.delete(key);
    if (had) {
      this.noted.countOne();
      this.noted.restructure();
      this.noted.note(key);
    }
  }

  /** Ids never come back, and a list asked so long ago has long been answered. */
  private forgetOldest() {
    let left = mostTombstones / 2;
    for (const key of this.tombstones.keys()) {
      if (left-- <= 0) return;
      this.tombstones.delete(key);
      this.lastStarts.delete(key);
    }
  }

  private put(node: ContainerNode) {
    const before = this.containers.get(node.key);
    if (before && same(before, node)) return;
    this.noted.countOne();
    this.tombstones.delete(node.key);
    this.containers.set(node.key, node);
    this.noted.note(node.key);
    if (node.pod) this.noted.noteBeside(node.pod);
    const standsThere =
      before !== undefined && before.pod === node.pod && before.infra === node.infra && before.name === node.name;
    if (!standsThere) this.noted.restructure();
  }

  private putPod(pod: PodNode) {
    const before = this.pods.get(pod.key);
    const isSame =
      before?.name === pod.name &&
      before.infra === pod.infra &&
      !before.keptOut === !pod.keptOut &&
      (before.finishedInits ?? []).join() === (pod.finishedInits ?? []).join();
    if (isSame) return;
    this.noted.countOne();
    this.tombstones.delete(pod.key);
    this.pods.set(pod.key, pod);
    this.noted.note(pod.key);
    this.noted.restructure();
  }

  /** A list says less than an inspect: what is known of the container stays with it. */
  withDetails(node: ContainerNode): ContainerNode {
    const known = this.inspections.get(node.key);
    if (known) return withRestarting({ ...node, details: known.details, service: known.service });
    if (node.keptOut?.kind === 'ambiguousId') return node;
    const keptOut = this.withoutDetails.get(node.key);
    return keptOut ? { ...node, keptOut } : node;
  }
}

const stateAfter: Partial<Record<EngineEvent['action'], ContainerState>> = {
  start: 'running',
  unpause: 'running',
  pause: 'paused',
  died: 'exited',
};

/** What is left of the reasons to keep a container out once it has details. */
function withDetails(keptOut: KeptOut | undefined): KeptOut | undefined {
  return keptOut?.kind === 'noDetails' ? undefined : keptOut;
}

function sameEdges(a: readonly GraphEdge[], b: readonly GraphEdge[]): boolean {
  return a.length === b.length && JSON.stringify(a) === JSON.stringify(b);
}

/** Field by field, one level of lists and labels deep: enough for what an engine tells of a container. */
function same(a: ContainerNode, b: ContainerNode): boolean {
  if ((a.keptOut === undefined) !== (b.keptOut === undefined)) return false;
  return (Object.keys(b) as (keyof ContainerNode)[]).every((field) => {
    const [x, y] = [a[field], b[field]];
    return x === y || (typeof x === 'object' && typeof y === 'object' && JSON.stringify(x) === JSON.stringify(y));
  });
}
