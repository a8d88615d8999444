import type { Clock } from '../../src/engine/clock';
import type {
  CallOptions,
  Engine,
  EngineEvent,
  EngineInfo,
  EventListener,
  Inspection,
  RemoveOptions,
} from '../../src/engine/engine';
import { EngineError } from '../../src/engine/error';
import type { Change } from '../../src/graph/action';
import type {
  ContainerNode,
  ContainerState,
  GraphEdge,
  NodeKey,
  NodeKind,
  PodNode,
  VolumeNode,
} from '../../src/graph/model';
import { isActive, keyParts, nodeKey } from '../../src/graph/model';

/** Decides when each step of the world happens: the test's scheduler, or at once. */
export type Turn = (label: string) => Promise<void>;

/** How the engine treats one removal. */
export type Fate = 'ok' | 'busy' | 'refuse' | 'lie' | 'cutBefore' | 'cutAfter' | 'vanish';

export interface Made {
  readonly name: string;
  readonly state?: ContainerState;
  readonly pod?: string;
  readonly needs?: readonly string[];
  readonly softNeeds?: readonly string[];
  readonly service?: boolean;
  readonly labels?: Record<string, string>;
}

interface Living {
  readonly made: Made;
  readonly key: NodeKey;
  state: ContainerState;
  startedAt: number | undefined;
}

const unasked = () => Promise.reject(new EngineError('unsupported', 'nothing to look into'));

/**
 * An engine in memory that keeps books: it removes what it is told, in whatever order its turns come, and notes every
 * breach of what a removal promises. It guards nothing by itself unless told to, like Docker.
 */
export class World implements Engine {
  readonly endpoint: string = 'unix:///nowhere';
  readonly breaches: string[] = [];
  readonly removalsSent: NodeKey[] = [];
  /** Every call that changes a state, in the order in which they were sent. */
  readonly changesSent: { readonly step: Change; readonly key: NodeKey }[] = [];
  /** Removal calls of each node, whatever became of them. */
  readonly fates = new Map<string, Fate[]>();
  /** What went because it was a node's fate, with all that was in it. */
  readonly vanished = new Set<NodeKey>();
  mostAtOnce = 0;
  kills = 0;
  allowedAtOnce = Infinity;
  /** No removal may be sent from now on. */
  closed = false;
  reachable = true;
  listCalls = 0;
  inspectCalls = 0;
  // Nobody looks into containers here.
  readonly describe = unasked;
  readonly logs = unasked;
  readonly hasFile = unasked;
  readonly exec = unasked;
  readonly run = unasked;
  private readonly living = new Map<NodeKey, Living>();
  /** What each container that ever was needs; fixed when it is made. */
  private readonly needs = new Map<NodeKey, readonly string[]>();
  private readonly pods = new Map<NodeKey, { readonly name: string }>();
  /** Anonymous volumes, and whether something has come to use them. */
  private readonly volumes = new Map<NodeKey, { readonly name: string; used: boolean }>();
  private readonly deleting = new Set<NodeKey>();
  private readonly told = new Set<NodeKey>();
  private readonly listeners = new Set<{ listener: EventListener; drop: (error: EngineError) => void }>();
  /** What happened and was not told yet: a stream keeps its order, however late it is. */
  private untold: (() => void)[] = [];
  /** How often the engine died: what was asked of it before is never done. */
  private deaths = 0;
  private atOnce = 0;
  private starts = 0;

  constructor(
    readonly id: string,
    private readonly turn: Turn,
    private readonly options: {
      /** Refuses to remove what has dependents, as Podman does. */
      readonly guards: boolean;
      readonly events: boolean;
      /** Of two with the same one it is said that they are the same engine. */
      readonly identity?: string;
      /** How many turns it takes to stop what runs. */
      readonly grace?: number;
      /** Counts the nodes of a hard cycle as dependents of each other, so that none of them can go. */
      readonly refusesCycles?: boolean;
    } = { guards: false, events: true },
  ) {}

