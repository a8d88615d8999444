import type { ContainerNode, EngineId, NodeKey, NodeKind, PodNode, VolumeNode } from '../graph/model';
import { isActive, keyParts } from '../graph/model';
import { type Adapter, checkIsAbout, isDownAlready, nodeOf } from './adapter';
import { type Fields, fields, parseJson, text } from './answers/json';
import { podCommandError, podErrors } from './answers/refusal';
import { deadlines, libpodTimeout, stopDeadline } from './deadlines';
import type {
  Attached,
  CallOptions,
  EngineEvent,
  EventListener,
  Inspection,
  RemoveOptions,
  StopOptions,
} from './engine';
import { EngineError } from './error';
import { followEvents } from './events/follow';
import type { Insight } from './insight';
import { localSlots, slotsFor } from './localSlots';
import { Roster } from './roster';
import { readContainerList } from './shapes/containerList';
import { unknownNames } from './shapes/dependencies';
import { readInspection } from './shapes/inspection';
import { readPodList } from './shapes/podList';
import { readPodMembers } from './shapes/podMembers';
import { podRemovalError } from './shapes/podRemoval';
import { dangling, readVolumeList } from './shapes/volumeList';
import { Insights } from './streams/insights';
import { Api } from './transport/api';
import type { Query, Transport } from './transport/transport';

/** Podman through libpod's API, 4.3 to 6.1. */
export class PodmanAdapter implements Adapter {
  readonly insight: Insight;
  private readonly api: Api;
  private readonly roster = new Roster();
  /** Whether names that containers get are reported; where no stream was opened yet, lists are all there is. */
  private isFollowed = true;

  constructor(
    private readonly id: EngineId,
    transport: Transport,
  ) {
    // This prefix works on 4.3.1, 5.4, 5.8 and 6.1.
    this.api = new Api(transport, id, '/v4.0.0/libpod');
    this.insight = new Insights(id, this.api, false, (key) => void this.node(key));
  }

  async slots(options?: CallOptions): Promise<number | undefined> {
    // Two seconds and more of an engine that is about to be busy (5.8.6): not for what this machine knows as well.
    const local = localSlots(this.api.transport.endpoint);
    if (local !== undefined) return local;
    const told = await this.about(options);
    const cpus = fields(told['host'])['cpus'];
    if (typeof cpus === 'number' && cpus >= 1) return slotsFor(cpus);
    throw new EngineError('malformed', 'an answer without the number of processors');
  }

  /** Podman has no id of its own (the one in its answers to Docker's clients is another each time): its places stand for it. */
  async identity(options?: CallOptions): Promise<string> {
    const told = await this.about(options);
    const [host, store] = [fields(told['host']), fields(told['store'])];
    const places = [host['hostname'], store['graphRoot'], store['runRoot']].map(text);
    if (places.every(Boolean)) return places.join(' ');
    throw new EngineError('malformed', 'an answer without the host and its stores');
  }

  async listContainers(options?: CallOptions): Promise<readonly ContainerNode[]> {
    const call = { query: { all: true }, deadline: deadlines.list, options };
    const nodes = readContainerList(await this.api.json('GET', '/containers/json', call), this.id);
    return this.roster.learn(nodes);
  }

  async listPods(options?: CallOptions): Promise<readonly PodNode[]> {
    const answer = await this.api.json('GET', '/pods/json', { deadline: deadlines.list, options });
    return this.roster.learnPods(readPodList(answer, this.id));
  }

  async listVolumes(options?: CallOptions): Promise<readonly VolumeNode[]> {
    const call = { query: { filters: dangling }, deadline: deadlines.list, options };
    return readVolumeList(await this.api.json('GET', '/volumes/json', call), this.id);
  }

  async inspect(key: NodeKey, options?: CallOptions): Promise<Inspection> {
    const { id } = this.container(key);
    const answer = await this.inspectByName(id, options);
    checkIsAbout(answer, id);
    for (const name of unknownNames(fields(answer), this.roster)) await this.lookUp(name, options);
    return readInspection(answer, this.id, this.roster);
  }

  async attached(key: NodeKey, options?: CallOptions): Promise<readonly Attached[]> {
    const { kind, id, path } = this.node(key);
    // Podman refuses to remove a container with dependents: nothing needs to be asked.
    if (kind === 'container') return [];
    // Not a list of containers: with a filter too, that waits for the locks of others that are just being removed.
    const call = { deadline: deadlines.list, options, id };
    return readPodMembers(await this.api.json('GET', `${path}/json`, call), this.id);
  }

