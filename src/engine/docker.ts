import { Semaphore } from 'async-mutex';
import type { Clock } from '../clock';
import {
  type ContainerNode,
  type EngineId,
  type Health,
  type GraphEdge,
  isHard,
  type NodeKey,
  type PodNode,
} from '../graph/model/model';
import { isResource, resourceKinds } from '../graph/model/resources';
import { BaseAdapter, type EngineAdapter } from './adapter';
import type {
  AttachedContainer,
  CallOptions,
  EngineInfo,
  EventListener,
  Inspection,
  ListOptions,
  RemoveOptions,
  StopOptions,
} from './engine';
import { EngineError } from './error';
import { streamEvents } from './events';
import { asObject, asString } from '../graph/model/untrusted';
import { dockerTimeout, stopCallTimeout, timeouts } from './timeouts';
import { EngineHttpClient, type NodePath } from './transport/engineHttpClient';
import type { Query, Transport } from './transport/transport';

const MAX_CONCURRENT_INSPECTS = 8;
/** Milliseconds before a failed inspect is tried again for other containers. */
const unreadablePeriod = 60_000;

/** Without `exec_create`, `exec_start` and `exec_die`, which every health check sends. */
const subscribedEvents = [
  ...['remove', 'delete', 'tag', 'untag', 'pull', 'load', 'import'],
  ...['create', 'start', 'die', 'stop', 'pause', 'unpause', 'rename', 'update', 'destroy', 'oom', 'health_status'],
];

/** Docker 20.10 to 28.5. It has no pods, and removes containers that running dependents use: the caller must order. */
export class DockerAdapter extends BaseAdapter implements EngineAdapter {
  /** Containers that could not be inspected, with the time (`clock.now`) until which `listAttached` skips them. */
  private readonly unreadable = new Map<string, number>();
  /** Cached edges by container id: dependencies are fixed at creation. */
  private readonly edges = new Map<string, readonly GraphEdge[]>();

  constructor(
    id: EngineId,
    transport: Transport,
    info: EngineInfo,
    private readonly clock: Clock,
  ) {
    // The daemon's own API version, which it certainly supports.
    super(id, new EngineHttpClient(transport, id, `/v${info.apiVersion}`), info, true);
  }

  /** Docker does not limit concurrent removals. */
  async parallelism(): Promise<number | undefined> {
    return undefined;
  }

  /** The daemon's `ID` is created at its first start and kept in its data (`engine-id`). */
  async identity(options?: CallOptions): Promise<string> {
    const id = asString(asObject(await this.api.json('GET', '/info', { timeoutMs: timeouts.list, options }))['ID']);
    if (id) return id;
    throw new EngineError('malformed', 'a response without the id of the daemon');
  }

  override async listContainers(options?: ListOptions): Promise<readonly ContainerNode[]> {
    const nodes = await super.listContainers(options);
    const listed = new Set(nodes.map((node) => node.id));
    for (const known of [this.edges, this.unreadable])
      for (const id of known.keys()) if (!listed.has(id)) known.delete(id);
    return nodes;
  }

  async listPods(): Promise<readonly PodNode[]> {
    return [];
  }

  override async inspect(key: NodeKey, options?: CallOptions): Promise<Inspection> {
    const inspection = await super.inspect(key, options);
    this.edges.set(inspection.node.id, inspection.edges);
    return inspection;
  }

  async listAttached(key: NodeKey, options?: CallOptions): Promise<readonly AttachedContainer[]> {
    if (isResource(key)) return this.listUsers(key, options);
    this.container(key);
    const others = (await this.listContainers(options)).filter((node) => node.key !== key);
    const semaphore = new Semaphore(MAX_CONCURRENT_INSPECTS);
    const isDependent = await Promise.all(
      others.map((node) => semaphore.runExclusive(() => this.dependsOn(node, key, options))),
    );
    return others.filter((_, index) => isDependent[index]);
  }

  async exists(key: NodeKey, options?: CallOptions): Promise<boolean> {
    const { kind, id, path } = this.node(key);
    const call = { timeoutMs: timeouts.inspect, options, id, kind };
    return this.succeeds(this.api.json('GET', kind === 'volume' || kind === 'network' ? path : `${path}/json`, call));
  }

