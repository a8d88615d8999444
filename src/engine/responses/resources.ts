import { labelOf } from '../../graph/model/labels';
import { type EngineId, type NodeKey, nodeKey, shortId } from '../../graph/model/model';
import { type ImageNode, isAnonymousName, type NetworkNode, type VolumeNode } from '../../graph/model/resources';
import {
  asArray,
  asLabels,
  asNumber,
  asObject,
  asString,
  asStrings,
  type JsonObject,
} from '../../graph/model/untrusted';
import { parseList, parseTimestamp } from './json';

/** Filter for volumes that no container uses. */
export const danglingFilter = JSON.stringify({ dangling: ['true'] });

/**
 * The volumes of a list of either engine.
 *
 * @param dangling the list with `danglingFilter`; a volume that is in only one of both counts as in use
 */
export function parseVolumeList(response: unknown, dangling: unknown, engine: EngineId): readonly VolumeNode[] {
  const unused = new Set(parseList(dangling, 'volumes', 'Name').map((entry) => entry['Name']));
  return parseList(response, 'volumes', 'Name').map((entry) => {
    const name = asString(entry['Name']);
    return {
      kind: 'volume',
      key: nodeKey(engine, 'volume', name),
      id: name,
      name,
      createdAt: parseTimestamp(entry['CreatedAt']),
      labels: asLabels(entry['Labels']),
      isAnonymous: isAnonymousName(name) && isMarkedAnonymous(entry),
      isInUse: !unused.has(name),
    };
  });
}

/**
 * Podman has a field, Docker (since 23) a label. Neither suffices without a generated name: `podman kube play` marks an
 * `emptyDir` with a given name (4.3.1), Podman before 6 marks volumes created without a name, and Docker's label can be set
 * on any volume.
 */
function isMarkedAnonymous(entry: JsonObject): boolean {
  return entry['Anonymous'] === true || labelOf(asLabels(entry['Labels']), 'com.docker.volume.anonymous') !== undefined;
}

const defaultNetworks: ReadonlySet<string> = new Set([
  ...['podman', 'bridge', 'host', 'none', 'default', 'ingress', 'docker_gwbridge'],
]);

/** The networks of a list: Podman's fields are lowercase. */
export function parseNetworkList(response: unknown, engine: EngineId): readonly NetworkNode[] {
  return asEntries(response).flatMap((entry) => {
    const name = asString(entry['name']) || asString(entry['Name']);
    if (!name) return [];
    const subnets = [...asArray(entry['subnets']), ...asArray(asObject(entry['IPAM'])['Config'])].map(asObject);
    return [
      {
        kind: 'network',
        key: nodeKey(engine, 'network', name),
        id: name,
        name,
        createdAt: parseTimestamp(entry['created'] ?? entry['Created']),
        labels: asLabels(entry['labels'] ?? entry['Labels']),
        driver: asString(entry['driver']) || asString(entry['Driver']),
        isDefault: defaultNetworks.has(name),
        subnets: subnets.flatMap((subnet) => asString(subnet['subnet']) || asString(subnet['Subnet']) || []),
      },
    ];
  });
}

/** Does not check the id, whose field differs between the engines. */
function asEntries(response: unknown): readonly JsonObject[] {
  parseList(response, 'networks');
  return asArray(response).map(asObject);
}

/** Names of a listed container's networks: an array in Podman's list, an object in Docker's. */
export function listedNetworks(entry: JsonObject): readonly string[] {
  const names = entry['Networks'] ?? Object.keys(asObject(asObject(entry['NetworkSettings'])['Networks']));
  return asStrings(names);
}

/** The images of a list. Docker before 25 lists a dangling one with the tag `<none>:<none>`. */
export function parseImageList(response: unknown, engine: EngineId): readonly ImageNode[] {
  return parseList(response, 'images').map((entry) => {
    const id = imageIdOf(entry['Id']);
    const tags = asStrings(entry['RepoTags']).filter((tag) => !tag.includes('<none>'));
    return {
      kind: 'image',
      key: nodeKey(engine, 'image', id),
      id,
      name: tags[0] ?? shortId(id),
      createdAt: parseTimestamp(entry['Created']),
      labels: asLabels(entry['Labels']),
      tags,
      size: asNumber(entry['Size']),
      isDangling: tags.length === 0,
    };
  });
}

/** Docker prefixes the ids of images with `sha256:`. */
export function imageIdOf(value: unknown): string {
  return asString(value).replace(/^sha256:/, '');
}

/** Bytes of the volumes and of the containers' writable layers in a response of `system/df`; -1 is unknown. */
export function parseDiskUsage(response: unknown, engine: EngineId): ReadonlyMap<NodeKey, number> {
  const { Volumes, Containers } = asObject(response);
  const sizes = new Map<NodeKey, number>();
  const add = (key: NodeKey, value: unknown) => {
    const bytes = asNumber(value);
    if (bytes !== undefined && bytes >= 0) sizes.set(key, bytes);
  };
  for (const entry of asArray(Volumes).map(asObject)) {
    const name = asString(entry['VolumeName']) || asString(entry['Name']);
    if (name) add(nodeKey(engine, 'volume', name), entry['Size'] ?? asObject(entry['UsageData'])['Size']);
  }
  for (const entry of asArray(Containers).map(asObject)) {
    const id = asString(entry['ContainerID']) || asString(entry['Id']);
    if (id) add(nodeKey(engine, 'container', id), entry['RWSize'] ?? entry['SizeRw'] ?? 0);
  }
  return sizes;
}
