import { Semaphore } from 'async-mutex';
import type { Clock } from '../clock';
import {
  type ContainerNode,
  type EngineId,
  type GraphEdge,
  isHard,
  type NodeKey,
  type NodeKind,
  type PodNode,
  type VolumeNode,
} from '../graph/model/model';
import { checkIsAbout, ContainerNameIndex, type EngineAdapter, isNotRunning, splitKey } from './adapter';
import type { AttachedContainer, CallOptions, EventListener, Inspection, RemoveOptions, StopOptions } from './engine';
import { EngineError } from './error';
import { streamEvents } from './events';
import { ExecAndLogsApi } from './execAndLogs';
import type { ContainerInspector } from './inspector';
import { readContainerList, readInspection, unresolvedNames } from './responses/containers';
import { JsonObject, text } from './responses/json';
import { danglingFilter, readVolumeList } from './responses/podsAndVolumes';
import { dockerTimeout, stopDeadline, timeouts } from './timeouts';
import { EngineHttpClient } from './transport/engineHttpClient';
import type { Query, Transport } from './transport/transport';

const INSPECTS_AT_ONCE = 8;
/** Milliseconds. */
const unreadableFor = 60_000;

/** Docker, 20.10 to 28.5. It has no pods, and removes a base under its running dependents: order is the caller's. */
export class DockerAdapter implements EngineAdapter {
  readonly inspector: ContainerInspector;
  private readonly api: EngineHttpClient;
  private readonly nameIndex = new ContainerNameIndex();
  /** Containers that could not be inspected, and until when (by `clock.now`) they are not asked about for others' sake. */
  private readonly unreadable = new Map<string, number>();
  /** Edges of containers inspected so far, by id: dependencies are fixed when a container is created. */
  private readonly edges = new Map<string, readonly GraphEdge[]>();

  constructor(
    private readonly id: EngineId,
    transport: Transport,
    /** The engine's own, so that no daemon is asked for what it has dropped or does not know yet. */
    apiVersion: string,
    private readonly clock: Clock,
  ) {
    this.api = new EngineHttpClient(transport, id, `/v${apiVersion}`);
    this.inspector = new ExecAndLogsApi(id, this.api, true);
  }

  /** Docker begins with whatever it is asked. */
  async parallelism(): Promise<number | undefined> {
    return undefined;
  }

  /** A daemon makes its `ID` when it first starts, and keeps it (`engine-id` in its data). */
  async identity(options?: CallOptions): Promise<string> {
    const id = text(JsonObject(await this.api.json('GET', '/info', { deadline: timeouts.list, options }))['ID']);
    if (id) return id;
    throw new EngineError('malformed', 'an answer without the id of the daemon');
  }

  async listContainers(options?: CallOptions): Promise<readonly ContainerNode[]> {
    const call = { query: { all: true }, deadline: timeouts.list, options };
    const nodes = readContainerList(await this.api.json('GET', '/containers/json', call), this.id);
    this.nameIndex.replaceAll(nodes);
    const listed = new Set(nodes.map((node) => node.id));
    for (const known of [this.edges, this.unreadable])
      for (const id of known.keys()) if (!listed.has(id)) known.delete(id);
    return nodes;
  }

  async listPods(): Promise<readonly PodNode[]> {
    return [];
  }

  async listVolumes(options?: CallOptions): Promise<readonly VolumeNode[]> {
    const call = { query: { filters: danglingFilter }, deadline: timeouts.list, options };
    return readVolumeList(JsonObject(await this.api.json('GET', '/volumes', call))['Volumes'], this.id);
  }

  async inspect(key: NodeKey, options?: CallOptions): Promise<Inspection> {
    const { id } = this.container(key);
    let answer: unknown;
    try {
      answer = await this.inspectByName(id, options);
    } catch (thrown) {
      if (isAnsweredBadly(thrown)) this.unreadable.set(id, this.clock.now() + unreadableFor);
      throw thrown;
    }
    checkIsAbout(answer, id);
    this.unreadable.delete(id);
    for (const name of unresolvedNames(JsonObject(answer), this.nameIndex)) await this.resolveId(name, options);
    const inspection = readInspection(answer, this.id, this.nameIndex);
    this.edges.set(inspection.node.id, inspection.edges);
    return inspection;
  }

  async listAttached(key: NodeKey, options?: CallOptions): Promise<readonly AttachedContainer[]> {
    this.container(key);
    const others = (await this.listContainers(options)).filter((node) => node.key !== key);
    const places = new Semaphore(INSPECTS_AT_ONCE);
    const needs = await Promise.all(
      others.map((node) => places.runExclusive(() => this.dependencies(node, key, options))),
    );
    return others.filter((_, index) => needs[index]);
  }

  async exists(key: NodeKey, options?: CallOptions): Promise<boolean> {
    const { kind, id, path } = this.node(key);
    const question = kind === 'volume' ? path : `${path}/json`;
    try {
      await this.api.json('GET', question, { deadline: timeouts.inspect, options, id, kind });
      return true;
    } catch (error) {
      if (EngineError.from(error).reason === 'gone') return false;
      throw error;
    }
  }

