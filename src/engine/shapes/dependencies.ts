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
  for (const [field, reason] of modes) {
    const id = roster.idOf(/^container:(.+)$/.exec(text(host[field]))?.[1] ?? '');
    const key = id && target(id);
    if (key) add(key, reason);
  }
  for (const id of texts(inspect['Dependencies'])) {
    const key = target(id);
    if (key && !found.has(key)) add(key, 'requires');
  }
  for (const name of volumesFrom(host)) {
    const id = roster.idOf(name);
    if (id) add(target(id) ?? nodeKey(engine, 'pod', ownPod), 'volumes-from');
  }
  for (const name of links(host)) {
    const id = roster.idOf(name);
    if (id) add(nodeKey(engine, 'container', id), 'link');
  }
  return [...found].map(([to, reasons]) => ({ from: self, to, reasons }));
}

/** References by name in an inspect that the roster cannot resolve. */
export function unknownNames(inspect: Fields, roster: Roster): readonly string[] {
  const host = fields(inspect['HostConfig']);
  return [...new Set([...volumesFrom(host), ...links(host)])].filter((name) => roster.idOf(name) === undefined);
}

/** `name`, `id`, `name:ro`. */
function volumesFrom(host: Fields): readonly string[] {
  return texts(host['VolumesFrom']).map((entry) => entry.split(':')[0] ?? '');
}

/** Docker: `/base:/links/alias`. */
function links(host: Fields): readonly string[] {
  return texts(host['Links']).map((entry) => (entry.split(':')[0] ?? '').replace(/^\//, ''));
}