  key(name: string): NodeKey {
    const of = (kind: NodeKind) => nodeKey(this.id, kind, name);
    if (this.volumes.has(of('volume'))) return of('volume');
    return this.pods.has(of('pod')) ? of('pod') : of('container');
  }

  addPod(name: string) {
    this.pods.set(nodeKey(this.id, 'pod', name), { name });
  }

  addVolume(name: string) {
    this.volumes.set(nodeKey(this.id, 'volume', name), { name, used: false });
  }

  /** A container that this world does not hold comes to use it. */
  use(name: string) {
    const volume = this.volumes.get(nodeKey(this.id, 'volume', name));
    if (volume) volume.used = true;
  }

  add(made: Made) {
    const key = nodeKey(this.id, 'container', made.name);
    this.living.set(key, { made, key, state: made.state ?? 'exited', startedAt: undefined });
    this.needs.set(key, made.needs ?? []);
  }

  names(): string[] {
    return [...this.living.values(), ...this.pods.values(), ...this.volumes.values()]
      .map((one) => ('made' in one ? one.made.name : one.name))
      .sort();
  }

  /** What removals are at work on, whoever sent them. */
  get inFlight(): ReadonlySet<NodeKey> {
    return this.deleting;
  }

  has(key: NodeKey): boolean {
    return this.living.has(key) || this.pods.has(key) || this.volumes.has(key);
  }

  /** Somebody else removes it, event and all. */
  takeAway(name: string) {
    this.destroy(this.key(name));
  }

  setState(name: string, state: ContainerState) {
    const one = this.living.get(this.key(name));
    if (one) one.state = state;
  }

  stateOf(key: NodeKey): ContainerState | undefined {
    return this.living.get(key)?.state;
  }

  /** An event out of nowhere, delivered at once. */
  tell(event: EngineEvent) {
    for (const { listener } of this.listeners) listener.onEvent(event);
  }

  /** The engine goes away in the middle of everything. */
  die() {
    this.reachable = false;
    this.deaths++;
    this.untold = [];
    for (const { drop } of [...this.listeners]) drop(new EngineError('unreachable', 'the engine died'));
  }

  async connect(): Promise<EngineInfo> {
    await this.called('connect');
    const capabilities = { pods: true, guardsDependents: this.options.guards, signalIsStop: true };
    return { flavour: 'podman', version: '0', title: 'world 0', apiVersion: '0', capabilities };
  }

  async identity(): Promise<string> {
    await this.called('identity');
    return this.options.identity ?? this.id;
  }

  async slots(): Promise<number | undefined> {
    await this.called('slots');
    return this.allowedAtOnce === Infinity ? undefined : this.allowedAtOnce;
  }

  async listContainers(): Promise<readonly ContainerNode[]> {
    this.listCalls++;
    await this.called('list');
    const list = [...this.living.values()].map((one) => this.nodeOf(one));
    await this.turn('list answered');
    return list;
  }

  async listPods(): Promise<readonly PodNode[]> {
    await this.called('pods');
    const list = [...this.pods].map(([key, { name }]): PodNode => {
      const { id } = keyParts(key);
      return { kind: 'pod', key, id, name, state: 'empty', createdAt: 0, infra: undefined, labels: {} };
    });
    await this.turn('pods answered');
    return list;
  }

  async listVolumes(): Promise<readonly VolumeNode[]> {
    await this.called('volumes');
    const list = [...this.volumes].flatMap(([key, { name, used }]): VolumeNode[] =>
      used ? [] : [{ kind: 'volume', key, id: name, name, createdAt: 0, labels: {} }],
    );
    await this.turn('volumes answered');
    return list;
  }

