import os from 'node:os';
import {
  type ContainerNode,
  type EngineId,
  isActive,
  keyDeps,
  type NodeKey,
  type NodeKind,
  type PodNode,
  type VolumeNode,
} from '../graph/model/model';
import { checkIsAbout, ContainerNameIndex, type EngineAdapter, isNotRunning, splitKey } from './adapter';
import type {
  AttachedContainer,
  CallOptions,
  EngineEvent,
  EventListener,
  Inspection,
  RemoveOptions,
  StopOptions,
} from './engine';
import { EngineError } from './error';
import { streamEvents } from './events';
import { ExecAndLogsApi } from './execAndLogs';
import type { ContainerInspector } from './inspector';
import { readContainerList, readInspection, readPodMembers, unresolvedNames } from './responses/containers';
import { podCommandError, podErrors, podRemovalError } from './responses/errorResponse';
import { type Fields, JsonObject, parseJson, text } from './responses/json';
import { danglingFilter, readPodList, readVolumeList } from './responses/podsAndVolumes';
import { libpodTimeout, stopDeadline, timeouts } from './timeouts';
import { EngineHttpClient } from './transport/engineHttpClient';
import type { Query, Transport } from './transport/transport';

/** Podman's `pkg/parallel`: three jobs for each processor and one more, over all requests to a service. */
function defaultParallelism(processors: number): number {
  return Math.floor(processors) * 3 + 1;
}

/**
 * How many removals a Podman at this endpoint will carry out at once, as long as it has not been asked: a socket on Linux is
 * nearly always that of a service on the same machine. Undefined for any other endpoint: that may be a virtual machine.
 */
export function localParallelism(endpoint: string): number | undefined {
  return process.platform === 'linux' && endpoint.startsWith('unix://')
    ? defaultParallelism(os.availableParallelism())
    : undefined;
}

/** Podman through libpod's API, 4.3 to 6.1. */
export class PodmanAdapter implements EngineAdapter {
  readonly inspector: ContainerInspector;
  private readonly api: EngineHttpClient;
  private readonly nameIndex = new ContainerNameIndex();
  /** Whether names that containers get are reported; where no stream was opened yet, lists are all there is. */
  private isFollowed = true;

  constructor(
    private readonly id: EngineId,
    transport: Transport,
  ) {
    // This prefix works on 4.3.1, 5.4, 5.8 and 6.1.
    this.api = new EngineHttpClient(transport, id, '/v4.0.0/libpod');
    this.inspector = new ExecAndLogsApi(id, this.api, false, (key) => void this.node(key));
  }

  async parallelism(options?: CallOptions): Promise<number | undefined> {
    // Two seconds and more of an engine that is about to be busy (5.8.6): not for what this machine knows as well.
    const local = localParallelism(this.api.transport.endpoint);
    if (local !== undefined) return local;
    const told = await this.errorContext(options);
    const cpus = JsonObject(told['host'])['cpus'];
    if (typeof cpus === 'number' && cpus >= 1) return defaultParallelism(cpus);
    throw new EngineError('malformed', 'an answer without the number of processors');
  }

  /** Podman has no id of its own (the one in its answers to Docker's clients is another each time): its places stand for it. */
  async identity(options?: CallOptions): Promise<string> {
    const told = await this.errorContext(options);
    const [host, store] = [JsonObject(told['host']), JsonObject(told['store'])];
    const places = [host['hostname'], store['graphRoot'], store['runRoot']].map(text);
    if (places.every(Boolean)) return places.join(' ');
    throw new EngineError('malformed', 'an answer without the host and its stores');
  }

  async listContainers(options?: CallOptions): Promise<readonly ContainerNode[]> {
    const call = { query: { all: true }, deadline: timeouts.list, options };
    const nodes = readContainerList(await this.api.json('GET', '/containers/json', call), this.id);
    return this.nameIndex.replaceAll(nodes);
  }

