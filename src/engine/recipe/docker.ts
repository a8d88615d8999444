import { asArray, asObject, asString, asStrings, type JsonObject } from '../../graph/model/untrusted';
import { withoutImageDefaults } from './imageDefaults';
import type { IdOf } from './recipe';
import { mapNamespace, mapReference } from './references';

interface DockerRequest {
  readonly body: JsonObject;
  /** Networks with their endpoint settings that are connected after the creation. */
  readonly laterNetworks: readonly (readonly [name: string, endpoint: JsonObject])[];
}

interface DockerRequestOptions {
  /** The configuration of the recipe's image, if a newer one is used. */
  readonly formerImageConfig: JsonObject | undefined;
  readonly idOf: IdOf;
  /** The image to use instead of the recorded name, if that means another image by now. */
  readonly image: string;
  /** Anonymous volumes that still exist. */
  readonly volumes: ReadonlySet<string>;
  /** One request may name several networks since API 1.44. */
  readonly severalNetworks: boolean;
}

/** Builds the body of `POST /containers/create` from an inspect response. */
export function buildDockerRequest(inspect: JsonObject, options: DockerRequestOptions): DockerRequest {
  const [recorded, host] = [asObject(inspect['Config']), asObject(inspect['HostConfig'])];
  const former = options.formerImageConfig;
  const config = former ? withoutImageDefaults(recorded, former) : recorded;
  const id = asString(inspect['Id']);
  const { idOf } = options;
  const networkMode = mapNamespace(asString(host['NetworkMode']), idOf);
  const [first, ...others] = endpoints(inspect, id, idOf);
  const now = first && (options.severalNetworks ? [first, ...others] : [first]);
  return {
    body: {
      ...config,
      ...hostname(config, host, id),
      Image: options.image,
      // An absent list would be replaced by the image's.
      Entrypoint: config['Entrypoint'] ?? (former ? null : []),
      HostConfig: {
        ...host,
        NetworkMode: networkMode,
        IpcMode: mapNamespace(asString(host['IpcMode']), idOf),
        PidMode: mapNamespace(asString(host['PidMode']), idOf),
        Links: nullIfEmpty(asStrings(host['Links']).map(toLink)),
        VolumesFrom: nullIfEmpty(asStrings(host['VolumesFrom']).map((from) => mapReference(from, idOf))),
        ...mountsAndBinds(inspect, options.volumes),
      },
      NetworkingConfig: { EndpointsConfig: now && Object.fromEntries(now) },
    },
    laterNetworks: options.severalNetworks ? [] : others,
  };
}

function nullIfEmpty(list: readonly string[]): readonly string[] | null {
  return list.length > 0 ? list : null;
}

/** The default hostname is the short id; that of another container or of the host's UTS namespace cannot be set. */
function hostname(config: JsonObject, host: JsonObject, id: string): JsonObject {
  const isShared = host['UTSMode'] === 'host' || asString(host['NetworkMode']).startsWith('container:');
  if (isShared) return { Hostname: '', Domainname: '' };
  return config['Hostname'] === id.slice(0, 12) ? { Hostname: '' } : {};
}

/** Inspects have `/target:/own/alias`, requests `target:alias`. */
function toLink(link: string): string {
  const [target = '', own = ''] = link.split(':');
  return `${target.replace(/^\//, '')}:${own.slice(own.lastIndexOf('/') + 1)}`;
}

/** The mounts of a request, with the names of anonymous volumes that still exist. */
function mountsAndBinds(inspect: JsonObject, volumes: ReadonlySet<string>): JsonObject {
  const host = asObject(inspect['HostConfig']);
  const anonymous = new Map<string, JsonObject>();
  for (const mount of asArray(inspect['Mounts']).map(asObject)) {
    if (mount['Type'] === 'volume' && volumes.has(asString(mount['Name']))) {
      anonymous.set(asString(mount['Destination']), mount);
    }
  }
  const mounts = asArray(host['Mounts']).map((value) => {
    const mount = asObject(value);
    const volume =
      mount['Type'] === 'volume' && !mount['Source'] ? anonymous.get(asString(mount['Target'])) : undefined;
    return volume ? { ...mount, Source: volume['Name'] } : mount;
  });
  const binds = asStrings(host['Binds']);
  const requested = new Set([...mounts.map((mount) => asString(mount['Target'])), ...binds.map(targetOf)]);
  // Others are inherited.
  const own = asObject(asObject(inspect['Config'])['Volumes']);
  const inherits = asStrings(host['VolumesFrom']).length > 0;
  const added = [...anonymous].filter(([target]) => !requested.has(target) && (target in own || !inherits));
  return {
    Mounts: mounts.length > 0 ? mounts : undefined,
    Binds: nullIfEmpty([...binds, ...added.map(([target, volume]) => `${asString(volume['Name'])}:${target}`)]),
  };
}

/** `/tmp:/target:ro` */
function targetOf(bind: string): string {
  return bind.split(':')[1] ?? '';
}

const endpointFields = ['IPAMConfig', 'Links', 'Aliases', 'DriverOpts', 'GwPriority', 'MacAddress'] as const;

/** The endpoint settings of all networks, that of the network mode first. */
function endpoints(inspect: JsonObject, id: string, idOf: IdOf): readonly (readonly [string, JsonObject])[] {
  const mode = asString(asObject(inspect['HostConfig'])['NetworkMode']);
  const networks = Object.entries(asObject(asObject(inspect['NetworkSettings'])['Networks']));
  if (mode === 'host' || mode === 'none' || mode.startsWith('container:')) return [];
  const isFirst = ([name, network]: readonly [string, unknown]) =>
    name === mode || asObject(network)['NetworkID'] === mode || (mode === 'default' && name === 'bridge');
  const sorted = [...networks.filter(isFirst), ...networks.filter((entry) => !isFirst(entry))];
  return sorted.map(([name, value]) => {
    const network = asObject(value);
    const fields = Object.fromEntries(endpointFields.map((field) => [field, network[field]]));
    const aliases = asStrings(network['Aliases']).filter((alias) => alias !== id.slice(0, 12));
    const links = asStrings(network['Links']).map((link) => mapReference(link, idOf));
    const endpoint = { ...fields, Aliases: nullIfEmpty(aliases), Links: nullIfEmpty(links) };
    return [name, { ...endpoint, MacAddress: configuredMac(inspect, network) }];
  });
}

/** That of a running container may be generated. `Config` has the configured one of the first network too. */
function configuredMac(inspect: JsonObject, network: JsonObject): string | undefined {
  const mac = asString(network['MacAddress']);
  const isAssigned = asString(network['IPAddress']) !== '';
  return mac === '' || isAssigned || asObject(inspect['Config'])['MacAddress'] === mac ? undefined : mac;
}

const builtInNetworks: ReadonlySet<string> = new Set(['bridge', 'host', 'none', 'default']);

/** The names of a container's networks, without those that every Docker has. */
export function dockerNetworks(inspect: JsonObject): readonly string[] {
  const networks = asObject(asObject(inspect['NetworkSettings'])['Networks']);
  return Object.keys(networks).filter((name) => !builtInNetworks.has(name));
}
