import { sleep } from '../../engine/clock';
import type { EngineEvent, EngineInfo } from '../../engine/engine';
import { EngineError, isDenied, isLost } from '../../engine/error';
import type { NodeKey } from '../../graph/model';
import { keyParts } from '../../graph/model';
import { Emitter } from '../emitter';
import type { EngineSource, EngineState, EngineStatus, ServiceHost } from '../service';
import { Memory } from './memory';
import { Observations } from './observations';

/** Milliseconds for which objects are gathered that must be asked about. */
const coalesce = 100;
/** Milliseconds. A lost engine is tried again sooner than the two seconds promised. */
const firstBackoff = 200;
/** On this machine trying costs nothing; over a network each try is a connection, and to ask a closed door may be held against us. */
const longestBackoff = { here: 1_000, remote: 30_000, denied: 300_000 } as const;
/** Safety net for engines whose events never come (Podman on journald may deliver none). */
const slowPoll = 15_000;
/** How long an event stream may take to be accepted before the list is asked all the same. */
const streamPatience = 1000;
/** How long pods may keep a list waiting; they are taken in whenever they come. */
const podsPatience = 2000;
const inspectsAtOnce = 8;

/** Keeps the observations of one engine fresh: connect, follow events, list, inspect what is new, and again when lost. */
export class EngineFeed {
  readonly observations = new Observations();
  /** It stands otherwise with the engine. */
  readonly onDidChange: Emitter<void>;
  /** Something else is known of what it holds; told at each event. */
  readonly onDidObserve = new Emitter<void>();
  /** Something exited or went. */
  readonly onActivity = new Emitter<void>();
  private readonly onGone = new Emitter<NodeKey>();
  /** The engine has told anything, asked or not. */
  private readonly onTold = new Emitter<void>();

  private state: EngineState = 'connecting';
  private info: EngineInfo | undefined;
  private error: EngineError | undefined;
  private listed = false;
  private life: AbortController | undefined;
  private looking: (() => void) | undefined;
  private readonly toLookAt = new Set<NodeKey>();
  private inspecting: Promise<void> | undefined;
  private listing: Promise<void> | undefined;
  private nextListing: Promise<void> | undefined;
  private podsHeld = 0;
  private pausing: AbortController | undefined;
  private readonly memory: Memory | undefined;

  constructor(
    private known: EngineSource,
    private readonly host: ServiceHost,
  ) {
    const { inspections, clock } = host;
    this.memory = inspections && new Memory(known.id, inspections, this.observations, clock);
    this.onDidChange = new Emitter((thrown) => host.log.error(`listener failed: ${String(thrown)}`));
  }

  /** How the engine is reached and called. */
  get source(): EngineSource {
    return this.known;
  }

  /** The same engine, perhaps by another name. */
  call(source: EngineSource) {
    this.known = source;
  }

  get status(): EngineStatus {
    return {
      id: this.source.id,
      label: this.source.label,
      endpoint: this.source.engine.endpoint,
      defaultOf: this.source.defaultOf,
      state: this.state,
      info: this.info,
      error: this.error,
      listed: this.listed,
      pending: this.listed ? this.observations.uninspected().length : 0,
    };
  }

  /** Follows the engine until `sleep` is called. */
  wake() {
    if (this.life) return;
    this.life = new AbortController();
    this.memory?.prepare();
    void this.live(this.life.signal);
  }

  /** Lets go of the event stream; what is known stays, and is asked anew on waking. */
  sleep() {
    this.life?.abort();
    this.life = undefined;
  }

  /** Sleeps, and says no more how it stands with the engine. */
  rest() {
    this.sleep();
    if (this.state === 'connecting') return;
    this.state = 'connecting';
    this.error = undefined;
    this.onDidChange.fire();
  }

  dispose() {
    this.sleep();
    this.looking?.();
    this.memory?.dispose();
    this.onDidChange.dispose();
    this.onDidObserve.dispose();
    this.source.engine.close();
  }

  /** While held, pods are not listed: Podman answers that only when the pod under removal lets go of its lock. */
  holdPods(): () => void {
    this.podsHeld++;
    return () => void this.podsHeld--;
  }