  async listPods(options?: CallOptions): Promise<readonly PodNode[]> {
    const answer = await this.api.json('GET', '/pods/json', { deadline: timeouts.list, options });
    return this.nameIndex.learnPods(readPodList(answer, this.id));
  }

  async listVolumes(options?: CallOptions): Promise<readonly VolumeNode[]> {
    const call = { query: { filters: danglingFilter }, deadline: timeouts.list, options };
    return readVolumeList(await this.api.json('GET', '/volumes/json', call), this.id);
  }

  async inspect(key: NodeKey, options?: CallOptions): Promise<Inspection> {
    const { id } = this.container(key);
    const answer = await this.inspectByName(id, options);
    checkIsAbout(answer, id);
    for (const name of unresolvedNames(JsonObject(answer), this.nameIndex)) await this.resolveId(name, options);
    return readInspection(answer, this.id, this.nameIndex);
  }

  async listAttached(key: NodeKey, options?: CallOptions): Promise<readonly AttachedContainer[]> {
    const { kind, id, path } = this.node(key);
    // Podman refuses to remove a container with dependents: nothing needs to be asked.
    if (kind === 'container') return [];
    // Not a list of containers: with a filter too, that waits for the locks of others that are just being removed.
    const call = { deadline: timeouts.list, options, id };
    return readPodMembers(await this.api.json('GET', `${path}/json`, call), this.id);
  }

  async exists(key: NodeKey, options?: CallOptions): Promise<boolean> {
    const { kind, id, path } = pathOf(key, this.id);
    // Asked about such an id, the engine answers about another one.
    if (this.nameIndex.holderOf(kind, id) !== undefined) return this.isListed(key, options);
    try {
      const call = { deadline: timeouts.inspect, options, kind };
      const { status, request } = await this.api.send('GET', `${path}/exists`, call);
      // Nothing else is a yes: what stands between may answer 200 with a page of its own.
      if (status !== 204) throw new EngineError('malformed', `${request}: ${status} where 204 was due`, { status });
      return true;
    } catch (error) {
      if (EngineError.from(error).reason === 'gone') return false;
      throw error;
    }
  }

  async remove(key: NodeKey, options: RemoveOptions): Promise<void> {
    const { kind, id, path } = await this.verified(key, options);
    const deadline = stopDeadline(options.force ? options.timeout : 0);
    if (kind === 'volume') {
      // Never `force`: it removes the containers that use the volume along with it.
      await this.api.send('DELETE', path, { deadline, options, id, kind });
      return;
    }
    const force = options.force || undefined;
    const timeout = libpodTimeout(options.force ? options.timeout : undefined);
    if (kind === 'container') {
      // `volumes`, for libpod ignores `v`. Never `depend`: several at once hang 5.8.6 and 6.1.1 for good.
      const query = { force, timeout, volumes: true };
      await this.api.send('DELETE', path, { query, deadline, options, id });
      return;
    }
    const answer = await this.api.send('DELETE', path, { query: { force, timeout }, deadline, options, id });
    const error = podRemovalError(parseJson(answer), this.id);
    if (error) throw error;
  }

  async stop(key: NodeKey, options?: StopOptions): Promise<void> {
    const { kind, id, path } = await this.verified(key, options);
    const call = { deadline: stopDeadline(options?.timeout), options, id };
    if (kind === 'container') {
      // `timeout`: libpod ignores `t` for containers (4.3.1, 5.8.6, 6.1.1).
      await this.api.send('POST', `${path}/stop`, { ...call, query: { timeout: libpodTimeout(options?.timeout) } });
      return;
    }
    // For pods it is `t`, and 0 is taken as not given.
    if (options?.timeout !== 0) {
      const query = { t: libpodTimeout(options?.timeout) };
      const answer = await this.api.send('POST', `${path}/stop`, { ...call, query });
      if (answer.status !== 304) return this.throwPodErrors(parseJson(answer), id, answer.status);
      // A pod that is Degraded (not all of it runs) answers 304 and stops nothing.
    }
    const running = (await this.listAttached(key, options)).filter((member) => isActive(member.state));
    await Promise.all(running.filter((member) => !member.isInfra).map((member) => this.stop(member.key, options)));
    for (const infra of running.filter((member) => member.isInfra)) await this.stop(infra.key, options);
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
    const { kind, id, path } = await this.verified(key, options);
    // As for stop, libpod ignores `t`; for pods it knows neither.
    const query = kind === 'container' ? { timeout: libpodTimeout(options?.timeout) } : {};
    const call = { query, deadline: stopDeadline(options?.timeout), options, id };
    const answer = await this.api.send('POST', `${path}/restart`, call);
    if (kind === 'pod') this.throwPodErrors(parseJson(answer), id, answer.status);
  }

