import type { EngineInfo } from '../../engine/engine';
import { EngineError } from '../../engine/error';
import { sleep } from '../../clock';
import type { ContainerNode, NodeKey } from '../../graph/model';
import type { CurrentState } from '../../graph/report';
import { keyParts } from '../../graph/model';
import type { EngineSource, ServiceHost } from '../service';
import { Inspects } from './inspects';
import { Memory } from './memory';
import type { Observations } from './observations';
import type { Signs } from './signs';

/** Milliseconds for which objects are gathered that must be asked about. */
const coalesce = 100;
/** The same for objects of which old events tell. */
const coalesceLists = 1_000;
/** How long pods may keep others waiting; they are taken in whenever they come. */
const podsPatience = 2000;

export interface QuestionParts {
  readonly host: ServiceHost;
  readonly observations: Observations;
  readonly signs: Signs;
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
export class Questions {
  private listed = false;
  /** The last gap in the events that no list has closed. */
  private gap: symbol | 'none' = Symbol('start');
  private looking: (() => void) | undefined;
  private readonly toLookAt = new Set<NodeKey>();
  private listingSoon: (() => void) | undefined;
  private readonly inspects: Inspects;
  private listing: Promise<void> | undefined;
  private nextListing: Promise<void> | undefined;
  private podsHeld = 0;
  /** Pods were not asked for yet: they come after what shows more. */
  private podsOwed = false;
  private readonly memory: Memory | undefined;

  constructor(private readonly parts: QuestionParts) {
    const { inspections, clock } = parts.host;
    this.memory = inspections && new Memory(parts.source().id, inspections, parts.observations, clock);
    this.inspects = new Inspects({
      clock,
      log: parts.host.log,
      observations: parts.observations,
      look: (key) => this.look(key),
      reach: async () => void (await parts.source().engine.connect()),
      onFailed: () => {
        parts.signs.tell();
        parts.onRetryDue();
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
    this.looking?.();
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
  holdPods(): () => void {
    this.podsHeld++;
    return () => void this.podsHeld--;
  }

  /** The containers that the engine holds now, and the pods that they name, by a list asked after this call. */
  async relist(): Promise<Map<NodeKey, CurrentState>> {
    const list = await this.takeList();
    this.parts.signs.tell();
    const states = new Map<NodeKey, CurrentState>();
    for (const node of list) {
      states.set(node.key, this.parts.observations.withDetails(node).state);
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
      await this.memory.recall(this.parts.info()?.capabilities.signalIsStop === false);
      this.parts.signs.tell();
    }
    await this.inspects.all();
    if (!this.podsOwed) return;
    this.podsOwed = false;
    await this.inPatience(this.listPods());
  }

  /** One inspect, whatever is known already; see `Observed.look`. */
  async look(key: NodeKey): Promise<boolean> {
    const asked = this.parts.observations.ask();
    let isSure = true;
    try {
      isSure = this.parts.observations.applyInspection(await this.parts.source().engine.inspect(key), asked);
      this.memory?.noteSoon();
    } catch (thrown) {
      const error = EngineError.from(thrown);
      if (error.reason !== 'gone') throw error;
      this.parts.signs.noteGone(key);
    }
    this.parts.signs.onTold.fire();
    this.parts.signs.tell();
    return isSure;
  }

  /** A list asked after this call; callers who come while one is under way share the next one. */
  list(): Promise<void> {
    if (!this.listing) return (this.listing = this.listNow().finally(() => (this.listing = undefined)));
    return (this.nextListing ??= this.listing
      .catch(() => undefined)
      .then(() => {
        this.nextListing = undefined;
        return this.list();
      }));
  }

  private async listNow() {
    // What a view shows first comes from the containers alone, and then from their inspects: nothing else is to keep the
    // engine from answering these.
    const isFirst = !this.listed;
    const pods = isFirst ? undefined : this.listPods();
    await this.takeList();
    if (isFirst) {
      this.podsOwed = true;
      this.listed = true;
      this.parts.onListed();
    }
    this.parts.signs.tell();
    if (pods) await this.inPatience(pods);
  }

  private async inPatience(pods: Promise<void>) {
    const waiting = new AbortController();
    await Promise.race([pods, sleep(this.parts.host.clock, podsPatience, waiting.signal)]);
    waiting.abort();
  }

  private async takeList(): Promise<readonly ContainerNode[]> {
    const { observations, signs, source } = this.parts;
    const asked = observations.ask();
    const [isFirst, gap] = [!this.listed, this.gap];
    const list = await source().engine.listContainers();
    const differs = observations.applyContainers(list, asked);
    if (this.gap === gap) this.gap = 'none';
    if (differs && !isFirst && gap === 'none') this.parts.onUnreported();
    signs.onActivity.fire();
    signs.onTold.fire();
    return list;
  }

  private async listPods(): Promise<void> {
    if (!this.parts.info()?.capabilities.pods || this.podsHeld > 0) return;
    const asked = this.parts.observations.ask();
    try {
      this.parts.observations.applyPods(await this.parts.source().engine.listPods(), asked);
      this.parts.signs.tell();
    } catch (thrown) {
      // Containers name their pods; only pods without containers are missed.
      this.parts.host.log.warn(`pods of ${this.parts.source().label}: ${EngineError.from(thrown).message}`);
    }
  }

  /** Until the next list was asked for, changes may have gone unreported. */
  expectGap() {
    this.gap = Symbol('gap');
  }

  /** Asks for a list in a moment, once for however many reasons. */
  listSoon() {
    this.listingSoon ??= this.parts.host.clock.after(coalesceLists, () => {
      this.listingSoon = undefined;
      this.list().catch(this.warn);
    });
  }

  private readonly warn = (thrown: unknown) =>
    this.parts.host.log.warn(`${this.parts.source().label}: ${EngineError.from(thrown).message}`);

  /** Asks about a node together with others, in a moment. */
  lookSoon(key: NodeKey) {
    this.toLookAt.add(key);
    this.looking ??= this.parts.host.clock.after(coalesce, () => {
      this.looking = undefined;
      const keys = [...this.toLookAt];
      this.toLookAt.clear();
      const containers = keys.filter((one) => keyParts(one).kind === 'container');
      const work = this.inspects.each(containers);
      const pods = containers.length < keys.length ? this.list() : undefined;
      Promise.all([work, pods]).catch(this.warn);
    });
  }
}
