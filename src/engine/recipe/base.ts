import { asArray, asObject, asString, excerpt, isObject, type JsonObject } from '../../graph/model/untrusted';
import { parseKey, type NodeKey } from '../../graph/model/model';
import type { RecipeProblem } from '../../graph/plan/recipeProblem';
import type { CallOptions } from '../engine';
import { EngineError, fromSystemError } from '../error';
import { isAnonymousName } from '../../graph/model/resources';
import { timeouts } from '../timeouts';
import type { EngineHttpClient } from '../transport/engineHttpClient';
import type { Method, Query } from '../transport/transport';
import { differences } from './compare';
import { portsInUse, requestedPorts } from './ports';
import type {
  CreatedNode,
  CreateFromRecipeOptions,
  IdOf,
  ReadOptions,
  Recipe,
  RecipeOperations,
  ResourceRecipe,
  WriteOptions,
} from './recipe';
import { isFullId, requiredIds, withFullIds } from './references';

export interface RecipeAccess {
  readonly engine: Recipe['engine'];
  readonly api: EngineHttpClient;
  /** The API version, `1.45`. */
  readonly apiVersion: string;
  inspectRaw(key: NodeKey, options?: CallOptions): Promise<unknown>;
  /** The full id for a short one. */
  readonly fullIdOf: IdOf;
}

/** An image as its inspect response describes it. */
interface RecipeImage {
  readonly id: string;
  readonly config: JsonObject;
}

/** Its pods work without it. */
const serviceContainer = {
  kind: 'invalidRecipe',
  detail: 'only `podman kube play` creates service containers',
} as const;

/** Milliseconds for a creation, which copies the image's volumes. */
const creationTimeout = 60_000;

/** What the recipes of libpod and Docker have in common. */
export abstract class BaseRecipes implements RecipeOperations {
  /** One list for all recipes that are checked at the same time. */
  private containerList: Promise<unknown> | undefined;
  /** Networks and volumes that are being created. */
  private readonly creations = new Map<string, Promise<void>>();

  constructor(protected readonly access: RecipeAccess) {}

  protected abstract networksOf(inspect: JsonObject): readonly string[];
  protected abstract secretsOf(inspect: JsonObject): readonly string[];
  /** Fields whose values the inspect response does not contain. */
  protected abstract lostFields(inspect: JsonObject): readonly string[];
  /** The inspect response with what other requests add. */
  protected abstract completed(inspect: JsonObject): Promise<JsonObject>;
  /** Creates the object and returns its id. */
  protected abstract create(recipe: CheckedRecipe, call: CreateCall): Promise<string>;
  protected abstract ownInspect(kind: Recipe['kind'], id: string, options?: CallOptions): Promise<JsonObject>;
  protected abstract owner(name: string, options?: CallOptions): Promise<string | undefined>;