  pause(key: NodeKey, options?: CallOptions): Promise<void> {
    return this.command(key, 'pause', options);
  }

  unpause(key: NodeKey, options?: CallOptions): Promise<void> {
    return this.command(key, 'unpause', options);
  }

  async events(listener: EventListener, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    const onOpen = () => {
      this.isFollowed = true;
      listener.onOpen();
    };
    const onEvent = (event: EngineEvent) => {
      this.nameIndex.learnEvent(event);
      listener.onEvent(event);
    };
    try {
      await streamEvents(this.api, this.id, { stream: true }, { onOpen, onEvent }, signal);
    } finally {
      this.isFollowed = false;
    }
  }

  private async errorContext(options?: CallOptions): Promise<Fields> {
    return JsonObject(await this.api.json('GET', '/info', { deadline: timeouts.list, options }));
  }

  private async command(key: NodeKey, verb: string, options?: CallOptions, query?: Query): Promise<void> {
    const { kind, id, path } = await this.verified(key, options);
    const call = { query, deadline: timeouts.command, options, id };
    const answer = await this.api.send('POST', `${path}/${verb}`, call);
    if (kind === 'pod' && answer.body) this.throwPodErrors(parseJson(answer), id, answer.status);
  }

  private throwPodErrors(answer: unknown, id: string, status: number): void {
    const errors = podErrors(answer);
    if (errors.length > 0) throw podCommandError(errors, { engine: this.id, id, kind: 'pod' }, status);
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

  private async isListed(key: NodeKey, options?: CallOptions): Promise<boolean> {
    const pods = keyDeps(key).kind === 'pod';
    const nodes = pods ? await this.listPods(options) : await this.listContainers(options);
    return nodes.some((node) => node.key === key);
  }

  /** Where a node is found. Throws for one whose id the engine would take for the name of another (5.8.6, 6.1.1). */
  private node(key: NodeKey): NodePath {
    const node = pathOf(key, this.id);
    const holder = this.nameIndex.holderOf(node.kind, node.id);
    if (holder === undefined) return node;
    const detail = `another ${node.kind} (${holder.slice(0, 12)}) is named like the id of this one`;
    throw new EngineError('ambiguousId', detail, { sent: false });
  }

  /** The same for what changes something: without events another one may have got such a name since the last list. */
  private async verified(key: NodeKey, options?: CallOptions): Promise<NodePath> {
    const node = this.node(key);
    if (this.isFollowed || node.kind !== 'container') return node;
    try {
      checkIsAbout(await this.inspectByName(node.id, { signal: options?.signal, deadline: timeouts.verify }), node.id);
    } catch (thrown) {
      // Whatever else is wrong, the call itself tells better.
      const { reason, detail } = EngineError.from(thrown);
      if (reason === 'ambiguousId') throw new EngineError(reason, detail, { sent: false });
    }
    return node;
  }

  private container(key: NodeKey): { readonly id: string } {
    const node = this.node(key);
    if (node.kind !== 'container') throw new EngineError('unsupported', 'only containers are inspected');
    return node;
  }
}

interface NodePath {
  readonly kind: NodeKind;
  readonly id: string;
  readonly path: string;
}

function pathOf(key: NodeKey, engine: EngineId): NodePath {
  const { kind, id } = splitKey(key, engine);
  return { kind, id, path: `/${kind}s/${id}` };
}
