import { asArray, asObject, asString, asStrings, isObject, type JsonObject } from '../../graph/model/untrusted';
import { isAnonymousName } from '../../graph/model/resources';
import { isEngineAnnotation } from './specGenerator';
import type { IdOf } from './recipe';
import { isFullId } from './references';

/**
 * Fields that differ between any two containers or pods made from one recipe, with the reason. `*` matches one name.
 * docs/recipes.md lists them.
 */
export const expectedDifferences: readonly { readonly fields: readonly string[]; readonly reason: string }[] = [
  { fields: ['Id', 'ID', 'Created', 'lockNumber', 'LockNumber'], reason: 'identity and time of creation' },
  {
    fields: ['State', 'RestartCount', 'ExecIDs', 'NumContainers', 'Containers', 'SizeRw', 'SizeRootFs'],
    reason: 'state',
  },
  {
    fields: [
      ...['ResolvConfPath', 'HostnamePath', 'HostsPath', 'LogPath', 'StaticDir', 'OCIConfigPath', 'ConmonPidFile'],
      ...['PidFile', 'GraphDriver', 'Storage', 'CgroupPath', 'HostConfig.LogConfig.Path'],
    ],
    reason: 'paths with the id',
  },
  {
    fields: ['Infra.Image', 'Infra.ImageDigest', 'Infra.Config.CreateCommand'],
    reason: 'Podman 4.3 builds its image for infra containers, and notes the command of `kube play` there',
  },
  { fields: ['Infra.Config.Env'], reason: 'the engine adds HOME to a started infra container' },
  {
    fields: [
      ...[
        'Infra.Config.Labels',
        'Infra.Config.Annotations',
        'Infra.HostConfig.Annotations',
        'Infra.Config.sdNotifyMode',
      ],
      ...['Infra.HostConfig.ReadonlyRootfs', 'Infra.HostConfig.RestartPolicy', 'Infra.HostConfig.CgroupParent'],
    ],
    reason: 'the infra container gets them from the pod, or from `kube play`',
  },
  { fields: ['InitContainerType'], reason: 'only in recipes, from the YAML of the pod' },
  { fields: ['MountLabel', 'ProcessLabel'], reason: 'SELinux assigns new categories' },
  { fields: ['AppArmorProfile'], reason: 'Docker fills it in at the start; SecurityOpt has the chosen one' },
  {
    fields: [
      ...['Bridge', 'SandboxID', 'SandboxKey', 'Ports', 'EndpointID', 'Gateway', 'IPAddress', 'IPPrefixLen'],
      ...['IPv6Gateway', 'GlobalIPv6Address', 'GlobalIPv6PrefixLen', 'MacAddress', 'SecondaryIPAddresses'],
      ...['SecondaryIPv6Addresses', 'AdditionalMACAddresses', 'LinkLocalIPv6Address', 'LinkLocalIPv6PrefixLen'],
      ...['Networks.*.EndpointID', 'Networks.*.Gateway', 'Networks.*.IPAddress', 'Networks.*.IPPrefixLen'],
      ...['Networks.*.IPv6Gateway', 'Networks.*.GlobalIPv6Address', 'Networks.*.GlobalIPv6PrefixLen'],
      ...['Networks.*.MacAddress', 'Networks.*.NetworkID', 'Networks.*.DNSNames'],
      ...['Networks.*.SecondaryIPAddresses', 'Networks.*.AdditionalMACAddresses'],
    ].map((field) => `NetworkSettings.${field}`),
    reason: 'the engine assigns addresses at each start',
  },
];

const ignored = new Set(expectedDifferences.flatMap(({ fields }) => fields));

function isIgnored(path: string): boolean {
  const field = path.replace(/^Infra\./, '');
  return (
    ignored.has(path) ||
    ignored.has(field) ||
    ignored.has(field.replace(/(\.Networks|\.Annotations)\..+(\.[^.]+)$/, '$1.*$2'))
  );
}

/**
 * The fields in which two inspect responses differ, beyond `expectedDifferences`: `HostConfig.Memory`. Ids are compared
 * by what they refer to, lists without their order; null, absent and empty values are the same.
 *
 * @param idOf present ids by former ones, with that of the object itself
 */
export function differences(before: JsonObject, after: JsonObject, idOf: IdOf): readonly string[] {
  const [was, is] = [new Map<string, string>(), new Map<string, string>()];
  flatten(comparable(before), '', was, presentIds(idOf, shortIds(before, idOf)));
  flatten(comparable(after), '', is, (text) => text);
  const fields = [...new Set([...was.keys(), ...is.keys()])].filter((field) => was.get(field) !== is.get(field));
  return [...new Set(fields.map((field) => field.replace(/\[\]$/, '')))].sort();
}