  async inspect(key: NodeKey): Promise<Inspection> {
    this.inspectCalls++;
    await this.called('inspect');
    const one = this.living.get(key);
    if (!one) throw new EngineError('gone', 'no such container');
    const edges = this.edgesOf(one);
    const details = {
      stopTimeout: 1,
      stopSignal: 'SIGTERM',
      restartPolicy: '',
      autoRemove: false,
      anonymousVolumes: [],
      namedVolumes: [],
    };
    const node: ContainerNode = { ...this.nodeOf(one), details, service: one.made.service ?? false };
    await this.turn('inspect answered');
    return { node, edges };
  }

  async attached(key: NodeKey): Promise<readonly ContainerNode[]> {
    await this.called('attached');
    if (keyParts(key).kind === 'pod' && !this.has(key)) throw new EngineError('gone', 'no such pod');
    const hanging = [...this.living.values()].filter((one) =>
      keyParts(key).kind === 'pod' ? this.podOf(one) === key : this.needsHard(one, key),
    );
    return hanging.map((one) => this.nodeOf(one));
  }

  async exists(key: NodeKey): Promise<boolean> {
    await this.called('exists');
    return this.has(key);
  }

  async remove(key: NodeKey, options: RemoveOptions): Promise<void> {
    if (this.told.has(key)) this.breaches.push(`deleted after it was known to be gone: ${key}`);
    this.removalsSent.push(key);
    await this.working(key, () => this.removeNow(key, options));
  }

  stop(key: NodeKey): Promise<void> {
    return this.change('stop', key, async (all) => {
      this.checkDown(key);
      const active = () => all.filter((one) => isActive(one.state));
      for (let left = this.options.grace ?? 0; left > 0 && active().length > 0; left--) await this.turn('in its grace');
      for (const one of active()) this.exit(one.key);
    });
  }

  async kill(key: NodeKey): Promise<void> {
    if (this.closed) this.breaches.push(`signalled after everything was to stop: ${key}`);
    this.kills++;
    for (const one of this.dependentsOf(key)) {
      if (isActive(one.state)) this.breaches.push(`${key} signalled under ${one.key}`);
    }
    await this.called('kill');
    for (const one of this.concernedBy(key)) this.exit(one.key);
  }

  start(key: NodeKey): Promise<void> {
    return this.change('start', key, async (all) => {
      this.checkUp(key);
      await this.turn('starting');
      for (const one of all) if (!isActive(one.state)) this.bringUp(one);
    });
  }

  restart(key: NodeKey): Promise<void> {
    return this.change('restart', key, async (all) => {
      this.checkDown(key);
      for (const one of all) this.exit(one.key);
      await this.turn('restarting');
      this.checkUp(key);
      for (const one of all) this.bringUp(one);
    });
  }

  pause(key: NodeKey): Promise<void> {
    return this.change('pause', key, async (all) => {
      for (const one of all) if (one.state === 'running') this.become(one, 'paused', 'pause');
    });
  }

  unpause(key: NodeKey): Promise<void> {
    return this.change('unpause', key, async (all) => {
      for (const one of all) if (one.state === 'paused') this.become(one, 'running', 'unpause');
    });
  }

  events(listener: EventListener, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    if (!this.reachable) return Promise.reject(new EngineError('unreachable', 'nobody answers'));
    return new Promise((resolve, reject) => {
      const entry = { listener, drop: reject };
      this.listeners.add(entry);
      signal.addEventListener('abort', () => {
        this.listeners.delete(entry);
        resolve();
      });
      listener.onOpen();
    });
  }

  close() {
    this.listeners.clear();
  }

  /** Keeps books on what is at work: never two on one node, never more than allowed, nothing after the end. */
  private async working(key: NodeKey, work: () => Promise<void>) {
    if (this.closed) this.breaches.push(`sent after everything was to stop: ${key}`);
    if (this.deleting.has(key)) this.breaches.push(`two operations at once: ${key}`);
    this.deleting.add(key);
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
    if (this.atOnce > this.allowedAtOnce) this.breaches.push(`${this.atOnce} operations at once`);
    try {
      await work();
    } finally {
      this.deleting.delete(key);
      this.atOnce--;
    }
  }

