import {
  type ContainerNode,
  type EngineId,
  type Health,
  isActive,
  parseKey,
  type NodeKey,
  type PodNode,
  shortId,
} from '../graph/model/model';
import { isResource } from '../graph/model/resources';
import { assertSameId, BaseAdapter, type EngineAdapter } from './adapter';
import type {
  AttachedContainer,
  CallOptions,
  EngineEvent,
  EngineInfo,
  EventListener,
  ListOptions,
  RemoveOptions,
  StopOptions,
} from './engine';
import { EngineError } from './error';
import { streamEvents } from './events';
import { isFullId } from './nameIndex';
import { podCommandError, podErrors, podRemovalError } from './responses/errorResponse';
import { asObject, asString, type JsonObject } from '../graph/model/untrusted';
import { defaultParallelism, localParallelism } from './parallelism';
import { parseJson } from './responses/json';
import { parseHealth } from './responses/health';
import { parsePodList, parsePodMembers } from './responses/pods';
import { libpodTimeout, stopCallTimeout, timeouts } from './timeouts';
import { EngineHttpClient, type NodePath } from './transport/engineHttpClient';
import type { Query, Transport } from './transport/transport';

/** Podman 4.3 to 6.1 through libpod's API. */
export class PodmanAdapter extends BaseAdapter implements EngineAdapter {
  /** Whether events report new names. True before the first stream, when only the lists are known. */
  private hasEventStream = true;
  protected override readonly hasNamespaces = true;
  protected override readonly listSuffix = '/json';

  constructor(id: EngineId, transport: Transport, info: EngineInfo) {
    // Works on 4.3.1, 5.4, 5.8 and 6.1.
    super(id, new EngineHttpClient(transport, id, '/v4.0.0/libpod'), info, false);
  }

  async parallelism(options?: CallOptions): Promise<number | undefined> {
    // `info` takes 2 s and more on a busy engine (5.8.6).
    const local = localParallelism(this.api.transport.endpoint);
    if (local !== undefined) return local;
    const info = await this.hostInfo(options);
    const cpus = asObject(info['host'])['cpus'];
    if (typeof cpus === 'number' && cpus >= 1) return defaultParallelism(cpus);
    throw new EngineError('malformed', 'a response without the number of processors');
  }

  /**
   * Podman has no id (the `ID` for Docker clients changes with each response): host name and storage paths identify it.
   */
  async identity(options?: CallOptions): Promise<string> {
    const info = await this.hostInfo(options);
    const [host, store] = [asObject(info['host']), asObject(info['store'])];
    const values = [host['hostname'], store['graphRoot'], store['runRoot']].map(asString);
    if (values.every(Boolean)) return values.join(' ');
    throw new EngineError('malformed', 'a response without the host name and storage paths');
  }

  override async listContainers(options?: ListOptions): Promise<readonly ContainerNode[]> {
    return this.withAmbiguous(await super.listContainers(options));
  }

  async listPods(options?: CallOptions): Promise<readonly PodNode[]> {
    const response = await this.api.json('GET', '/pods/json', { timeoutMs: timeouts.list, options });
    const pods = parsePodList(response, this.id);
    this.nameIndex.updatePods(pods);
    return this.withAmbiguous(pods);
  }

  /** The nodes, with those marked whose id is the name of another one. */
  private withAmbiguous<T extends ContainerNode | PodNode>(nodes: readonly T[]): readonly T[] {
    return nodes.some(({ name }) => isFullId(name)) ? this.nameIndex.markAmbiguous(nodes) : nodes;
  }

  async listAttached(key: NodeKey, options?: CallOptions): Promise<readonly AttachedContainer[]> {
    if (isResource(key)) return this.listUsers(key, options);
    const { kind, id, path } = this.node(key);
    // Podman itself refuses to remove a container with dependents.
    if (kind === 'container') return [];
    // Not the container list: even filtered, it waits for the locks of containers that are being removed.
    const call = { timeoutMs: timeouts.list, options, id };
    return parsePodMembers(await this.api.json('GET', `${path}/json`, call), this.id);
  }

  async exists(key: NodeKey, options?: CallOptions): Promise<boolean> {
    const { kind, id, path } = super.node(key);
    // The engine would respond for another object.
    if (this.nameIndex.ownerOfName(kind, id) !== undefined) return this.isListed(key, options);
    const response = this.api.send('GET', `${path}/exists`, { timeoutMs: timeouts.inspect, options, kind });
    return this.succeeds(
      response.then(({ status, request }) => {
        // A proxy may respond with 200 and its own page.
        if (status !== 204) throw new EngineError('malformed', `${request}: ${status} instead of 204`, { status });
      }),
    );
  }

  async remove(key: NodeKey, options: RemoveOptions): Promise<void> {
    const { kind, id, path } = await this.verified(key, options);
    const timeoutMs = stopCallTimeout(options.force ? options.timeout : 0);
    if (isResource(key)) {
      // Not `force`: that also removes the containers that use it.
      await this.api.send('DELETE', path, { timeoutMs, options, id, kind });
      return;
    }
    const force = options.force || undefined;
    const timeout = libpodTimeout(options.force ? options.timeout : undefined);
    if (kind === 'container') {
      // Libpod ignores `v`. Not `depend`: concurrent ones deadlock 5.8.6 and 6.1.1.
      const query = { force, timeout, volumes: options.deleteVolumes || undefined };
      await this.api.send('DELETE', path, { query, timeoutMs, options, id });
      return;
    }
    const response = await this.api.send('DELETE', path, { query: { force, timeout }, timeoutMs, options, id });
    const error = podRemovalError(parseJson(response), this.id);
    if (error) throw error;
  }