  async readRecipe(key: NodeKey, options?: CallOptions): Promise<Recipe> {
    const { kind, id } = parseKey(key);
    if (kind !== 'container' && kind !== 'pod') throw new EngineError('unsupported', `a ${kind} has no recipe`);
    const inspect = withFullIds(asObject(await this.access.inspectRaw(key, options)), this.access.fullIdOf);
    const infra = kind === 'pod' ? asString(inspect['InfraContainerID']) : '';
    const complete = infra
      ? { ...inspect, Infra: await this.ownInspect('container', infra, options) }
      : await this.completed(inspect);
    const name = asString(inspect['Name']).replace(/^\//, '');
    return { kind, id, name, engine: this.access.engine, wasRunning: wasRunning(kind, inspect), inspect: complete };
  }

  async readResource(key: NodeKey, options?: CallOptions): Promise<ResourceRecipe> {
    const { kind, id: name } = parseKey(key);
    if (kind !== 'network' && kind !== 'volume') throw new EngineError('unsupported', `a ${kind} has no recipe`);
    return { kind, name, inspect: await this.access.api.json('GET', this.inspectPath(kind, name), this.call(options)) };
  }

  async checkRecipe(recipe: Recipe, idOf: IdOf, options?: CallOptions): Promise<readonly RecipeProblem[]> {
    const { inspect, name, image } = this.checked(recipe);
    const [owner, images, networks, volumes, secrets, ports] = await Promise.all([
      this.owner(name, options),
      Promise.all([image.name, image.id].map((reference) => this.image(reference, options))),
      this.missing('networks', this.networksOf(inspect), options),
      this.missing('volumes', volumesOf(inspect), options),
      this.missing('secrets', this.secretsOf(inspect), options),
      this.portsInUse(inspect, options),
    ]);
    const absent = requiredIds(inspect).filter((id) => idOf(id) === undefined && id !== asString(inspect['Id']));
    return [
      ...(titleOf(this.access.engine) === titleOf(recipe.engine)
        ? []
        : [{ kind: 'otherEngine' as const, title: titleOf(recipe.engine) }]),
      ...(inspect['IsService'] === true ? [serviceContainer] : []),
      ...(owner === undefined ? [] : [{ kind: 'nameTaken' as const, name, owner }]),
      ...(image.id === '' || images.some(Boolean) ? [] : [{ kind: 'imageMissing' as const, image: image.name }]),
      ...absent.map((id) => ({ kind: 'dependencyMissing' as const, id })),
      ...networks.map((network) => ({
        kind: resourcesIn(recipe, 'network').some(({ name: one }) => one === network)
          ? ('networkRecreated' as const)
          : ('networkMissing' as const),
        network,
      })),
      ...secrets.map((secret) => ({ kind: 'secretMissing' as const, secret })),
      ...volumes.map((volume) => ({ kind: 'volumeMissing' as const, volume, isAnonymous: isAnonymousName(volume) })),
      ...ports.map(({ port, owner: user }) => ({ kind: 'portInUse' as const, port, owner: user })),
      ...this.lostFields(inspect).map((field) => ({ kind: 'notRestored' as const, field })),
    ];
  }

  async createFromRecipe(recipe: Recipe, idOf: IdOf, options?: CreateFromRecipeOptions): Promise<CreatedNode> {
    const checked = this.checked(recipe);
    const { inspect, kind, image } = checked;
    const anonymous = volumesOf(inspect).filter(isAnonymousName);
    const [current, recorded, missing] = await Promise.all([
      this.image(image.name, options),
      this.image(image.id, options),
      this.missing('volumes', anonymous, options),
    ]);
    const volumes = new Set(anonymous.filter((name) => !missing.includes(name)));
    for (const kind of ['network', 'volume'] as const) await this.createResources(kind, recipe, options);
    const id = await this.create(checked, { idOf, volumes, current, recorded, options });
    const created = await this.ownInspect(kind, id, options);
    const infra = [asString(inspect['InfraContainerID']), asString(created['InfraContainerID'])] as const;
    const ids = new Map([[recipe.id, id], ...(infra[0] && infra[1] ? [infra] : [])]);
    const complete = infra[1] ? { ...created, Infra: await this.ownInspect('container', infra[1], options) } : created;
    return { id, ids, differences: differences(inspect, complete, (former) => ids.get(former) ?? idOf(former)) };
  }

  /** Creates those that are missing, each once for several containers. */
  private async createResources(kind: ResourceRecipe['kind'], recipe: Recipe, options?: CallOptions): Promise<void> {
    const resources = resourcesIn(recipe, kind);
    const missing = new Set(
      await this.missing(
        `${kind}s`,
        resources.map(({ name }) => name),
        options,
      ),
    );
    const create = async ({ name, inspect }: ResourceRecipe) => {
      const body = this.resourceBody(kind, name, asObject(inspect));
      try {
        await this.access.api.send('POST', `/${kind}s/create`, this.creation(body, options));
      } catch (thrown) {
        // Another client may have created it meanwhile.
        if ((await this.missing(`${kind}s`, [name], options)).length > 0) throw thrown;
      }
    };
    for (const resource of resources) {
      if (!missing.has(resource.name)) continue;
      const id = `${kind}/${resource.name}`;
      const creation = this.creations.get(id) ?? create(resource).finally(() => this.creations.delete(id));
      this.creations.set(id, creation);
      await creation;
    }
  }

  async readVolume(container: NodeKey, volume: string, { signal, onChunk }: ReadOptions): Promise<void> {
    const { path, query } = await this.volumeRequest('read', container, volume, signal);
    // Podman mounts the volume before it responds.
    const call = { query, timeoutMs: timeouts.list, id: parseKey(container).id };
    try {
      await this.access.api.stream(path, call, signal, { onOpen: () => undefined, onChunk });
    } catch (thrown) {
      throw signal.aborted ? new EngineError('aborted', 'cancelled') : fromSystemError(thrown);
    }
  }

  async writeVolume(container: NodeKey, volume: string, { signal, content }: WriteOptions): Promise<void> {
    try {
      const { method, path, query } = await this.volumeRequest('write', container, volume, signal);
      const call = { query, content, timeoutMs: Infinity, options: { signal }, id: parseKey(container).id };
      await this.access.api.send(method, path, call);
    } finally {
      content.destroy();
    }
  }

  /** The request that transfers a volume's content. By default through the container. */
  protected async volumeRequest(
    direction: 'read' | 'write',
    container: NodeKey,
    volume: string,
    signal: AbortSignal,
  ): Promise<VolumeRequest> {
    const mounts = asArray(asObject(await this.access.inspectRaw(container, { signal }))['Mounts']).map(asObject);
    const destination = asString(mounts.find((mount) => mount['Name'] === volume)?.['Destination']);
    if (!destination) throw new EngineError('gone', 'the container does not mount the volume');
    const path = `/containers/${encodeURIComponent(parseKey(container).id)}/archive`;
    // With `/.` the names in the tar are relative to the mount.
    if (direction === 'read') return { method: 'GET', path, query: { path: `${destination}/.` } };
    // By default, libpod makes the container's user the owner of all files.
    return { method: 'PUT', path, query: { path: destination, copyUIDGID: false } };
  }

  protected call(options: CallOptions | undefined) {
    return { timeoutMs: timeouts.inspect, options };
  }

  protected creation(body: JsonObject, options: CallOptions | undefined) {
    return { body, timeoutMs: creationTimeout, options };
  }

  /** Undefined if the request reports a missing object. */
  protected async optional<T>(request: Promise<T>): Promise<T | undefined> {
    try {
      return await request;
    } catch (thrown) {
      const { reason, details } = EngineError.from(thrown);
      if (reason === 'gone' || reason === 'otherMissing' || details.status === 404) return undefined;
      throw thrown;
    }
  }

  /** The image that a name or id means now; undefined if there is none. */
  protected async image(reference: string, options: CallOptions | undefined): Promise<RecipeImage | undefined> {
    if (reference === '') return undefined;
    const path = reference.split('/').map(encodeURIComponent).join('/');
    const found = await this.optional(this.access.api.json('GET', `/images/${path}/json`, this.call(options)));
    if (found === undefined) return undefined;
    return { id: asString(asObject(found)['Id']), config: asObject(asObject(found)['Config']) };
  }

  /** Those of the names that no object of this kind has. */
  private async missing(kind: string, names: readonly string[], options?: CallOptions): Promise<readonly string[]> {
    const found = await Promise.all(
      names.map((name) => this.optional(this.access.api.send('GET', this.objectPath(kind, name), this.call(options)))),
    );
    return names.filter((_, index) => found[index] === undefined);
  }

  protected abstract objectPath(kind: string, name: string): string;
  protected abstract inspectPath(kind: ResourceRecipe['kind'], name: string): string;
  /** The body of a creation, from the inspect response. */
  protected abstract resourceBody(kind: ResourceRecipe['kind'], name: string, inspect: JsonObject): JsonObject;

  private async portsInUse(inspect: JsonObject, options: CallOptions | undefined) {
    const requested = requestedPorts(inspect);
    if (requested.length === 0) return [];
    const call = { timeoutMs: timeouts.list, options };
    this.containerList ??= this.access.api.json('GET', '/containers/json', call).finally(() => {
      this.containerList = undefined;
    });
    return portsInUse(requested, asArray(await this.containerList).map(asObject));
  }

  /** Rejects recipes from which no request can be built; further values are read as they come. */
  private checked(recipe: Recipe): CheckedRecipe {
    const { kind, name } = recipe;
    const inspect = recipe.inspect;
    const isValid = isObject(inspect) && isFullId(recipe.id) && /^[a-zA-Z0-9][\w.-]*$/.test(name);
    if (!isValid || (kind !== 'container' && kind !== 'pod')) {
      throw new EngineError('unsupported', `the recipe of ${excerpt(String(name))} is not valid`, { sent: false });
    }
    if (recipe.engine.name !== this.access.engine.name) {
      const detail = `the recipe of ${name} is for ${titleOf(recipe.engine)}`;
      throw new EngineError('unsupported', detail, { sent: false });
    }
    const described = kind === 'pod' ? asObject(inspect['Infra']) : inspect;
    const imageName = asString(asObject(described['Config'])['Image']) || asString(described['ImageName']);
    return { kind, name, inspect, id: recipe.id, image: { name: imageName, id: asString(described['Image']) } };
  }
}

/** The recipes of networks or volumes, which are untrusted as the rest. */
function resourcesIn({ resources = [] }: Recipe, kind: ResourceRecipe['kind']): readonly ResourceRecipe[] {
  return resources.filter((one) => one.kind === kind && /^[a-zA-Z0-9][\w.-]*$/.test(one.name) && isObject(one.inspect));
}

/** A recipe with the fields that every request needs. */
export interface CheckedRecipe {
  readonly kind: Recipe['kind'];
  readonly id: string;
  readonly name: string;
  readonly inspect: JsonObject;
  readonly image: RecipeImageReference;
}

interface RecipeImageReference {
  readonly name: string;
  readonly id: string;
}

export interface VolumeRequest {
  readonly method: Method;
  readonly path: string;
  readonly query: Query;
}

export interface CreateCall {
  readonly idOf: IdOf;
  /** Anonymous volumes that still exist. */
  readonly volumes: ReadonlySet<string>;
  /** The image that the recorded name means now. */
  readonly current: RecipeImage | undefined;
  /** The image of the recipe. */
  readonly recorded: RecipeImage | undefined;
  readonly options: CreateFromRecipeOptions | undefined;
}

function wasRunning(kind: Recipe['kind'], inspect: JsonObject): boolean {
  if (kind === 'pod') return /^(running|degraded|paused)$/i.test(asString(inspect['State']));
  const state = asObject(inspect['State']);
  return state['Running'] === true || state['Paused'] === true || state['Restarting'] === true;
}

function titleOf({ name, version }: Recipe['engine']): string {
  return `${name} ${Number.parseInt(version, 10)}`;
}

/** The volumes that a container or pod mounts. */
function volumesOf(inspect: JsonObject): readonly string[] {
  const mounts = [...asArray(inspect['Mounts']), ...asArray(asObject(inspect['Infra'])['Mounts'])].map(asObject);
  const names = mounts.filter((mount) => mount['Type'] === 'volume').map((mount) => asString(mount['Name']));
  return [...new Set(names.filter(Boolean))];
}
