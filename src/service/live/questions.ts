import type { EngineInfo } from '../../engine/engine';
import { EngineError, isLost } from '../../engine/error';
import { sleep } from '../../clock';
import type { ContainerNode, NodeKey } from '../../graph/model';
import type { CurrentState } from '../../graph/report';
import { keyParts } from '../../graph/model';
import type { EngineSource, ServiceHost } from '../service';
import { Memory } from './memory';
import type { Observations } from './observations';
import type { Signs } from './signs';

/** Milliseconds for which objects are gathered that must be asked about. */
const coalesce = 100;
/** How long pods may keep others waiting; they are taken in whenever they come. */
const podsPatience = 2000;
const inspectsAtOnce = 8;

export interface QuestionParts {
  readonly host: ServiceHost;
  readonly observations: Observations;
  readonly signs: Signs;
  /** The engine, by the name it has now. */
  readonly source: () => EngineSource;
  readonly info: () => EngineInfo | undefined;
  /** The first list is there. */
  readonly onListed: () => void;
}

/** What one engine is asked: lists, and inspects of what is new; no more of them at once, and none twice, than must be. */
export class Questions {
  private listed = false;
  private looking: (() => void) | undefined;
  private readonly toLookAt = new Set<NodeKey>();
  private inspecting: Promise<void> | undefined;
  private listing: Promise<void> | undefined;
  private nextListing: Promise<void> | undefined;
  private podsHeld = 0;
  /** Pods were not asked for yet: they come after what shows more. */
  private podsOwed = false;
  private readonly memory: Memory | undefined;

  constructor(private readonly parts: QuestionParts) {
    const { inspections, clock } = parts.host;
    this.memory = inspections && new Memory(parts.source().id, inspections, parts.observations, clock);
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
    this.memory?.dispose();
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
      states.set(node.key, node.state);
      if (node.pod) states.set(node.pod, 'present');
    }
    return states;
  }

  /** Settles when every listed container has been inspected, or could not be; rejects when the engine is lost. */
  async inspectAll(): Promise<void> {
    await (this.inspecting ??= this.inspectMissing().finally(() => (this.inspecting = undefined)));
    if (this.parts.observations.uninspected().length > 0) await this.inspectMissing();
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
    const list = await source().engine.listContainers();
    observations.applyContainers(list, asked);
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

  /** Asks about a node together with others, in a moment. */
  lookSoon(key: NodeKey) {
    this.toLookAt.add(key);
    this.looking ??= this.parts.host.clock.after(coalesce, () => {
      this.looking = undefined;
      const keys = [...this.toLookAt];
      this.toLookAt.clear();
      const containers = keys.filter((one) => keyParts(one).kind === 'container');
      const work = this.inspectEach(containers);
      const pods = containers.length < keys.length ? this.list() : undefined;
      Promise.all([work, pods]).catch((thrown: unknown) =>
        this.parts.host.log.warn(`${this.parts.source().label}: ${EngineError.from(thrown).message}`),
      );
    });
  }

  private async inspectMissing() {
    if (this.memory) {
      await this.memory.recall(this.parts.info()?.capabilities.signalIsStop === false);
      this.parts.signs.tell();
    }
    await this.inspectEach(this.parts.observations.uninspected());
  }

  private async inspectEach(keys: readonly NodeKey[]) {
    const queue = [...keys];
    const worker = async () => {
      for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
        try {
          await this.look(key);
        } catch (thrown) {
          const error = EngineError.from(thrown);
          // Given up only when the engine is let go of, and then all that still stand in the queue would be, one by one.
          if (isLost(error.reason) || error.reason === 'aborted') throw error;
          this.parts.host.log.warn(`inspect ${key}: ${error.message}`);
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(inspectsAtOnce, queue.length) }, worker));
  }
}
