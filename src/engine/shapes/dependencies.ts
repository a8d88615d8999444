import { type EdgeReason, type EngineId, type GraphEdge, type NodeKey, nodeKey } from '../../graph/model';
import { fields, type Fields, text, texts } from '../answers/json';
import type { Roster } from '../roster';

/** Namespaces that `HostConfig` shows as `container:<id>` when they are another container's. */
const modes: readonly (readonly [field: string, reason: EdgeReason])[] = [
  ['NetworkMode', 'network'],
  ['PidMode', 'pid'],
  ['IpcMode', 'ipc'],
  ['UTSMode', 'uts'],
  ['UsernsMode', 'user'],
  ['CgroupMode', 'cgroup'],
  ['CgroupnsMode', 'cgroup'],
  ['Cgroup', 'cgroup'],
];

/**
 * What an inspected container needs, one edge per container or pod. Podman's `Dependencies` has every hard one, without
 * reasons; those that no shared namespace explains come from `--requires`. A member needs its pod, never the infra
 * container itself.
 */
export function readEdges(inspect: Fields, engine: EngineId, roster: Roster): readonly GraphEdge[] {
  const self = nodeKey(engine, 'container', text(inspect['Id']));
  const ownPod = inspect['IsInfra'] === true ? '' : text(inspect['Pod']);
  const found = new Map<NodeKey, EdgeReason[]>();
  const add = (key: NodeKey, reason: EdgeReason) => {
    const reasons = found.get(key);
    if (!reasons) found.set(key, [reason]);
    else if (!reasons.includes(reason)) reasons.push(reason);
  };
  /** The node that a container id stands for; undefined for the container's own pod. */
  const target = (id: string): NodeKey | undefined => {
    const pod = roster.podOfInfra(id);
    if (pod === undefined) return nodeKey(engine, 'container', id);
    return pod === ownPod ? undefined : nodeKey(engine, 'pod', pod);
  };
  if (ownPod) add(nodeKey(engine, 'pod', ownPod), 'member');

  const host = fields(inspect['HostConfig']);
  for (const [reference, reason] of sharedNamespaces(inspect)) {
    const named = roster.idOf(reference);
    const owner = reason === 'network' && !named?.startsWith(reference) ? networkOwner(inspect) : undefined;
    for (const id of new Set([named, owner])) {
      const key = id && target(id);
      if (key) add(key, reason);
    }
  }
  for (const id of texts(inspect['Dependencies'])) {
    const key = target(id);
    if (key && !found.has(key)) add(key, 'requires');
  }
  for (const name of volumesFrom(host)) {
    const id = roster.idOf(name);
    if (id) add(target(id) ?? nodeKey(engine, 'pod', ownPod), 'volumes-from');
  }
  for (const name of links(inspect)) {
    const id = roster.idOf(name);
    if (id) add(nodeKey(engine, 'container', id), 'link');
  }
  return [...found].map(([to, reasons]) => ({ from: self, to, reasons }));
}

/** References to other containers in an inspect that the roster cannot resolve. */
export function unknownNames(inspect: Fields, roster: Roster): readonly string[] {
  const shared = sharedNamespaces(inspect).map(([reference]) => reference);
  const named = [...shared, ...volumesFrom(fields(inspect['HostConfig'])), ...links(inspect)];
  return [...new Set(named)].filter((name) => name !== '' && roster.idOf(name) === undefined);
}

/** What stands behind `container:`: an id in full, as Podman writes it, or whatever the caller of Docker's API gave. */
function sharedNamespaces(inspect: Fields): readonly (readonly [reference: string, reason: EdgeReason])[] {
  const host = fields(inspect['HostConfig']);
  return modes.flatMap(([field, reason]) => {
    const reference = /^container:(.+)$/.exec(text(host[field]))?.[1]?.replace(/^\//, '');
    return reference === undefined ? [] : [[reference, reason] as const];
  });
}

/**
 * The id of the container whose network this one uses in the end: Docker mounts that one's files, and names them by its folder.
 * It counts beside a reference by name, which may belong to another container since; a reference by id is exact, and in a chain
 * it names the container in between (Docker 26.1.5). Undefined while the container has not run.
 */
function networkOwner(inspect: Fields): string | undefined {
  const id = /\/containers\/([0-9a-f]{64})\/[^/]+$/.exec(text(inspect['HostsPath']))?.[1];
  return id === text(inspect['Id']) ? undefined : id;
}

/** `name`, `id`, `name:ro`. */
function volumesFrom(host: Fields): readonly string[] {
  return texts(host['VolumesFrom']).map((entry) => entry.split(':')[0] ?? '');
}

/** Docker: on the default network `/base:/links/alias`, on networks of users `base:alias`, by name or id as it was given. */
function links(inspect: Fields): readonly string[] {
  const networks = Object.values(fields(fields(inspect['NetworkSettings'])['Networks'])).map(fields);
  const all = [fields(inspect['HostConfig']), ...networks].flatMap((each) => texts(each['Links']));
  return all.map((entry) => (entry.split(':')[0] ?? '').replace(/^\//, ''));
}