  /** Asks for everything anew; rejects with an `EngineError`, and marks the engine accordingly. */
  async refresh(): Promise<void> {
    try {
      this.info = await this.source.engine.connect();
      await this.list();
      this.mark('live', undefined);
      // It is there: nobody needs to wait for the next try.
      this.pausing?.abort();
    } catch (thrown) {
      throw this.lost(EngineError.from(thrown));
    }
  }

  /** Settles once it is known what the engine is and can do. */
  async connected(): Promise<void> {
    this.info ??= await this.source.engine.connect();
  }

  /** The containers that the engine holds now, by a list asked after this call. */
  async relist(): Promise<ReadonlySet<NodeKey>> {
    const asked = this.observations.ask();
    const list = await this.source.engine.listContainers();
    this.observations.applyContainers(list, asked);
    this.onActivity.fire();
    this.onTold.fire();
    this.tell();
    const keys = new Set<NodeKey>();
    for (const node of list) {
      keys.add(node.key);
      if (node.pod) keys.add(node.pod);
    }
    return keys;
  }

  /** Settles when every listed container has been inspected, or could not be; rejects when the engine is lost. */
  async inspectAll(): Promise<void> {
    await (this.inspecting ??= this.inspectMissing().finally(() => (this.inspecting = undefined)));
    if (this.observations.uninspected().length > 0) await this.inspectMissing();
  }

  /** One inspect, whatever is known already. */
  async look(key: NodeKey): Promise<void> {
    const asked = this.observations.ask();
    try {
      this.observations.applyInspection(await this.source.engine.inspect(key), asked);
      this.memory?.noteSoon();
    } catch (thrown) {
      const error = EngineError.from(thrown);
      if (error.reason !== 'gone') throw error;
      this.noteGone(key);
    }
    this.onTold.fire();
    this.tell();
  }

  noteGone(key: NodeKey) {
    this.observations.noteGone(key);
    this.onGone.fire(key);
    this.onActivity.fire();
    this.tell();
  }

