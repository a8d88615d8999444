import type { NodeKey } from '../../graph/model/model';
import { asArray, asObject, asString, asStrings, type JsonObject } from '../../graph/model/untrusted';
import type { CallOptions } from '../engine';
import { EngineError } from '../error';
import { BaseRecipes, type CheckedRecipe, type CreateCall, type VolumeRequest } from './base';
import { containerCreateOptions } from './createCommand';
import { InitContainers } from './initContainers';
import { buildPodSpec } from './podSpec';
import type { Recipe, ResourceRecipe } from './recipe';
import { buildSpecGenerator } from './specGenerator';

/** Recipes of containers and pods on Podman 4.3 to 6.1. */
export class LibpodRecipes extends BaseRecipes {
  private readonly initContainers = new InitContainers(this.access.api);

  protected completed(inspect: JsonObject): Promise<JsonObject> {
    return this.initContainers.complete(inspect);
  }

  /** Through a container, libpod makes its user the owner of all files; `export` and `import` exist since 5.6. */
  protected override async volumeRequest(
    direction: 'read' | 'write',
    container: NodeKey,
    volume: string,
    signal: AbortSignal,
  ): Promise<VolumeRequest> {
    const request = await super.volumeRequest(direction, container, volume, signal);
    const [major = 0, minor = 0] = this.access.engine.version.split('.').map(Number);
    if (major < 5 || (major === 5 && minor < 6)) return request;
    const path = `/volumes/${encodeURIComponent(volume)}`;
    return direction === 'read'
      ? { method: 'GET', path: `${path}/export`, query: {} }
      : { method: 'POST', path: `${path}/import`, query: {} };
  }

  protected async create(recipe: CheckedRecipe, call: CreateCall): Promise<string> {
    const body = recipe.kind === 'pod' ? this.podBody(recipe, call) : await this.containerBody(recipe, call);
    const path = `/${recipe.kind}s/create`;
    const response = asObject(await this.access.api.json('POST', path, this.creation(body, call.options)));
    return asString(response['Id']);
  }

  private podBody({ inspect }: CheckedRecipe, { idOf, volumes }: CreateCall): JsonObject {
    return buildPodSpec(inspect, idOf, volumes);
  }

  private async containerBody({ inspect, image }: CheckedRecipe, call: CreateCall): Promise<JsonObject> {
    if (inspect['IsInfra'] === true) throw new EngineError('infraContainer', 'it is created with its pod');
    if (inspect['IsService'] === true) throw new EngineError('serviceContainer', 'only `podman kube play` creates it');
    const { idOf, volumes, current, recorded, options } = call;
    const pod = asString(inspect['Pod']);
    const found = pod === '' ? {} : await this.ownInspect('pod', idOf(pod) ?? pod, options);
    const infra = asString(found['InfraContainerID']) || undefined;
    const used = (options?.newestImage ? current : undefined) ?? recorded ?? current;
    return buildSpecGenerator(inspect, {
      idOf,
      infra,
      podMounts: new Set(asArray(found['mounts']).map((mount) => asObject(mount)['Destination'])),
      image: used?.id ?? image.name,
      imageConfig: used?.config ?? {},
      formerImageConfig: used === recorded ? undefined : recorded?.config,
      volumes,
    });
  }

  protected async ownInspect(kind: Recipe['kind'], id: string, options?: CallOptions): Promise<JsonObject> {
    const path = `/${kind}s/${encodeURIComponent(id)}/json`;
    return asObject(await this.access.api.json('GET', path, this.call(options)));
  }

  /** Containers and pods share their names. */
  protected async owner(name: string, options?: CallOptions): Promise<string | undefined> {
    const kinds = ['container', 'pod'] as const;
    const found = await Promise.all(kinds.map((kind) => this.optional(this.ownInspect(kind, name, options))));
    // A name may also be resolved as the beginning of an id.
    return asString(found.find((inspect) => inspect?.['Name'] === name)?.['Id']) || undefined;
  }

  protected networksOf(inspect: JsonObject): readonly string[] {
    const described = asObject(inspect['Infra'] ?? inspect);
    if (asObject(described['HostConfig'])['NetworkMode'] !== 'bridge') return [];
    return Object.keys(asObject(asObject(described['NetworkSettings'])['Networks']));
  }

  protected secretsOf(inspect: JsonObject): readonly string[] {
    const config = asObject(inspect['Config']);
    const files = asArray(config['Secrets']).map((secret) => asString(asObject(secret)['Name']));
    const variables = asArray(config['Env'])
      .map(asString)
      .filter((text) => text.endsWith('=*******'));
    return [...files, ...variables.map((text) => text.slice(0, text.indexOf('=')))];
  }

  /** With the command line that created the container, only secrets that it does not name are lost. */
  protected lostFields(inspect: JsonObject): readonly string[] {
    const config = asObject(inspect['Config']);
    const isFromCommand = asStrings(config['CreateCommand']).length > 0;
    const isReadOnly = asObject(inspect['HostConfig'])['ReadonlyRootfs'] === true;
    const { secrets } = containerCreateOptions(inspect);
    const masked = asStrings(config['Env']).filter((text) => text.endsWith('=*******'));
    return [
      ...(!isFromCommand && isReadOnly ? ['read_write_tmpfs'] : []),
      ...masked.filter((text) => !secrets.has(text.slice(0, text.indexOf('=')))).map(() => 'secret_env'),
    ];
  }

  protected inspectPath(kind: ResourceRecipe['kind'], name: string): string {
    return `/${kind}s/${encodeURIComponent(name)}/json`;
  }

  protected resourceBody(kind: ResourceRecipe['kind'], name: string, inspect: JsonObject): JsonObject {
    const { Driver, Labels, Options } = inspect;
    if (kind === 'volume') return { Name: name, Driver, Labels, Options };
    const { driver, subnets, routes, ipv6_enabled, internal, dns_enabled, labels, options, ipam_options } = inspect;
    const { network_dns_servers } = inspect;
    const own = { driver, subnets, routes, ipv6_enabled, internal, dns_enabled, labels, options, ipam_options };
    return { name, ...own, network_dns_servers };
  }

  protected objectPath(kind: string, name: string): string {
    // Secrets have `exists` only since 4.5.
    return `/${kind}/${encodeURIComponent(name)}/${kind === 'secrets' ? 'json' : 'exists'}`;
  }
}
