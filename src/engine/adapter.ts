import { type ContainerNode, type EngineId, type NodeKey, parseKey, shortId } from '../graph/model/model';
import { type ImageNode, type NetworkNode, resourcesOf, type VolumeNode } from '../graph/model/resources';
import { asObject, asString } from '../graph/model/untrusted';
import type {
  AttachedContainer,
  CallOptions,
  ContainerInspector,
  Engine,
  EngineInfo,
  Inspection,
  ListOptions,
} from './engine';
import { EngineError } from './error';
import { ExecAndLogs } from './execAndLogs';
import { ContainerNameIndex } from './nameIndex';
import type { RecipeOperations } from './recipe/recipe';
import { containerListParser, parseInspection, unresolvedNames } from './responses/containers';
import {
  danglingFilter,
  parseDiskUsage,
  parseImageList,
  parseNetworkList,
  parseVolumeList,
} from './responses/resources';
import { timeouts } from './timeouts';
import type { EngineHttpClient, NodePath } from './transport/engineHttpClient';
import type { Query } from './transport/transport';

/** The operations of an `Engine` for one engine type. */
export type EngineAdapter = Omit<
  Engine,
  'endpoint' | 'connect' | 'close' | keyof ContainerInspector | keyof RecipeOperations | 'systemd'
> & {
  readonly inspector: ContainerInspector;
  /** Loads the bundle of recipes on first use. */
  recipes(): Promise<RecipeOperations>;
};

/** What libpod's API and Docker's have in common. */
export abstract class BaseAdapter {
  readonly inspector: ContainerInspector;
  private readonly names = new ContainerNameIndex();
  /** The last list, until it is indexed. */
  private unindexed: readonly ContainerNode[] | undefined;
  private recipeOperations: Promise<RecipeOperations> | undefined;

  /** @param unframedTerminals whether logs of a container with a terminal are unframed (Docker; libpod frames all) */
  constructor(
    protected readonly id: EngineId,
    protected readonly api: EngineHttpClient,
    protected readonly info: EngineInfo,
    unframedTerminals: boolean,
  ) {
    this.inspector = new ExecAndLogs(
      api,
      (key) => this.node(key),
      unframedTerminals,
      () => this.listSuffix,
    );
  }

  /** Whether lists can have the ids of namespaces. */
  protected readonly hasNamespaces: boolean = false;
  /** The last part of the paths that list and inspect volumes and networks. */
  protected readonly listSuffix: string = '';

  recipes(): Promise<RecipeOperations> {
    return (this.recipeOperations ??= this.loadRecipes());
  }

  private async loadRecipes(): Promise<RecipeOperations> {
    const { createRecipeOperations } = await import('./recipe/create');
    return createRecipeOperations({
      engine: { name: this.info.type, version: this.info.version },
      apiVersion: this.info.apiVersion,
      api: this.api,
      inspectRaw: (key, options) => this.inspector.inspectRaw(key, options),
      fullIdOf: (id) => this.nameIndex.idOf(id),
    });
  }

  /** Sends a command without a stop timeout. */
  protected abstract command(key: NodeKey, verb: string, options?: CallOptions, query?: Query): Promise<void>;

  async listContainers(options?: ListOptions): Promise<readonly ContainerNode[]> {
    const isComplete = options?.namespaces !== false;
    const query = { all: true, ...(this.hasNamespaces && isComplete && { namespace: true }) };
    const unlisted = this.hasNamespaces && !isComplete ? '' : undefined;
    const call = { query, timeoutMs: timeouts.list, options };
    const nodes = await this.api.list('/containers/json', call, () => containerListParser(this.id, unlisted));
    this.unindexed = nodes;
    // The view shows the list first.
    setImmediate(() => void this.nameIndex);
    return nodes;
  }

  protected get nameIndex(): ContainerNameIndex {
    if (this.unindexed) this.names.replaceAll(this.unindexed);
    this.unindexed = undefined;
    return this.names;
  }

  async listVolumes(options?: CallOptions): Promise<readonly VolumeNode[]> {
    const call = { timeoutMs: timeouts.list, options };
    const path = `/volumes${this.listSuffix}`;
    const [all, dangling] = await Promise.all([
      this.api.json('GET', path, call),
      this.api.json('GET', path, { ...call, query: { filters: danglingFilter } }),
    ]);
    const list = this.listSuffix
      ? (response: unknown) => response
      : (response: unknown) => asObject(response)['Volumes'];
    return parseVolumeList(list(all), list(dangling), this.id);
  }