  /**
   * Docker's own force kills without grace: what runs is stopped first. A container with `--rm` goes by itself when it is
   * stopped, which is what was asked.
   */
  async remove(key: NodeKey, options: RemoveOptions): Promise<void> {
    const { kind, id, path } = this.node(key);
    if (kind === 'volume') {
      await this.api.send('DELETE', path, { deadline: stopDeadline(0), options, id, kind });
      return;
    }
    const deadline = options.deadline ?? stopDeadline(options.force ? options.timeout : 0);
    const until = this.clock.now() + deadline;
    const call = { options: { signal: options.signal }, id };
    // Whatever the stop took, what follows has the time of a removal that stops nothing.
    const left = () => ({ ...call, deadline: Math.max(stopDeadline(0), until - this.clock.now()) });
    let wasStopped = false;
    if (options.force && options.timeout !== 0) {
      const query = { t: dockerTimeout(options.timeout) };
      wasStopped = (await this.api.send('POST', `${path}/stop`, { query, deadline, ...call })).status !== 304;
    }
    try {
      await this.api.send('DELETE', path, { query: { v: 1, force: options.force ? 1 : undefined }, ...left() });
    } catch (thrown) {
      const error = EngineError.from(thrown);
      if (!wasStopped || (error.reason !== 'gone' && error.reason !== 'inProgress')) throw error;
      if (error.reason === 'inProgress') await this.waitUntilGone(path, left());
    }
  }

  async stop(key: NodeKey, options?: StopOptions): Promise<void> {
    const { id, path } = this.container(key);
    const call = {
      query: { t: dockerTimeout(options?.timeout) },
      deadline: stopDeadline(options?.timeout),
      options,
      id,
    };
    await this.api.send('POST', `${path}/stop`, call);
  }

  async kill(key: NodeKey, signal: string, options?: CallOptions): Promise<void> {
    try {
      await this.command(key, 'kill', options, { signal });
    } catch (error) {
      if (!isNotRunning(EngineError.from(error))) throw error;
    }
  }

  start(key: NodeKey, options?: CallOptions): Promise<void> {
    return this.command(key, 'start', options);
  }

  async restart(key: NodeKey, options?: StopOptions): Promise<void> {
    const { id, path } = this.container(key);
    const call = {
      query: { t: dockerTimeout(options?.timeout) },
      deadline: stopDeadline(options?.timeout),
      options,
      id,
    };
    await this.api.send('POST', `${path}/restart`, call);
  }

  pause(key: NodeKey, options?: CallOptions): Promise<void> {
    return this.command(key, 'pause', options);
  }

  unpause(key: NodeKey, options?: CallOptions): Promise<void> {
    return this.command(key, 'unpause', options);
  }

  events(listener: EventListener, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    return streamEvents(this.api, this.id, { filters: '{"type":["container"]}' }, listener, signal);
  }

  /**
   * Whether a container needs another. One that cannot be inspected keeps nobody from removing others: what it needs is unknown,
   * and stays so.
   */
  private async dependencies(node: ContainerNode, dependency: NodeKey, options?: CallOptions): Promise<boolean> {
    try {
      if (!this.edges.has(node.id) && (this.unreadable.get(node.id) ?? 0) > this.clock.now()) return false;
      const edges = this.edges.get(node.id) ?? (await this.inspect(node.key, options)).edges;
      return edges.some((edge) => edge.to === dependency && isHard(edge));
    } catch (thrown) {
      if (EngineError.from(thrown).reason !== 'gone' && !isAnsweredBadly(thrown)) throw thrown;
      return false;
    }
  }

  private async waitUntilGone(path: string, call: { deadline: number; options: CallOptions; id: string }) {
    try {
      await this.api.send('POST', `${path}/wait`, { query: { condition: 'removed' }, ...call });
    } catch (error) {
      if (EngineError.from(error).reason !== 'gone') throw error;
    }
  }

  private async command(key: NodeKey, verb: string, options?: CallOptions, query?: Query): Promise<void> {
    const { id, path } = this.container(key);
    await this.api.send('POST', `${path}/${verb}`, { query, deadline: timeouts.command, options, id });
  }

  private inspectByName(name: string, options?: CallOptions): Promise<unknown> {
    const call = { deadline: timeouts.inspect, options, id: name };
    return this.api.json('GET', `/containers/${encodeURIComponent(name)}/json`, call);
  }

  /** Learns the id of a container that an inspect named. One that is gone by now makes no edge. */
  private async resolveId(name: string, options?: CallOptions): Promise<void> {
    try {
      const id = text(JsonObject(await this.inspectByName(name, options))['Id']);
      if (id) this.nameIndex.add(name, id);
    } catch (error) {
      if (EngineError.from(error).reason !== 'gone') throw error;
    }
  }

  private node(key: NodeKey): { readonly kind: NodeKind; readonly id: string; readonly path: string } {
    const { kind, id } = splitKey(key, this.id);
    if (kind === 'pod') throw new EngineError('unsupported', 'Docker has no pods');
    return { kind, id, path: `/${kind}s/${id}` };
  }

  private container(key: NodeKey): { readonly id: string; readonly path: string } {
    const node = this.node(key);
    if (node.kind !== 'container')
      throw new EngineError('unsupported', 'only containers are stopped, started or inspected');
    return node;
  }
}

/** Whether the engine was there, and failed at this one object or kept silent about it. */
function isAnsweredBadly(thrown: unknown): boolean {
  const { reason, details } = EngineError.from(thrown);
  return reason === 'timeout' || reason === 'malformed' || reason === 'ambiguousId' || details.status !== undefined;
}