  /** Resolves when all keys are known to be gone, or after `ms`. */
  awaitGone(keys: Iterable<NodeKey>, ms: number): Promise<void> {
    const left = new Set([...keys].filter((key) => !this.observations.isGone(key)));
    if (left.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        takeBack();
        listening.dispose();
        resolve();
      };
      const takeBack = this.host.clock.after(ms, done);
      const listening = this.onGone.event((key) => {
        left.delete(key);
        if (left.size === 0) done();
      });
    });
  }

  /** Resolves when something is so, looked at whenever the engine has told anything, or after `ms`. */
  awaitThat(isSo: () => boolean, ms: number): Promise<void> {
    if (isSo()) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        takeBack();
        listening.dispose();
        resolve();
      };
      const takeBack = this.host.clock.after(ms, done);
      const listening = this.onTold.event(() => {
        if (isSo()) done();
      });
    });
  }

  private async live(signal: AbortSignal) {
    let backoff = firstBackoff;
    while (!signal.aborted) {
      try {
        await this.follow(signal, () => (backoff = firstBackoff));
      } catch (thrown) {
        if (signal.aborted) return;
        this.lost(EngineError.from(thrown));
        const pause = backoff * (0.75 + this.host.random() / 2);
        backoff = Math.min(backoff * 2, this.longestBackoff);
        this.pausing = new AbortController();
        await sleep(this.host.clock, pause, AbortSignal.any([signal, this.pausing.signal]));
      }
    }
  }

  private get longestBackoff(): number {
    if (/^(unix|npipe):/.test(this.source.engine.endpoint)) return longestBackoff.here;
    return this.state === 'denied' ? longestBackoff.denied : longestBackoff.remote;
  }

  /** One connection's life: rejects when it ends. Events are followed before the list is asked, so that nothing falls between. */
  private async follow(signal: AbortSignal, onLive: () => void) {
    const { engine } = this.source;
    this.info = await engine.connect({ signal });
    const connection = new AbortController();
    const end = () => connection.abort();
    signal.addEventListener('abort', end, { once: true });
    try {
      let opened: () => void = () => undefined;
      const open = new Promise<void>((resolve) => (opened = resolve));
      const stream = engine.events(
        { onOpen: opened, onEvent: (event) => this.onEvent(event) },
        { signal: connection.signal },
      );
      const ended = stream.then(() => {
        throw new EngineError('unreachable', 'the event stream ended');
      });
      await Promise.race([open, ended, sleep(this.host.clock, streamPatience, connection.signal)]);
      await Promise.race([this.list(), ended]);
      this.mark('live', undefined);
      onLive();
      const inspects = this.inspectAll();
      await Promise.race([inspects.then(() => this.poll(connection.signal)), ended]);
    } finally {
      connection.abort();
      signal.removeEventListener('abort', end);
    }
  }

  private async poll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(this.host.clock, slowPoll, signal);
      if (!signal.aborted) await this.list();
      if (!signal.aborted) await this.inspectAll();
    }
  }

  /** A list asked after this call; callers who come while one is under way share the next one. */
  private list(): Promise<void> {
    if (!this.listing) return (this.listing = this.listNow().finally(() => (this.listing = undefined)));
    return (this.nextListing ??= this.listing
      .catch(() => undefined)
      .then(() => {
        this.nextListing = undefined;
        return this.list();
      }));
  }

  private async listNow() {
    const { engine } = this.source;
    const asked = this.observations.ask();
    // What a view shows first comes from the containers alone: nothing else is to keep the engine from answering.
    const soon = this.listed ? this.listPods() : undefined;
    this.observations.applyContainers(await engine.listContainers(), asked);
    this.onActivity.fire();
    this.onTold.fire();
    if (!this.listed) {
      this.listed = true;
      this.onDidChange.fire();
    }
    this.tell();
    const known = soon ?? this.listPods();
    const waiting = new AbortController();
    await Promise.race([known, sleep(this.host.clock, podsPatience, waiting.signal)]);
    waiting.abort();
  }

  private async listPods(): Promise<void> {
    if (!this.info?.capabilities.pods || this.podsHeld > 0) return;
    const asked = this.observations.ask();
    try {
      this.observations.applyPods(await this.source.engine.listPods(), asked);
      this.tell();
    } catch (thrown) {
      // Containers name their pods; only pods without containers are missed.
      this.host.log.warn(`pods of ${this.source.label}: ${EngineError.from(thrown).message}`);
    }
  }

  private onEvent(event: EngineEvent) {
    const mustAsk = this.observations.applyEvent(event);
    if (event.action === 'remove') this.onGone.fire(event.key);
    if (event.action === 'remove' || event.action === 'died') this.onActivity.fire();
    this.onTold.fire();
    if (mustAsk) this.lookSoon(event.key);
    this.tell();
  }

  private lookSoon(key: NodeKey) {
    this.toLookAt.add(key);
    this.looking ??= this.host.clock.after(coalesce, () => {
      this.looking = undefined;
      const keys = [...this.toLookAt];
      this.toLookAt.clear();
      const containers = keys.filter((one) => keyParts(one).kind === 'container');
      const work = this.inspectEach(containers);
      const pods = containers.length < keys.length ? this.list() : undefined;
      Promise.all([work, pods]).catch((thrown: unknown) =>
        this.host.log.warn(`${this.source.label}: ${EngineError.from(thrown).message}`),
      );
    });
  }

  private async inspectMissing() {
    if (this.memory) {
      await this.memory.recall(this.info?.capabilities.signalIsStop === false);
      this.tell();
    }
    await this.inspectEach(this.observations.uninspected());
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
          this.host.log.warn(`inspect ${key}: ${error.message}`);
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(inspectsAtOnce, queue.length) }, worker));
  }

  private lost(error: EngineError): EngineError {
    this.mark(isDenied(error.reason) ? 'denied' : 'lost', error);
    return error;
  }

  private mark(state: EngineState, error: EngineError | undefined) {
    if (this.state === state && this.error?.message === error?.message) return;
    this.state = state;
    this.error = error;
    const { log } = this.host;
    if (error) log.warn(`${this.source.label} (${this.source.engine.endpoint}): ${error.message}`);
    else log.info(`${this.source.label}: ${this.info?.title ?? ''} ${state}`);
    this.onDidChange.fire();
  }

  private tell() {
    if (this.observations.hasChanges) this.onDidObserve.fire();
  }
}
