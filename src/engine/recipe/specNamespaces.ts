import { asObject, asString, asStrings, type JsonObject } from '../../graph/model/untrusted';
import type { IdOf } from './recipe';

/** libpod's form of a namespace. */
export interface SpecNamespace {
  readonly nsmode: string;
  readonly value?: string | undefined;
}

export interface SpecNamespaces {
  readonly netns: SpecNamespace | undefined;
  readonly ipcns: SpecNamespace | undefined;
  readonly pidns: SpecNamespace | undefined;
  readonly utsns: SpecNamespace | undefined;
  readonly userns: SpecNamespace | undefined;
  readonly cgroupns: SpecNamespace | undefined;
}

/**
 * The namespaces of a container.
 *
 * @param infra present id of the pod's infra container, whose namespaces are the pod's
 */
export function specNamespaces(inspect: JsonObject, idOf: IdOf, infra: string | undefined): SpecNamespaces {
  const host = asObject(inspect['HostConfig']);
  const parse = (field: string) => parseNamespace(asString(host[field]), idOf, infra);
  return {
    netns: parse('NetworkMode'),
    ipcns: parse('IpcMode'),
    pidns: parse('PidMode'),
    utsns: parse('UTSMode'),
    userns: parse('UsernsMode'),
    cgroupns: parse('CgroupMode'),
  };
}

/** `private`, `host`, `container:ID`, `ns:/path`, `slirp4netns` and the like; undefined for the engine's default. */
function parseNamespace(mode: string, idOf: IdOf, infra: string | undefined): SpecNamespace | undefined {
  if (mode === '') return undefined;
  const [kind = '', ...rest] = mode.split(':');
  const value = rest.join(':');
  if (kind === 'ns') return { nsmode: 'path', value };
  if (kind !== 'container') return { nsmode: kind, ...(value && { value }) };
  const id = idOf(value);
  // The former infra container of a pod that was created by other means has no new id.
  const isInfra = infra !== undefined && (id === infra || id === undefined);
  return isInfra ? { nsmode: 'pod' } : { nsmode: 'container', value: id ?? value };
}

/** The id mappings of a private user namespace: `0:1000:1` is container id, host id and size. */
export function specIdMappings(inspect: JsonObject): JsonObject | undefined {
  const mappings = asObject(asObject(inspect['HostConfig'])['IDMappings']);
  const parse = (field: string) =>
    asStrings(mappings[field]).map((text) => {
      const [container_id, host_id, size] = text.split(':').map(Number);
      return { container_id, host_id, size };
    });
  const [UIDMap, GIDMap] = [parse('UidMap'), parse('GidMap')];
  return UIDMap.length > 0 ? { UIDMap, GIDMap, HostUIDMapping: false, HostGIDMapping: false } : undefined;
}
