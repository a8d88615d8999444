import {
  type ContainerDetails,
  type ContainerNode,
  type ContainerState,
  type EdgeReason,
  type EngineId,
  type GraphEdge,
  type InitContainer,
  nodeKey,
  type NodeKey,
  withRestarting,
} from '../../graph/model/model';
import { defaultStopTimeout, readStopTimeout } from '../../graph/model/stopTimeout';
import type { ContainerNameIndex } from '../adapter';
import type { AttachedContainer, Inspection } from '../engine';
import { EngineError } from '../error';
import {
  asArray,
  asLabels,
  asNumber,
  asObject,
  asString,
  asStrings,
  type JsonObject,
  parseList,
  parseTimestamp,
} from './json';

const noPorts: readonly string[] = [];

/** Ports of a list entry. Podman `{host_ip, host_port, container_port, range, protocol}`, Docker `{IP, PublicPort, PrivatePort, Type}`. */
export function parseListPorts(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) return noPorts;
  const ports = new Set<string>();
  for (const entry of asArray(value).map(asObject)) {
    const inner = asNumber(entry['container_port']) ?? asNumber(entry['PrivatePort']);
    if (inner === undefined) continue;
    const protocol = asString(entry['protocol']) || asString(entry['Type']) || 'tcp';
    const outer = asNumber(entry['host_port']) ?? asNumber(entry['PublicPort']);
    const more = Math.max(1, asNumber(entry['range']) ?? 1) - 1;
    const host = asString(entry['host_ip']) || asString(entry['IP']);
    const target = `${span(inner, more)}/${protocol}`;
    ports.add(outer ? `${hostPort(host, span(outer, more))} -> ${target}` : target);
  }
  return [...ports];
}

/** Ports of an inspect: `{"80/tcp": [{HostIp, HostPort}] | null}`. */
export function parseInspectPorts(value: unknown): readonly string[] {
  const ports: string[] = [];
  for (const [target, bindings] of Object.entries(asObject(value))) {
    const hosts = asArray(bindings).map(asObject);
    if (hosts.length === 0) ports.push(target);
    for (const { HostIp, HostPort } of hosts)
      ports.push(`${hostPort(asString(HostIp), asString(HostPort))} -> ${target}`);
  }
  return ports;
}

function span(first: number, more: number): string {
  return more > 0 ? `${first}-${first + more}` : String(first);
}