  async checkHealth(key: NodeKey, options?: CallOptions): Promise<Health | undefined> {
    const { id, path } = await this.verified(key, options);
    const call = { timeoutMs: timeouts.command, options, id };
    return parseHealth(asObject(await this.api.json('GET', `${path}/healthcheck`, call))['Status']);
  }

  async stop(key: NodeKey, options?: StopOptions): Promise<void> {
    const { kind, id, path } = await this.verified(key, options);
    const call = { timeoutMs: stopCallTimeout(options?.timeout), options, id };
    if (kind === 'container') {
      // Libpod ignores `t` for containers (4.3.1, 5.8.6, 6.1.1).
      await this.api.send('POST', `${path}/stop`, { ...call, query: { timeout: libpodTimeout(options?.timeout) } });
      return;
    }
    // Pods use `t`, where 0 means not set.
    if (options?.timeout !== 0) {
      const query = { t: libpodTimeout(options?.timeout) };
      const response = await this.api.send('POST', `${path}/stop`, { ...call, query });
      if (response.status !== 304) return this.throwPodErrors(parseJson(response), id, response.status);
      // A degraded pod (partly running) responds with 304 and stops nothing.
    }
    const running = (await this.listAttached(key, options)).filter((member) => isActive(member.state));
    await Promise.all(running.filter((member) => !member.isInfra).map((member) => this.stop(member.key, options)));
    for (const infra of running.filter((member) => member.isInfra)) await this.stop(infra.key, options);
  }

  async restart(key: NodeKey, options?: StopOptions): Promise<void> {
    const { kind, id, path } = await this.verified(key, options);
    // Libpod ignores `t` here too; pods have neither.
    const query = kind === 'container' ? { timeout: libpodTimeout(options?.timeout) } : {};
    const call = { query, timeoutMs: stopCallTimeout(options?.timeout), options, id };
    const response = await this.api.send('POST', `${path}/restart`, call);
    if (kind === 'pod') this.throwPodErrors(parseJson(response), id, response.status);
  }

  async events(listener: EventListener, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    const onOpen = () => {
      this.hasEventStream = true;
      listener.onOpen();
    };
    const onEvent = (event: EngineEvent) => {
      this.nameIndex.applyEvent(event);
      // The result in an event of 4.3.1 is the one before this check.
      const isOutdated = this.info.version.startsWith('4.') && event.health === 'starting';
      listener.onEvent(isOutdated ? { ...event, health: undefined } : event);
    };
    try {
      await streamEvents(this.api, this.id, { stream: true }, { ...listener, onOpen, onEvent }, signal);
    } finally {
      this.hasEventStream = false;
    }
  }

  private async hostInfo(options?: CallOptions): Promise<JsonObject> {
    return asObject(await this.api.json('GET', '/info', { timeoutMs: timeouts.list, options }));
  }

  protected async command(key: NodeKey, verb: string, options?: CallOptions, query?: Query): Promise<void> {
    const { kind, id, path } = await this.verified(key, options);
    const call = { query, timeoutMs: timeouts.command, options, id };
    const response = await this.api.send('POST', `${path}/${verb}`, call);
    if (kind === 'pod' && response.body) this.throwPodErrors(parseJson(response), id, response.status);
  }

  private throwPodErrors(response: unknown, id: string, status: number): void {
    const errors = podErrors(response);
    if (errors.length > 0) throw podCommandError(errors, { engine: this.id, id, kind: 'pod' }, status);
  }

  private async isListed(key: NodeKey, options?: CallOptions): Promise<boolean> {
    const pods = parseKey(key).kind === 'pod';
    const nodes = pods ? await this.listPods(options) : await this.listContainers(options);
    return nodes.some((node) => node.key === key);
  }

  /** The path of a node. Throws if the engine would resolve its id as the name of another one (5.8.6, 6.1.1). */
  protected override node(key: NodeKey): NodePath {
    const node = super.node(key);
    const owner = this.nameIndex.ownerOfName(node.kind, node.id);
    if (owner === undefined) return node;
    const detail = `another ${node.kind} (${shortId(owner)}) is named like the id of this one`;
    throw new EngineError('ambiguousId', detail, { sent: false });
  }

  /** The same for commands: without events, another object may have taken that name since the last list. */
  private async verified(key: NodeKey, options?: CallOptions): Promise<NodePath> {
    const node = this.node(key);
    if (this.hasEventStream || node.kind !== 'container') return node;
    try {
      const call = { signal: options?.signal, timeoutMs: timeouts.verify };
      assertSameId(await this.fetchInspect(node.id, call), node.id);
    } catch (thrown) {
      // The command itself reports any other failure better.
      const error = EngineError.from(thrown);
      if (error.reason === 'ambiguousId') throw error.unsent();
    }
    return node;
  }
}