  async listNetworks(options?: CallOptions): Promise<readonly NetworkNode[]> {
    const call = { timeoutMs: timeouts.list, options };
    return parseNetworkList(await this.api.json('GET', `/networks${this.listSuffix}`, call), this.id);
  }

  async listImages(options?: CallOptions): Promise<readonly ImageNode[]> {
    return parseImageList(await this.api.json('GET', '/images/json', { timeoutMs: timeouts.list, options }), this.id);
  }

  async measureSizes(options?: CallOptions): Promise<ReadonlyMap<NodeKey, number>> {
    return parseDiskUsage(await this.api.json('GET', '/system/df', { timeoutMs: timeouts.measure, options }), this.id);
  }

  /** The containers that use a volume, network or image. */
  protected async listUsers(key: NodeKey, options?: CallOptions): Promise<readonly AttachedContainer[]> {
    const { kind, id } = parseKey(key);
    // Not all lists have the names of volumes.
    const filters = kind === 'volume' ? { filters: JSON.stringify({ volume: [id] }) } : {};
    const call = { query: { all: true, ...filters }, timeoutMs: timeouts.list, options };
    const nodes = await this.api.list('/containers/json', call, () => containerListParser(this.id));
    return kind === 'volume' ? nodes : nodes.filter((node) => resourcesOf(node).includes(key));
  }

  async inspect(key: NodeKey, options?: CallOptions): Promise<Inspection> {
    const { id } = this.container(key);
    const response = await this.fetchInspect(id, options);
    assertSameId(response, id);
    await this.resolveReferences(response, options);
    return parseInspection(response, this.id, this.nameIndex);
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

  pause(key: NodeKey, options?: CallOptions): Promise<void> {
    return this.command(key, 'pause', options);
  }

  unpause(key: NodeKey, options?: CallOptions): Promise<void> {
    return this.command(key, 'unpause', options);
  }

  /** Inspects a container by id or name. */
  protected fetchInspect(reference: string, options?: CallOptions): Promise<unknown> {
    const call = { timeoutMs: timeouts.inspect, options, id: reference };
    return this.api.json('GET', `/containers/${encodeURIComponent(reference)}/json`, call);
  }

  /** Whether the request succeeds; false if its node does not exist. */
  protected async succeeds(request: Promise<unknown>): Promise<boolean> {
    try {
      await request;
      return true;
    } catch (error) {
      if (EngineError.from(error).reason === 'gone') return false;
      throw error;
    }
  }

  /** The path of a node. Throws `unsupported` for a key of another engine. */
  protected node(key: NodeKey): NodePath {
    const { engine, kind, id } = parseKey(key);
    if (engine !== this.id) throw new EngineError('unsupported', `${key} is not of engine ${this.id}`);
    const encoded = encodeURIComponent(id);
    return { kind, id: encoded, path: `/${kind}s/${encoded}` };
  }

  protected container(key: NodeKey): NodePath {
    const node = this.node(key);
    if (node.kind === 'container') return node;
    throw new EngineError('unsupported', 'only containers are stopped, started or inspected');
  }

  /** Adds containers that an inspect refers to and the index lacks. A removed container makes no edge. */
  private async resolveReferences(inspect: unknown, options?: CallOptions): Promise<void> {
    for (const name of unresolvedNames(asObject(inspect), this.nameIndex)) {
      await this.succeeds(
        this.fetchInspect(name, options).then((found) => {
          const id = asString(asObject(found)['Id']);
          if (id) this.nameIndex.add(name, id);
        }),
      );
    }
  }
}

/**
 * Whether a signal was rejected because nothing runs. Podman: `can only kill running containers. … is in state exited`,
 * Docker: `container … is not running`.
 */
function isNotRunning(error: EngineError): boolean {
  return /is in state (exited|stopped|created|configured|initialized)|is not running|no running containers/.test(
    error.detail,
  );
}

/** Podman resolves names before ids, so it may respond for a container whose name is the requested id. */
export function assertSameId(response: unknown, id: string) {
  const responseId = asString(asObject(response)['Id']);
  if (!responseId || responseId === id) return;
  throw new EngineError('ambiguousId', `the engine resolves this id to another container (${shortId(responseId)})`);
}
