import type { Engine, EngineInfo, Inspection, ListOptions } from '../../src/engine/engine';
import { EngineError } from '../../src/engine/error';
import {
  type ContainerNode,
  type Health,
  isUp,
  parseKey,
  type NodeKey,
  type PodNode,
} from '../../src/graph/model/model';
import type { ImageNode, NetworkNode, VolumeNode } from '../../src/graph/model/resources';
import { InvariantChecker } from './invariantChecker';
import { StateHistory } from './stateHistory';

/** Decides when each step happens: the test's scheduler, or at once. */
export type Interleave = (label: string) => Promise<void>;

export interface FakeEngineOptions {
  /** Rejects the removal of nodes with dependents, as Podman does. */
  readonly enforcesDependencies: boolean;
  readonly events: boolean;
  /** Engines with the same identity are the same. */
  readonly identity?: string;
  /** Turns that it takes to stop a container. */
  readonly stopTurns?: number;
  /** Rejects the removal of nodes in a hard cycle, too. */
  readonly rejectsCycles?: boolean;
}

const unsupported = () => Promise.reject(new EngineError('unsupported', 'nothing to inspect'));

const volumeNode = (key: NodeKey, name: string, isInUse = false): VolumeNode => ({
  kind: 'volume',
  key,
  id: name,
  name,
  createdAt: 0,
  labels: {},
  isAnonymous: true,
  isInUse,
});

/** The read requests of a fake engine; a response reflects one step and arrives in a later one. */
export class FakeEngineQueries extends InvariantChecker {
  readonly endpoint: string = 'unix:///nowhere';
  reachable = true;
  listCalls = 0;
  inspectCalls = 0;
  // Not needed here.
  readonly inspectRaw: Engine['inspectRaw'] = unsupported;
  readonly logs = unsupported;
  readonly fileExists = unsupported;
  readonly exec = unsupported;
  readonly execDetached = unsupported;
  systemd: Engine['systemd'] = () => Promise.resolve({ reason: 'address' });
  readonly readRecipe: Engine['readRecipe'] = unsupported;
  readonly readResource: Engine['readResource'] = unsupported;
  readonly checkRecipe: Engine['checkRecipe'] = unsupported;
  readonly createFromRecipe: Engine['createFromRecipe'] = unsupported;
  readVolume: Engine['readVolume'] = unsupported;
  writeVolume: Engine['writeVolume'] = unsupported;
  /** Number of crashes: requests sent before one never complete. */
  private crashes = 0;
  readonly history = new StateHistory();
  /** Times of list requests. */
  readonly listedAt: number[] = [];

  constructor(
    id: string,
    protected readonly turn: Interleave,
    protected readonly options: FakeEngineOptions = { enforcesDependencies: false, events: true },
  ) {
    super(id);
  }

  async connect(): Promise<EngineInfo> {
    await this.called('connect');
    const capabilities = {
      pods: true,
      enforcesDependencies: this.options.enforcesDependencies,
      killPreventsRestart: true,
    };
    return { type: 'podman', version: '0', title: 'fake 0', apiVersion: '0', capabilities };
  }

  async identity(): Promise<string> {
    await this.called('identity');
    return this.options.identity ?? this.id;
  }

  async parallelism(): Promise<number | undefined> {
    await this.called('slots');
    return this.maxConcurrency === Infinity ? undefined : this.maxConcurrency;
  }

  async listContainers(options?: ListOptions): Promise<readonly ContainerNode[]> {
    this.listCalls++;
    this.listedAt.push(this.history.now);
    await this.called('list');
    const isUnlisted = (one: ContainerNode) => options?.namespaces === false && isUp(one.state);
    const nodes = [...this.containers.values()].map((one) => this.nodeOf(one));
    const list = nodes.map((one) => ({ ...one, namespaces: isUnlisted(one) ? '' : undefined }));
    await this.turn('list answered');
    return list;
  }

  async listPods(): Promise<readonly PodNode[]> {
    await this.called('pods');
    const list = [...this.pods].map(([key, { name }]): PodNode => {
      const { id } = parseKey(key);
      return { kind: 'pod', key, id, name, state: 'empty', createdAt: 0, infra: undefined, labels: {} };
    });
    await this.turn('pods answered');
    return list;
  }

  async listVolumes(): Promise<readonly VolumeNode[]> {
    await this.called('volumes');
    const list = [...this.volumes].flatMap(([key, { name, used }]): VolumeNode[] =>
      used ? [] : [volumeNode(key, name)],
    );
    for (const key of this.mounted) if (!this.isMounted(key)) list.push(volumeNode(key, parseKey(key).id));
    await this.turn('volumes answered');
    return list;
  }

  async listNetworks(): Promise<readonly NetworkNode[]> {
    return [];
  }

  async listImages(): Promise<readonly ImageNode[]> {
    return [];
  }

  async measureSizes(): Promise<ReadonlyMap<NodeKey, number>> {
    return new Map();
  }

  async inspect(key: NodeKey): Promise<Inspection> {
    this.inspectCalls++;
    await this.called('inspect');
    const one = this.containers.get(key);
    if (!one) throw new EngineError('gone', 'no such container');
    const edges = this.edgesOf(one);
    const details = {
      stopTimeout: one.spec.stopTimeout ?? 1,
      stopSignal: 'SIGTERM',
      restartPolicy: '',
      autoRemove: one.spec.autoRemove ?? false,
      initContainer: one.spec.initContainer,
      ...(one.spec.health && { healthCheck: { interval: 1000, timeout: 1000, startPeriod: 0, retries: 3 } }),
      anonymousVolumes: one.spec.volumes ?? [],
      namedVolumes: [],
    };
    const node: ContainerNode = { ...this.nodeOf(one), details, isKubeService: one.spec.service ?? false };
    await this.turn('inspect answered');
    return { node, edges };
  }

  async checkHealth(key: NodeKey): Promise<Health | undefined> {
    await this.called('healthcheck');
    const one = this.containers.get(key);
    if (!one) throw new EngineError('gone', 'no such container');
    return this.nodeOf(one).health;
  }

  async listAttached(key: NodeKey): Promise<readonly ContainerNode[]> {
    await this.called('attached');
    if (parseKey(key).kind === 'pod' && !this.has(key)) throw new EngineError('gone', 'no such pod');
    const attached = [...this.containers.values()].filter((one) =>
      parseKey(key).kind === 'pod' ? this.podOf(one) === key : this.needsHard(one, key),
    );
    return attached.map((one) => this.nodeOf(one));
  }

  async exists(key: NodeKey): Promise<boolean> {
    await this.called('exists');
    return this.has(key);
  }

  protected disconnect() {
    this.reachable = false;
    this.crashes++;
  }

  protected async called(label: string) {
    const { crashes } = this;
    if (!this.reachable) throw new EngineError('unreachable', 'no response');
    await this.turn(label);
    if (!this.reachable || crashes !== this.crashes) throw new EngineError('unreachable', 'no response');
  }
}
