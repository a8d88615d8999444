import type { EngineInfo, Inspection } from '../../src/engine/engine';
import { EngineError } from '../../src/engine/error';
import { type ContainerNode, keyDeps, type NodeKey, type PodNode, type VolumeNode } from '../../src/graph/model/model';
import { Books } from './books';
import { Chronicle } from './chronicle';

/** Decides when each step of the world happens: the test's scheduler, or at once. */
export type Interleave = (label: string) => Promise<void>;

export interface WorldOptions {
  /** Refuses to remove what has dependents, as Podman does. */
  readonly guards: boolean;
  readonly events: boolean;
  /** Of two with the same one it is said that they are the same engine. */
  readonly identity?: string;
  /** How many turns it takes to stop what runs. */
  readonly grace?: number;
  /** Counts the nodes of a hard cycle as dependents of each other, so that none of them can go. */
  readonly refusesCycles?: boolean;
}

const unasked = () => Promise.reject(new EngineError('unsupported', 'nothing to look into'));

/** What an engine in memory can be asked: each answer is of the moment in which its turn came, and arrives a turn later. */
export class FakeEngineQueries extends Books {
  readonly endpoint: string = 'unix:///nowhere';
  reachable = true;
  listCalls = 0;
  inspectCalls = 0;
  // Nobody looks into containers here.
  readonly inspectRaw = unasked;
  readonly logs = unasked;
  readonly fileExists = unasked;
  readonly exec = unasked;
  readonly execDetached = unasked;
  /** How often the engine died: what was asked of it before is never done. */
  private deaths = 0;
  readonly chronicle = new Chronicle();
  /** The moments at which it was asked for a list. */
  readonly askedAt: number[] = [];

  constructor(
    id: string,
    protected readonly turn: Interleave,
    protected readonly options: WorldOptions = { guards: false, events: true },
  ) {
    super(id);
  }

  async connect(): Promise<EngineInfo> {
    await this.called('connect');
    const capabilities = { pods: true, enforcesDependencies: this.options.guards, killPreventsRestart: true };
    return { type: 'podman', version: '0', title: 'world 0', apiVersion: '0', capabilities };
  }

  async identity(): Promise<string> {
    await this.called('identity');
    return this.options.identity ?? this.id;
  }

  async parallelism(): Promise<number | undefined> {
    await this.called('slots');
    return this.allowedAtOnce === Infinity ? undefined : this.allowedAtOnce;
  }

  async listContainers(): Promise<readonly ContainerNode[]> {
    this.listCalls++;
    this.askedAt.push(this.chronicle.now);
    await this.called('list');
    const list = [...this.living.values()].map((one) => this.nodeOf(one));
    await this.turn('list answered');
    return list;
  }

  async listPods(): Promise<readonly PodNode[]> {
    await this.called('pods');
    const list = [...this.pods].map(([key, { name }]): PodNode => {
      const { id } = keyDeps(key);
      return { kind: 'pod', key, id, name, state: 'empty', createdAt: 0, isInfra: undefined, labels: {} };
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
      stopTimeout: one.made.stopTimeout ?? 1,
      stopSignal: 'SIGTERM',
      restartPolicy: '',
      autoRemove: one.made.autoRemove ?? false,
      initContainer: one.made.initContainer,
      anonymousVolumes: [],
      namedVolumes: [],
    };
    const node: ContainerNode = { ...this.nodeOf(one), details, isKubeService: one.made.service ?? false };
    await this.turn('inspect answered');
    return { node, edges };
  }

  async listAttached(key: NodeKey): Promise<readonly ContainerNode[]> {
    await this.called('attached');
    if (keyDeps(key).kind === 'pod' && !this.has(key)) throw new EngineError('gone', 'no such pod');
    const hanging = [...this.living.values()].filter((one) =>
      keyDeps(key).kind === 'pod' ? this.podOf(one) === key : this.needsHard(one, key),
    );
    return hanging.map((one) => this.nodeOf(one));
  }

  async exists(key: NodeKey): Promise<boolean> {
    await this.called('exists');
    return this.has(key);
  }

  protected goAway() {
    this.reachable = false;
    this.deaths++;
  }

  protected async called(label: string) {
    const { deaths } = this;
    if (!this.reachable) throw new EngineError('unreachable', 'nobody answers');
    await this.turn(label);
    if (!this.reachable || deaths !== this.deaths) throw new EngineError('unreachable', 'nobody answers');
  }
}