  /** A call that changes the states of all containers that a key stands for. */
  private change(step: Change, key: NodeKey, work: (all: readonly Living[]) => Promise<void>): Promise<void> {
    this.changesSent.push({ step, key });
    return this.working(key, async () => {
      const fate = this.fates.get(keyParts(key).id)?.shift() ?? 'ok';
      await this.called(step);
      if (fate === 'cutBefore') throw new EngineError('unreachable', 'connection cut');
      if (fate === 'vanish') this.vanish(key);
      if (!this.has(key)) throw new EngineError('gone', 'no such container');
      if (fate === 'busy') throw new EngineError('busy', 'device or resource busy');
      if (fate === 'refuse') throw new EngineError('unknown', 'it will not');
      if (fate === 'lie') return this.turn('lied');
      await work(this.concernedBy(key));
      await this.turn('changed');
      if (fate === 'cutAfter') throw new EngineError('unreachable', 'connection cut');
    });
  }

  private checkDown(key: NodeKey) {
    for (const one of this.dependentsOf(key)) {
      if (isActive(one.state)) this.breaches.push(`${key} stopped under ${one.key}`);
    }
  }

  /** Nothing comes up before what it needs; a hard cycle has no such order. */
  private checkUp(key: NodeKey) {
    const going = this.concernedBy(key);
    for (const one of going) {
      for (const name of one.made.needs ?? []) {
        const needed = this.living.get(nodeKey(this.id, 'container', name));
        if (!needed || going.includes(needed) || isActive(needed.state) || this.inCycle(one, needed.key)) continue;
        this.breaches.push(`${one.key} started before ${needed.key}`);
      }
    }
  }

  private bringUp(one: Living) {
    one.startedAt = ++this.starts;
    this.become(one, 'running', 'start');
  }

  private become(one: Living, state: ContainerState, action: EngineEvent['action']) {
    one.state = state;
    this.emit(one.key, action, one.startedAt);
  }

  private async removeNow(key: NodeKey, options: RemoveOptions) {
    const fate = this.fates.get(keyParts(key).id)?.shift() ?? 'ok';
    await this.called('remove');
    if (fate === 'cutBefore') throw new EngineError('unreachable', 'connection cut');
    if (fate === 'vanish') this.vanish(key);
    if (!this.has(key)) throw new EngineError('gone', 'no such container');
    if (fate === 'busy') throw new EngineError('busy', 'device or resource busy');
    if (fate === 'refuse') throw new EngineError('unknown', 'it will not');
    if (fate === 'lie') return this.turn('lied');
    this.refuseAsEnginesDo(key, options);
    this.checkDependents(key);
    const active = () => this.concernedBy(key).some((one) => isActive(one.state));
    for (let left = this.options.grace ?? 0; left > 0 && active(); left--) await this.turn('in its grace');
    await this.turn('removing');
    this.destroy(key);
    await this.turn('removed');
    if (fate === 'cutAfter') throw new EngineError('unreachable', 'connection cut');
  }

  private refuseAsEnginesDo(key: NodeKey, { force }: RemoveOptions) {
    if (this.volumes.get(key)?.used) throw new EngineError('inUse', 'volume is being used');
    const concerned = this.concernedBy(key);
    if (!force && concerned.some((one) => isActive(one.state))) {
      // As Podman does it: the exited members of a pod are destroyed before it refuses.
      for (const one of concerned) if (one.key !== key && !isActive(one.state)) this.destroy(one.key);
      throw new EngineError('running', 'it runs');
    }
    const dependents = this.dependentsOf(key, this.options.refusesCycles);
    if (this.options.guards && dependents.length > 0) {
      throw new EngineError('hasDependents', 'it has dependents', { dependents: dependents.map((one) => one.key) });
    }
  }