function hostPort(host: string, port: string): string {
  if (!host) return port;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

const states: ReadonlyMap<string, ContainerState> = new Map([
  ['configured', 'created'],
  ['created', 'created'],
  ['initialized', 'created'],
  ['running', 'running'],
  ['paused', 'paused'],
  ['stopping', 'stopping'],
  ['restarting', 'restarting'],
  ['stopped', 'exited'],
  ['exited', 'exited'],
  ['dead', 'dead'],
  ['removing', 'removing'],
]);

/** Podman's word for a container whose process has ended and that it has not cleaned up yet. */
function justEnded(value: unknown): { readonly justEnded?: true } {
  return asString(value).toLowerCase() === 'stopped' ? { justEnded: true } : {};
}

/** A container's state in one language for Podman's words and Docker's. */
export function parseState(value: unknown): ContainerState {
  return states.get(asString(value).toLowerCase()) ?? 'unknown';
}

/**
 * The containers of a list answer, of either make. Entries without an id are left out, odd fields take defaults; what is
 * not a list at all throws `malformed`.
 */
export function parseContainerList(answer: unknown, engine: EngineId): readonly ContainerNode[] {
  const seen = new Set<string>();
  const nodes: ContainerNode[] = [];
  for (const entry of parseList(answer, 'containers')) {
    const node = readEntry(entry, engine);
    if (seen.has(node.id)) continue;
    seen.add(node.id);
    nodes.push(node);
  }
  return nodes;
}

function readEntry(entry: JsonObject, engine: EngineId): ContainerNode {
  const id = asString(entry['Id']);
  const pod = asString(entry['Pod']);
  const state = parseState(entry['State']);
  return {
    kind: 'container',
    key: nodeKey(engine, 'container', id),
    id,
    name: listedName(entry['Names']) ?? id.slice(0, 12),
    state,
    image: asString(entry['Image']) || asString(entry['ImageID']),
    createdAt: parseTimestamp(entry['Created']),
    startedAt: parseTimestamp(entry['StartedAt']),
    exitCode: state === 'exited' || state === 'dead' ? exitCode(entry) : undefined,
    ...justEnded(entry['State']),
    pod: pod ? nodeKey(engine, 'pod', pod) : undefined,
    podName: asString(entry['PodName']) || undefined,
    isInfra: entry['IsInfra'] === true,
    isKubeService: false,
    labels: asLabels(entry['Labels']),
    ports: parseListPorts(entry['Ports']),
    details: undefined,
    unlisted: false,
  };
}

/** Docker puts a slash before names, and lists `/other/alias` for links to a container beside its own name. */
function listedName(value: unknown): string | undefined {
  const names = asStrings(value).map((name) => (name.startsWith('/') ? name.slice(1) : name));
  return names.find((name) => !name.includes('/')) ?? names[0];
}

/** Docker's lists tell it only in words: `Exited (137) 5 minutes ago`. */
function exitCode(entry: JsonObject): number | undefined {
  const detail = /^(?:Exited|Dead) \((\d+)\)/.exec(asString(entry['Status']));
  return asNumber(entry['ExitCode']) ?? (detail ? Number(detail[1]) : undefined);
}

/** Linux's numbers: containers run there, whatever this code runs on. */
const names: readonly string[] = [
  '',
  ...['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGKILL', 'SIGUSR1'],
  ...['SIGSEGV', 'SIGUSR2', 'SIGPIPE', 'SIGALRM', 'SIGTERM', 'SIGSTKFLT', 'SIGCHLD', 'SIGCONT', 'SIGSTOP', 'SIGTSTP'],
  ...['SIGTTIN', 'SIGTTOU', 'SIGURG', 'SIGXCPU', 'SIGXFSZ', 'SIGVTALRM', 'SIGPROF', 'SIGWINCH', 'SIGIO', 'SIGPWR'],
  'SIGSYS',
];
const FIRST_REALTIME = 34;
const LAST_REALTIME = 64;

/**
 * A stop signal by its name. Podman 4 and 5 give a number (15), Podman 6 and Docker a name or a number as text (`SIGRTMIN+3`,
 * `TERM`, `"15"`), Docker nothing at all where the image says nothing.
 */
export function parseStopSignal(value: unknown): string {
  if (typeof value === 'number') return nameOf(value);
  if (typeof value !== 'string') return 'SIGTERM';
  const errorText = value.trim().toUpperCase();
  if (/^\d+$/.test(errorText)) return nameOf(Number(errorText));
  if (!/^[A-Z][A-Z0-9+-]*$/.test(errorText)) return 'SIGTERM';
  return errorText.startsWith('SIG') ? errorText : `SIG${errorText}`;
}

function nameOf(number: number): string {
  if (number >= FIRST_REALTIME && number <= LAST_REALTIME) {
    return number === FIRST_REALTIME ? 'SIGRTMIN' : `SIGRTMIN+${number - FIRST_REALTIME}`;
  }
  return names[number] || 'SIGTERM';
}

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
function readEdges(inspect: JsonObject, engine: EngineId, nameIndex: ContainerNameIndex): readonly GraphEdge[] {
  const self = nodeKey(engine, 'container', asString(inspect['Id']));
  const ownPod = inspect['IsInfra'] === true ? '' : asString(inspect['Pod']);
  const found = new Map<NodeKey, EdgeReason[]>();
  const add = (key: NodeKey, reason: EdgeReason) => {
    const reasons = found.get(key);
    if (!reasons) found.set(key, [reason]);
    else if (!reasons.includes(reason)) reasons.push(reason);
  };
  /** The node that a container id stands for; undefined for the container's own pod. */
  const target = (id: string): NodeKey | undefined => {
    const pod = nameIndex.podOfInfra(id);
    if (pod === undefined) return nodeKey(engine, 'container', id);
    return pod === ownPod ? undefined : nodeKey(engine, 'pod', pod);
  };
  if (ownPod) add(nodeKey(engine, 'pod', ownPod), 'member');

  const host = asObject(inspect['HostConfig']);
  for (const [reference, reason] of sharedNamespaces(inspect)) {
    const named = nameIndex.idOf(reference);
    const owner = reason === 'network' && !named?.startsWith(reference) ? networkOwner(inspect) : undefined;
    for (const id of new Set([named, owner])) {
      const key = id && target(id);
      if (key) add(key, reason);
    }
  }
  for (const id of asStrings(inspect['Dependencies'])) {
    const key = target(id);
    if (key && !found.has(key)) add(key, 'requires');
  }
  for (const name of volumesFrom(host)) {
    const id = nameIndex.idOf(name);
    if (id) add(target(id) ?? nodeKey(engine, 'pod', ownPod), 'volumes-from');
  }
  for (const name of links(inspect)) {
    const id = nameIndex.idOf(name);
    if (id) add(nodeKey(engine, 'container', id), 'link');
  }
  return [...found].map(([to, reasons]) => ({ from: self, to, reasons }));
}

/** References to other containers in an inspect that the roster cannot resolve. */
export function unresolvedNames(inspect: JsonObject, nameIndex: ContainerNameIndex): readonly string[] {
  const shared = sharedNamespaces(inspect).map(([reference]) => reference);
  const named = [...shared, ...volumesFrom(asObject(inspect['HostConfig'])), ...links(inspect)];
  return [...new Set(named)].filter((name) => name !== '' && nameIndex.idOf(name) === undefined);
}

/** What stands behind `container:`: an id in full, as Podman writes it, or whatever the caller of Docker's API gave. */
function sharedNamespaces(inspect: JsonObject): readonly (readonly [reference: string, reason: EdgeReason])[] {
  const host = asObject(inspect['HostConfig']);
  return modes.flatMap(([field, reason]) => {
    const reference = /^container:(.+)$/.exec(asString(host[field]))?.[1]?.replace(/^\//, '');
    return reference === undefined ? [] : [[reference, reason] as const];
  });
}

/**
 * The id of the container whose network this one uses in the end: Docker mounts that one's files, and names them by its folder.
 * It counts beside a reference by name, which may belong to another container since; a reference by id is exact, and in a chain
 * it names the container in between (Docker 26.1.5). Undefined while the container has not run.
 */
function networkOwner(inspect: JsonObject): string | undefined {
  const id = /\/containers\/([0-9a-f]{64})\/[^/]+$/.exec(asString(inspect['HostsPath']))?.[1];
  return id === asString(inspect['Id']) ? undefined : id;
}

/** `name`, `id`, `name:ro`. */
function volumesFrom(host: JsonObject): readonly string[] {
  return asStrings(host['VolumesFrom']).map((entry) => entry.split(':')[0] ?? '');
}

/** Docker: on the default network `/base:/links/alias`, on networks of users `base:alias`, by name or id as it was given. */
function links(inspect: JsonObject): readonly string[] {
  const networks = Object.values(asObject(asObject(inspect['NetworkSettings'])['Networks'])).map(asObject);
  const all = [asObject(inspect['HostConfig']), ...networks].flatMap((each) => asStrings(each['Links']));
  return all.map((entry) => (entry.split(':')[0] ?? '').replace(/^\//, ''));
}

/**
 * Whether Podman made a container with `--init-ctr`. No answer up to 6.1 has a field for it: an inspect tells only the
 * command line that made the container. Init containers of other clients are found in `parsePodList`.
 */
export function initContainer(config: JsonObject): InitContainer | undefined {
  const [line, own] = [asStrings(config['CreateCommand']), asStrings(config['Cmd'])];
  // The line ends with the container's own command, in which the same words mean something else.
  const endsWithOwn = own.length > 0 && line.slice(-own.length).join('\0') === own.join('\0');
  const options = endsWithOwn ? line.slice(0, -own.length) : line;
  const at = options.findIndex((word) => word === '--init-ctr' || word.startsWith('--init-ctr='));
  const word = options[at] === '--init-ctr' ? options[at + 1] : options[at]?.slice('--init-ctr='.length);
  return word === 'always' || word === 'once' ? word : undefined;
}

/** Both makes name anonymous volumes by 64 random hex digits. */
export function isAnonymousName(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}

/** A container's inspect, of either make, as a node with details and edges. Throws `malformed` if it is not one. */
export function parseInspection(answer: unknown, engine: EngineId, nameIndex: ContainerNameIndex): Inspection {
  const inspect = asObject(answer);
  const id = asString(inspect['Id']);
  if (!id) throw new EngineError('malformed', 'inspect: an answer without an id');
  const config = asObject(inspect['Config']);
  const host = asObject(inspect['HostConfig']);
  const status = asObject(inspect['State']);
  const pod = asString(inspect['Pod']);
  const state = parseState(status['Status']);
  const node: ContainerNode = {
    kind: 'container',
    key: nodeKey(engine, 'container', id),
    id,
    name: asString(inspect['Name']).replace(/^\//, '') || id.slice(0, 12),
    state,
    image: asString(inspect['ImageName']) || asString(config['Image']) || asString(inspect['Image']),
    createdAt: parseTimestamp(inspect['Created']),
    startedAt: parseTimestamp(status['StartedAt']),
    exitCode: state === 'exited' || state === 'dead' ? asNumber(status['ExitCode']) : undefined,
    ...justEnded(status['Status']),
    pod: pod ? nodeKey(engine, 'pod', pod) : undefined,
    podName: pod ? nameIndex.podName(pod) : undefined,
    isInfra: inspect['IsInfra'] === true,
    isKubeService: inspect['IsService'] === true,
    labels: asLabels(config['Labels']),
    ports: parseInspectPorts(asObject(inspect['NetworkSettings'])['Ports'] ?? host['PortBindings']),
    details: readDetails(inspect, config, host),
    unlisted: false,
  };
  return { node: withRestarting(node), edges: readEdges(inspect, engine, nameIndex) };
}

function readDetails(inspect: JsonObject, config: JsonObject, host: JsonObject): ContainerDetails {
  const volumes = asArray(inspect['Mounts'])
    .map(asObject)
    .filter((mount) => mount['Type'] === 'volume')
    .map((mount) => asString(mount['Name']))
    .filter((name) => name !== '');
  const init = initContainer(config);
  return {
    stopTimeout: readStopTimeout(config['StopTimeout']) ?? defaultStopTimeout,
    stopSignal: parseStopSignal(config['StopSignal']),
    restartPolicy: asString(asObject(host['RestartPolicy'])['Name']),
    autoRemove: host['AutoRemove'] === true,
    ...(init ? { initContainer: init } : {}),
    anonymousVolumes: volumes.filter(isAnonymousName),
    namedVolumes: volumes.filter((name) => !isAnonymousName(name)),
  };
}

/**
 * The members and the infra container of a pod, from its inspect, where `Containers` is left out when there are none. Throws
 * `malformed` unless all are named that the answer counts: what is not known to be a member would go with the pod unseen.
 */
export function parsePodMembers(answer: unknown, engine: EngineId): readonly AttachedContainer[] {
  const { Containers, InfraContainerID, NumContainers } = asObject(answer);
  const members = parseList(Containers ?? null, 'members of a pod');
  if (members.length !== NumContainers) throw new EngineError('malformed', 'a pod that does not name all its members');
  return members.map((entry) => {
    const id = asString(entry['Id']);
    return {
      key: nodeKey(engine, 'container', id),
      name: asString(entry['Name']) || id.slice(0, 12),
      state: parseState(entry['State']),
      isInfra: id === InfraContainerID,
    };
  });
}
