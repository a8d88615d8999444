import { asObject, asString, asStrings, type JsonObject } from '../../graph/model/untrusted';
import type { IdOf } from './recipe';

/** A reference to a container, `ID`, `name` or `ID:ro`, with the present id. A name stays: the new container has it too. */
export function mapReference(reference: string, idOf: IdOf): string {
  const [container = '', ...options] = reference.split(':');
  return [idOf(container) ?? container, ...options].join(':');
}

/** `container:ID` with the present id; any other mode unchanged. */
export function mapNamespace(mode: string, idOf: IdOf): string {
  return mode.startsWith('container:') ? `container:${mapReference(mode.slice(10), idOf)}` : mode;
}

const namespaceModes = ['NetworkMode', 'IpcMode', 'PidMode', 'UTSMode', 'UsernsMode', 'CgroupMode'] as const;

/** Ids of the containers whose namespaces a container uses. */
export function namespaceOwners(inspect: JsonObject): readonly string[] {
  const host = asObject(inspect['HostConfig']);
  const modes = namespaceModes.map((field) => asString(host[field]));
  return modes.filter((mode) => mode.startsWith('container:')).map((mode) => mode.slice(10));
}

export function isFullId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** Former ids of the containers and the pod that the creation needs. */
export function requiredIds(inspect: JsonObject): readonly string[] {
  const volumes = asStrings(asObject(inspect['HostConfig'])['VolumesFrom']).map((from) => from.split(':')[0] ?? '');
  const all = [
    ...namespaceOwners(inspect),
    ...volumes,
    ...asStrings(inspect['Dependencies']),
    asString(inspect['Pod']),
  ];
  return [...new Set(all.filter(isFullId))];
}

/** The inspect response with full ids instead of short ones, in namespace modes and `VolumesFrom`. */
export function withFullIds(inspect: JsonObject, fullIdOf: IdOf): JsonObject {
  const host = asObject(inspect['HostConfig']);
  const full: IdOf = (reference) => (/^[0-9a-f]{12,63}$/.test(reference) ? fullIdOf(reference) : undefined);
  const modes = namespaceModes.filter((field) => asString(host[field]).startsWith('container:'));
  const mapped = modes.map((field) => [field, mapNamespace(asString(host[field]), full)] as const);
  const volumes = asStrings(host['VolumesFrom']).map((from) => mapReference(from, full));
  if (mapped.length === 0 && volumes.length === 0) return inspect;
  const from = volumes.length > 0 ? { VolumesFrom: volumes } : {};
  return { ...inspect, HostConfig: { ...host, ...Object.fromEntries(mapped), ...from } };
}