  async exists(key: NodeKey, options?: CallOptions): Promise<boolean> {
    const { kind, id, path } = pathOf(key, this.id);
    // Asked about such an id, the engine answers about another one.
    if (this.roster.holderOf(kind, id) !== undefined) return this.isListed(key, options);
    try {
      const call = { deadline: deadlines.inspect, options, kind };
      const { status, asked } = await this.api.send('GET', `${path}/exists`, call);
      // Nothing else is a yes: what stands between may answer 200 with a page of its own.
      if (status !== 204) throw new EngineError('malformed', `${asked}: ${status} where 204 was due`, { status });
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
      if (answer.status !== 304) return this.rejectPodErrors(parseJson(answer), id, answer.status);
      // A pod that is Degraded (not all of it runs) answers 304 and stops nothing.
    }
    const running = (await this.attached(key, options)).filter((member) => isActive(member.state));
    await Promise.all(running.filter((member) => !member.infra).map((member) => this.stop(member.key, options)));
    for (const infra of running.filter((member) => member.infra)) await this.stop(infra.key, options);
  }

  async kill(key: NodeKey, signal: string, options?: CallOptions): Promise<void> {
    try {
      await this.command(key, 'kill', options, { signal });
    } catch (error) {
      if (!isDownAlready(EngineError.from(error))) throw error;
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
    if (kind === 'pod') this.rejectPodErrors(parseJson(answer), id, answer.status);
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
      this.roster.learnEvent(event);
      listener.onEvent(event);
    };
    try {
      await followEvents(this.api, this.id, { stream: true }, { onOpen, onEvent }, signal);
    } finally {
      this.isFollowed = false;
    }
  }

  private async about(options?: CallOptions): Promise<Fields> {
    return fields(await this.api.json('GET', '/info', { deadline: deadlines.list, options }));
  }

  private async command(key: NodeKey, verb: string, options?: CallOptions, query?: Query): Promise<void> {
    const { kind, id, path } = await this.verified(key, options);
    const call = { query, deadline: deadlines.command, options, id };
    const answer = await this.api.send('POST', `${path}/${verb}`, call);
    if (kind === 'pod' && answer.body) this.rejectPodErrors(parseJson(answer), id, answer.status);
  }

  private rejectPodErrors(answer: unknown, id: string, status: number): void {
    const errors = podErrors(answer);
    if (errors.length > 0) throw podCommandError(errors, { engine: this.id, id, kind: 'pod' }, status);
  }

  private inspectByName(name: string, options?: CallOptions): Promise<unknown> {
    const call = { deadline: deadlines.inspect, options, id: name };
    return this.api.json('GET', `/containers/${encodeURIComponent(name)}/json`, call);
  }

  /** Learns the id of a container that an inspect named. One that is gone by now makes no edge. */
  private async lookUp(name: string, options?: CallOptions): Promise<void> {
    try {
      const id = text(fields(await this.inspectByName(name, options))['Id']);
      if (id) this.roster.learnName(name, id);
    } catch (error) {
      if (EngineError.from(error).reason !== 'gone') throw error;
    }
  }

  private async isListed(key: NodeKey, options?: CallOptions): Promise<boolean> {
    const pods = keyParts(key).kind === 'pod';
    const nodes = pods ? await this.listPods(options) : await this.listContainers(options);
    return nodes.some((node) => node.key === key);
  }

  /** Where a node is found. Throws for one whose id the engine would take for the name of another (5.8.6, 6.1.1). */
  private node(key: NodeKey): NodePath {
    const node = pathOf(key, this.id);
    const holder = this.roster.holderOf(node.kind, node.id);
    if (holder === undefined) return node;
    const words = `another ${node.kind} (${holder.slice(0, 12)}) is named like the id of this one`;
    throw new EngineError('ambiguousId', words, { sent: false });
  }

  /** The same for what changes something: without events another one may have got such a name since the last list. */
  private async verified(key: NodeKey, options?: CallOptions): Promise<NodePath> {
    const node = this.node(key);
    if (this.isFollowed || node.kind !== 'container') return node;
    try {
      checkIsAbout(await this.inspectByName(node.id, { signal: options?.signal, deadline: deadlines.verify }), node.id);
    } catch (thrown) {
      // Whatever else is wrong, the call itself tells better.
      const { reason, words } = EngineError.from(thrown);
      if (reason === 'ambiguousId') throw new EngineError(reason, words, { sent: false });
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
  const { kind, id } = nodeOf(key, engine);
  return { kind, id, path: `/${kind}s/${id}` };
}
