import { asObject, asString, type JsonObject } from '../../graph/model/untrusted';
import type { CallOptions } from '../engine';
import { EngineError } from '../error';
import { BaseRecipes, type CheckedRecipe, type CreateCall } from './base';
import { buildDockerRequest, dockerNetworks } from './docker';
import type { Recipe, ResourceRecipe } from './recipe';

/** Recipes of containers on Docker 20.10 to 28.5. */
export class DockerRecipes extends BaseRecipes {
  protected async create({ inspect, name, image }: CheckedRecipe, call: CreateCall): Promise<string> {
    const { idOf, volumes, current, recorded, options } = call;
    const isCurrent = options?.newestImage === true || current?.id === image.id || recorded === undefined;
    const { body, laterNetworks } = buildDockerRequest(inspect, {
      idOf,
      volumes,
      image: isCurrent ? image.name : image.id,
      formerImageConfig: isCurrent && current?.id !== image.id ? recorded?.config : undefined,
      severalNetworks: isAtLeast(this.access.apiVersion, 44),
    });
    const request = { ...this.creation(body, options), query: { name } };
    const id = asString(asObject(await this.access.api.json('POST', '/containers/create', request))['Id']);
    try {
      for (const [network, EndpointConfig] of laterNetworks) {
        const connection = this.creation({ Container: id, EndpointConfig }, options);
        await this.access.api.send('POST', `/networks/${encodeURIComponent(network)}/connect`, connection);
      }
    } catch (thrown) {
      await this.optional(this.access.api.send('DELETE', `/containers/${id}`, { ...this.call(undefined), id }));
      throw thrown;
    }
    return id;
  }

  protected async ownInspect(kind: Recipe['kind'], id: string, options?: CallOptions): Promise<JsonObject> {
    if (kind === 'pod') throw new EngineError('unsupported', 'Docker has no pods');
    return asObject(
      await this.access.api.json('GET', `/containers/${encodeURIComponent(id)}/json`, this.call(options)),
    );
  }

  protected async owner(name: string, options?: CallOptions): Promise<string | undefined> {
    const found = await this.optional(this.ownInspect('container', name, options));
    // A name may also be resolved as the beginning of an id.
    return found?.['Name'] === `/${name}` ? asString(found['Id']) : undefined;
  }

  protected networksOf(inspect: JsonObject): readonly string[] {
    return dockerNetworks(inspect);
  }

  protected async completed(inspect: JsonObject): Promise<JsonObject> {
    return inspect;
  }

  protected secretsOf(): readonly string[] {
    return [];
  }

  protected lostFields(): readonly string[] {
    return [];
  }

  protected inspectPath(kind: ResourceRecipe['kind'], name: string): string {
    return this.objectPath(`${kind}s`, name);
  }

  protected resourceBody(kind: ResourceRecipe['kind'], name: string, inspect: JsonObject): JsonObject {
    const { Driver, Labels, Options, Internal, Attachable, EnableIPv6, IPAM } = inspect;
    if (kind === 'volume') return { Name: name, Driver, Labels, DriverOpts: Options };
    // Before 25, a second network of the same name is created by default.
    return { Name: name, CheckDuplicate: true, Driver, Labels, Options, Internal, Attachable, EnableIPv6, IPAM };
  }

  protected objectPath(kind: string, name: string): string {
    return `/${kind}/${encodeURIComponent(name)}`;
  }
}

/** Whether an API version `1.N` is at least `1.minor`. */
function isAtLeast(version: string, minor: number): boolean {
  return Number(version.split('.')[1]) >= minor;
}