  /**
   * Docker's `force` kills without a stop timeout, so running containers are stopped first. The stop also removes a
   * container with `--rm`.
   */
  async remove(key: NodeKey, options: RemoveOptions): Promise<void> {
    const { kind, id, path } = this.node(key);
    if (isResource(key)) {
      await this.api.send('DELETE', path, { timeoutMs: stopCallTimeout(0), options, id, kind });
      return;
    }
    const timeoutMs = options.timeoutMs ?? stopCallTimeout(options.force ? options.timeout : 0);
    const endTime = this.clock.now() + timeoutMs;
    const call = { options: { signal: options.signal }, id };
    // However long the stop took, the removal gets its full timeout.
    const remaining = () => ({ ...call, timeoutMs: Math.max(stopCallTimeout(0), endTime - this.clock.now()) });
    let wasStopped = false;
    if (options.force && options.timeout !== 0) {
      const query = { t: dockerTimeout(options.timeout) };
      wasStopped = (await this.api.send('POST', `${path}/stop`, { query, timeoutMs, ...call })).status !== 304;
    }
    const flags = { v: options.deleteVolumes ? 1 : undefined, force: options.force ? 1 : undefined };
    try {
      await this.api.send('DELETE', path, { query: flags, ...remaining() });
    } catch (thrown) {
      const error = EngineError.from(thrown);
      if (!wasStopped || (error.reason !== 'gone' && error.reason !== 'inProgress')) throw error;
      if (error.reason === 'inProgress') {
        const query = { condition: 'removed' };
        await this.succeeds(this.api.send('POST', `${path}/wait`, { query, ...remaining() }));
      }
    }
  }

  async checkHealth(key: NodeKey, options?: CallOptions): Promise<Health | undefined> {
    return (await this.inspect(key, options)).node.health;
  }

  stop(key: NodeKey, options?: StopOptions): Promise<void> {
    return this.stopCommand(key, 'stop', options);
  }

  restart(key: NodeKey, options?: StopOptions): Promise<void> {
    return this.stopCommand(key, 'restart', options);
  }

  events(listener: EventListener, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    const filters = JSON.stringify({ type: ['container', ...resourceKinds], event: subscribedEvents });
    return streamEvents(this.api, this.id, { filters }, listener, signal);
  }

  /** Whether a container depends on another. Failed inspects count as no: they must not block other removals. */
  private async dependsOn(node: ContainerNode, dependency: NodeKey, options?: CallOptions): Promise<boolean> {
    try {
      if (!this.edges.has(node.id) && (this.unreadable.get(node.id) ?? 0) > this.clock.now()) return false;
      const edges = this.edges.get(node.id) ?? (await this.inspect(node.key, options)).edges;
      return edges.some((edge) => edge.to === dependency && isHard(edge));
    } catch (thrown) {
      if (EngineError.from(thrown).reason !== 'gone' && !isObjectFailure(thrown)) throw thrown;
      return false;
    }
  }

  protected override async fetchInspect(reference: string, options?: CallOptions): Promise<unknown> {
    try {
      const response = await super.fetchInspect(reference, options);
      this.unreadable.delete(reference);
      return response;
    } catch (thrown) {
      if (isObjectFailure(thrown)) this.unreadable.set(reference, this.clock.now() + unreadablePeriod);
      throw thrown;
    }
  }

  protected async command(key: NodeKey, verb: string, options?: CallOptions, query?: Query): Promise<void> {
    const { id, path } = this.container(key);
    await this.api.send('POST', `${path}/${verb}`, { query, timeoutMs: timeouts.command, options, id });
  }

  private async stopCommand(key: NodeKey, verb: 'stop' | 'restart', options?: StopOptions): Promise<void> {
    const { id, path } = this.container(key);
    const [query, timeoutMs] = [{ t: dockerTimeout(options?.timeout) }, stopCallTimeout(options?.timeout)];
    await this.api.send('POST', `${path}/${verb}`, { query, timeoutMs, options, id });
  }

  protected override node(key: NodeKey): NodePath {
    const node = super.node(key);
    if (node.kind === 'pod') throw new EngineError('unsupported', 'Docker has no pods');
    return node;
  }
}

/** Whether the engine was reachable, but failed or timed out for this object. */
function isObjectFailure(thrown: unknown): boolean {
  const { reason, details } = EngineError.from(thrown);
  return reason === 'timeout' || reason === 'malformed' || reason === 'ambiguousId' || details.status !== undefined;
}