  private concernedBy(key: NodeKey): Living[] {
    return [...this.living.values()].filter((one) => one.key === key || this.podOf(one) === key);
  }

  private checkDependents(key: NodeKey) {
    for (const one of this.dependentsOf(key)) this.breaches.push(`${key} removed under ${one.key}`);
  }

  private dependentsOf(key: NodeKey, inCycles = false): Living[] {
    const own = (one: Living) => one.key === key || this.podOf(one) === key;
    const going = [...this.living.values()].filter(own);
    return [...this.living.values()].filter(
      (one) =>
        !own(one) && going.some((base) => this.needsHard(one, base.key)) && (inCycles || !this.inCycle(one, key)),
    );
  }

  /** Nodes of a hard cycle may go one after another: no order satisfies them all. */
  private inCycle(one: Living, key: NodeKey): boolean {
    const seen = new Set<NodeKey>();
    const open = [key];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const name of this.needs.get(next) ?? []) {
        const needed = nodeKey(this.id, 'container', name);
        if (needed === one.key) return true;
        if (!seen.has(needed)) open.push(needed);
        seen.add(needed);
      }
    }
    return false;
  }

  private vanish(key: NodeKey) {
    for (const one of this.concernedBy(key)) this.vanished.add(one.key);
    this.destroy(key);
  }

  private destroy(key: NodeKey) {
    for (const one of [...this.living.values()]) {
      if (one.key !== key && this.podOf(one) !== key) continue;
      this.living.delete(one.key);
      this.emit(one.key);
    }
    if (this.pods.delete(key)) this.emit(key);
    // No event that is followed tells of volumes.
    this.volumes.delete(key);
  }

  private exit(key: NodeKey) {
    const one = this.living.get(key);
    if (!one || !isActive(one.state)) return;
    one.state = 'exited';
    this.emit(key, 'died');
  }

  private emit(key: NodeKey, action: EngineEvent['action'] = 'remove', at = 0) {
    if (!this.options.events) return;
    const event: EngineEvent = { key, action, name: undefined, pod: undefined, exitCode: undefined, at };
    for (const { listener } of this.listeners) {
      this.untold.push(() => {
        if (action === 'remove') this.told.add(key);
        listener.onEvent(event);
      });
      void this.turn('event').then(() => this.untold.shift()?.());
    }
  }

  private async called(label: string) {
    const { deaths } = this;
    if (!this.reachable) throw new EngineError('unreachable', 'nobody answers');
    await this.turn(label);
    if (!this.reachable || deaths !== this.deaths) throw new EngineError('unreachable', 'nobody answers');
  }

  private podOf(one: Living): NodeKey | undefined {
    return one.made.pod === undefined ? undefined : nodeKey(this.id, 'pod', one.made.pod);
  }

  private needsHard(one: Living, key: NodeKey): boolean {
    return (one.made.needs ?? []).some((name) => nodeKey(this.id, 'container', name) === key);
  }

  private edgesOf(one: Living): GraphEdge[] {
    const to = (name: string) => nodeKey(this.id, 'container', name);
    return [
      ...(one.made.needs ?? []).map((name): GraphEdge => ({ from: one.key, to: to(name), reasons: ['requires'] })),
      ...(one.made.softNeeds ?? []).map((name): GraphEdge => ({
        from: one.key,
        to: to(name),
        reasons: ['volumes-from'],
      })),
    ];
  }

  private nodeOf(one: Living): ContainerNode {
    return {
      kind: 'container',
      key: one.key,
      id: one.made.name,
      name: one.made.name,
      state: one.state,
      image: 'image',
      createdAt: 0,
      startedAt: one.startedAt,
      exitCode: undefined,
      pod: this.podOf(one),
      podName: one.made.pod,
      infra: false,
      service: false,
      labels: one.made.labels ?? {},
      ports: [],
      details: undefined,
      external: false,
    };
  }
}

export type { CallOptions, Clock };