/**
 * The inspect response without what depends on whether the object was ever started or recreated: an anonymous volume
 * that was kept is mounted by its name, which Docker shows as a bind with a mode.
 */
function comparable(inspect: JsonObject): JsonObject {
  const infra = inspect['Infra'];
  return { ...comparableContainer(inspect), ...(isObject(infra) && { Infra: comparableContainer(infra) }) };
}

function comparableContainer(inspect: JsonObject): JsonObject {
  const [host, config] = [asObject(inspect['HostConfig']), asObject(inspect['Config'])];
  const isAnonymous = (value: unknown) => isAnonymousName(asString(value));
  const binds = asStrings(host['Binds']).filter((bind) => !isAnonymous(bind.split(':')[0]));
  const requested = asArray(host['Mounts']).map(asObject);
  const mounts = asArray(inspect['Mounts']).map(asObject);
  const hostname = `HOSTNAME=${asString(config['Hostname'])}`;
  // With another container's network, engines show that one's hostname and networks, some only while it runs.
  const isShared = asString(host['NetworkMode']).startsWith('container:');
  return {
    ...inspect,
    ...(isShared && { NetworkSettings: {} }),
    Config: {
      ...config,
      ...(isShared && { Hostname: '' }),
      // Absent means true.
      Passwd: config['Passwd'] === true ? undefined : config['Passwd'],
      Env: asStrings(config['Env']).filter((variable) => variable !== hostname),
      Annotations: ownAnnotations(config),
    },
    Mounts: mounts.map((mount) => (isAnonymous(mount['Name']) ? { ...mount, Mode: '' } : mount)),
    HostConfig: {
      ...host,
      Annotations: ownAnnotations(host),
      Binds: binds,
      // False, and null once started, where the kernel cannot disable it (Docker 28.5.2 rootless).
      OomKillDisable: host['OomKillDisable'] === true,
      Mounts: requested.map((mount) => (isAnonymous(mount['Source']) ? { ...mount, Source: '' } : mount)),
    },
  };
}

function ownAnnotations(object: JsonObject): JsonObject {
  const all = Object.entries(asObject(object['Annotations']));
  return Object.fromEntries(all.filter(([name]) => !isEngineAnnotation(name)));
}

type Rename = (text: string) => string;

/** Fields with the short id of the object itself: the default hostname, an alias, the name of an infra container. */
function shortIds(before: JsonObject, idOf: IdOf): ReadonlyMap<string, string> {
  const infra = isObject(before['Infra']) ? before['Infra']['Id'] : undefined;
  const ids = [before['Id'], before['ID'], infra].filter((id) => typeof id === 'string');
  return new Map(ids.map((id) => [id.slice(0, 12), (idOf(id) ?? id).slice(0, 12)]));
}

function presentIds(idOf: IdOf, short: ReadonlyMap<string, string>): Rename {
  return (text) =>
    text.replace(/(?<![0-9a-f])[0-9a-f]{12,64}(?![0-9a-f])/g, (id) =>
      isFullId(id) ? (idOf(id) ?? id) : (short.get(id) ?? id),
    );
}

/** Lists whose order has a meaning. */
const ordered = /^(Path|Args|(Infra\.)?(Args|Config\.(Cmd|Entrypoint|Shell|CreateCommand|Healthcheck\.Test)))/;

/** Sets are objects with empty values. */
const member = /^Config\.(ExposedPorts|Volumes)\../;

function flatten(value: unknown, path: string, into: Map<string, string>, rename: Rename): void {
  if (isIgnored(path)) return;
  if (Array.isArray(value)) {
    if (value.length === 0) return;
    const items = value.map((item) => rename(JSON.stringify(canonical(item))));
    into.set(path, (ordered.test(path) ? items : items.sort()).join());
  } else if (isObject(value)) {
    if (member.test(path)) into.set(path, 'present');
    for (const [name, item] of Object.entries(value)) flatten(item, path ? `${path}.${name}` : name, into, rename);
  } else if (value !== null && value !== undefined && value !== '') {
    into.set(path, rename(JSON.stringify(value)));
  }
}

/** The value with sorted keys and without empty values. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== null && item !== '');
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, item]) => [name, canonical(item)]),
  );
}
