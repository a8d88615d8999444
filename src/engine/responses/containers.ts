import {
  type CompleteContainer,
  type ContainerDetails,
  type ContainerNode,
  type ContainerState,
  type EdgeReason,
  type EngineId,
  type GraphEdge,
  type InitContainer,
  isUp,
  nodeKey,
  type NodeKey,
  parseKey,
  withRestarting,
  shortId,
  type SharedNamespace,
} from '../../graph/model/model';
import { defaultStopTimeout, readStopTimeout } from '../../graph/model/stopTimeout';
import type { ContainerNameIndex } from '../nameIndex';
import type { Inspection } from '../engine';
import { EngineError } from '../error';
import { parseHealthCheck, parseInspectHealth, parseListHealth } from './health';
import {
  asArray,
  asLabels,
  asNumber,
  asObject,
  asString,
  asStrings,
  type JsonObject,
  noStrings,
} from '../../graph/model/untrusted';
import { parseList, parseTimestamp, SharedStrings } from './json';
import type { ListParser } from './listReader';
import { isAnonymousName } from '../../graph/model/resources';
import { imageIdOf, listedNetworks } from './resources';

/**
 * Ports of a list entry. Podman: `{host_ip, host_port, container_port, range, protocol}`, Docker: `{IP, PublicPort,
 * PrivatePort, Type}`.
 */
export function parseListPorts(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) return noStrings;
  const ports = new Set<string>();
  for (const entry of asArray(value).map(asObject)) {
    const containerPort = asNumber(entry['container_port']) ?? asNumber(entry['PrivatePort']);
    if (containerPort === undefined) continue;
    const protocol = asString(entry['protocol']) || asString(entry['Type']) || 'tcp';
    const published = asNumber(entry['host_port']) ?? asNumber(entry['PublicPort']);
    const further = Math.max(1, asNumber(entry['range']) ?? 1) - 1;
    const host = asString(entry['host_ip']) || asString(entry['IP']);
    const target = `${span(containerPort, further)}/${protocol}`;
    ports.add(published ? `${formatHostPort(host, span(published, further))} -> ${target}` : target);
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
      ports.push(`${formatHostPort(asString(HostIp), asString(HostPort))} -> ${target}`);
  }
  return ports;
}

function span(first: number, further: number): string {
  return further > 0 ? `${first}-${first + further}` : String(first);
}

function formatHostPort(host: string, port: string): string {
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

/** Podman's `stopped`: the process has ended, but the cleanup has not. */
function justEnded(value: unknown): true | undefined {
  return asString(value).toLowerCase() === 'stopped' || undefined;
}

/** Maps the states of Podman and Docker. */
export function parseState(value: unknown): ContainerState {
  return states.get(asString(value).toLowerCase()) ?? 'unknown';
}

/**
 * The containers of a list response of either engine. Entries without an id are skipped, invalid fields get defaults;
 * throws `malformed` if it is not a list.
 *
 * @param unlisted the `namespaces` of running containers whose list has none
 */
export function containerListParser(engine: EngineId, unlisted?: ''): ListParser<readonly ContainerNode[]> {
  const seen = new Set<NodeKey>();
  const nodes: ContainerNode[] = [];
  const strings = new SharedStrings();
  const add = (part: unknown) => {
    for (const entry of parseList(part, 'containers')) {
      const node = parseEntry(entry, engine, strings, unlisted);
      const { size } = seen;
      if (seen.add(node.key).size > size) nodes.push(node);
    }
  };
  return { add, result: nodes };
}

function parseEntry(entry: JsonObject, engine: EngineId, strings: SharedStrings, unlisted?: ''): CompleteContainer {
  const key = nodeKey(engine, 'container', asString(entry['Id']));
  // A part of the key shares the key's memory.
  const { id } = parseKey(key);
  const pod = asString(entry['Pod']);
  const state = parseState(entry['State']);
  return {
    kind: 'container',
    key,
    id,
    name: listedName(entry['Names']) ?? shortId(id),
    state,
    image: strings.share(asString(entry['Image']) || asString(entry['ImageID'])),
    imageId: strings.share(imageIdOf(entry['ImageID'])) || undefined,
    networks: strings.shareAll(listedNetworks(entry)),
    createdAt: parseTimestamp(entry['Created']),
    startedAt: parseTimestamp(entry['StartedAt']),
    finishedAt: parseTimestamp(entry['ExitedAt']),
    namespaces: isUp(state) ? (unlisted ?? parseNamespaces(entry['Namespaces'])) : undefined,
    exitCode: state === 'exited' || state === 'dead' ? exitCode(entry) : undefined,
    // Engines keep the last health of a container that has ended.
    health: isUp(state) ? parseListHealth(entry) : undefined,
    lastCheck: undefined,
    restartCount: asNumber(entry['Restarts']),
    justEnded: justEnded(entry['State']),
    pod: pod ? (strings.share(nodeKey(engine, 'pod', pod)) as NodeKey) : undefined,
    podName: strings.share(asString(entry['PodName'])) || undefined,
    isInfra: entry['IsInfra'] === true,
    isKubeService: false,
    labels: asLabels(entry['Labels']),
    ports: parseListPorts(entry['Ports']),
    details: undefined,
    systemdUnit: undefined,
    unlisted: false,
    unmanageable: undefined,
  };
}

/** Podman's inspect of a container in another's network has the networks of that one. */
function inspectedNetworks(inspect: JsonObject): readonly string[] {
  const isShared = sharedNamespaces(inspect).some(([, reason]) => reason === 'network');
  return isShared ? [] : Object.keys(asObject(asObject(inspect['NetworkSettings'])['Networks']));
}

/** In the order of `sharedNamespaces`. */
const listedNamespaces = ['Net', 'Pidns', 'Ipc', 'Uts', 'User', 'Cgroup'];

/** See `ContainerNode.namespaces`; undefined on engines that don't list them. */
function parseNamespaces(value: unknown): string | undefined {
  const listed = asObject(value);
  const text = listedNamespaces.map((name) => asString(listed[name])).join(' ');
  return /^\S* \S* \S* \S* \S* \S*$/.test(text) && text !== '     ' ? text : undefined;
}

/** Docker prefixes names with a slash, and lists `/other/alias` for links. */
function listedName(value: unknown): string | undefined {
  const names = asStrings(value).map((name) => (name.startsWith('/') ? name.slice(1) : name));
  return names.find((name) => !name.includes('/')) ?? names[0];
}

/** Docker's lists have it only in the status text: `Exited (137) 5 minutes ago`. */
function exitCode(entry: JsonObject): number | undefined {
  const detail = /^(?:Exited|Dead) \((\d+)\)/.exec(asString(entry['Status']));
  return asNumber(entry['ExitCode']) ?? (detail ? Number(detail[1]) : undefined);
}

/** Linux signals by number, since containers run on Linux. */
const signalNames: readonly string[] = [
  '',
  ...['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGKILL', 'SIGUSR1'],
  ...['SIGSEGV', 'SIGUSR2', 'SIGPIPE', 'SIGALRM', 'SIGTERM', 'SIGSTKFLT', 'SIGCHLD', 'SIGCONT', 'SIGSTOP', 'SIGTSTP'],
  ...['SIGTTIN', 'SIGTTOU', 'SIGURG', 'SIGXCPU', 'SIGXFSZ', 'SIGVTALRM', 'SIGPROF', 'SIGWINCH', 'SIGIO', 'SIGPWR'],
  'SIGSYS',
];
const FIRST_REALTIME = 34;
const LAST_REALTIME = 64;

/**
 * A stop signal's name. Podman 4 and 5 return a number (15), Podman 6 and Docker a name or a number as text
 * (`SIGRTMIN+3`, `TERM`, `"15"`), Docker nothing if the image sets none.
 */
export function parseStopSignal(value: unknown): string {
  if (typeof value === 'number') return signalName(value);
  if (typeof value !== 'string') return 'SIGTERM';
  const signal = value.trim().toUpperCase();
  if (/^\d+$/.test(signal)) return signalName(Number(signal));
  if (!/^[A-Z][A-Z0-9+-]*$/.test(signal)) return 'SIGTERM';
  return signal.startsWith('SIG') ? signal : `SIG${signal}`;
}

function signalName(number: number): string {
  if (number >= FIRST_REALTIME && number <= LAST_REALTIME) {
    return number === FIRST_REALTIME ? 'SIGRTMIN' : `SIGRTMIN+${number - FIRST_REALTIME}`;
  }
  return signalNames[number] || 'SIGTERM';
}

/** Fields of `HostConfig` with `container:<id>` for a shared namespace. */
const namespaceFields: readonly (readonly [field: string, reason: SharedNamespace])[] = [
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
 * The dependencies of an inspected container, one edge per target. Podman's `Dependencies` has all hard ones without a
 * reason; those without a shared namespace come from `--requires`. Edges to an infra container become edges to its pod.
 */
function parseEdges(inspect: JsonObject, engine: EngineId, nameIndex: ContainerNameIndex): readonly GraphEdge[] {
  const self = nodeKey(engine, 'container', asString(inspect['Id']));
  const ownPod = inspect['IsInfra'] === true ? '' : asString(inspect['Pod']);
  const edges = new Map<NodeKey, EdgeReason[]>();
  const add = (key: NodeKey, reason: EdgeReason) => {
    const reasons = edges.get(key);
    if (!reasons) edges.set(key, [reason]);
    else if (!reasons.includes(reason)) reasons.push(reason);
  };
  /** The node for a container id; undefined for the container's own pod. */
  const target = (id: string): NodeKey | undefined => {
    const pod = nameIndex.podOfInfra(id);
    if (pod === undefined) return nodeKey(engine, 'container', id);
    return pod === ownPod ? undefined : nodeKey(engine, 'pod', pod);
  };
  if (ownPod) add(nodeKey(engine, 'pod', ownPod), 'member');

  const host = asObject(inspect['HostConfig']);
  for (const [reference, reason] of sharedNamespaces(inspect)) {
    const named = nameIndex.idOf(reference) ?? (isFullId(reference) ? reference : undefined);
    const owner = reason === 'network' && !named?.startsWith(reference) ? networkOwner(inspect) : undefined;
    for (const id of new Set([named, owner])) {
      const key = id && target(id);
      if (key) add(key, reason);
    }
  }
  for (const id of asStrings(inspect['Dependencies'])) {
    const key = target(id);
    if (key && !edges.has(key)) add(key, 'requires');
  }
  for (const name of volumesFrom(host)) {
    const id = nameIndex.idOf(name);
    if (id) add(target(id) ?? nodeKey(engine, 'pod', ownPod), 'volumes-from');
  }
  for (const name of links(inspect)) {
    const id = nameIndex.idOf(name);
    if (id) add(nodeKey(engine, 'container', id), 'link');
  }
  return [...edges].map(([to, reasons]) => ({ from: self, to, reasons }));
}

/** An id is exact, also that of a removed container: on Docker its dependents keep it. */
function isFullId(reference: string): boolean {
  return /^[0-9a-f]{64}$/.test(reference);
}

/** References to other containers that the index cannot resolve. */
export function unresolvedNames(inspect: JsonObject, nameIndex: ContainerNameIndex): readonly string[] {
  const shared = sharedNamespaces(inspect).map(([reference]) => reference);
  const named = [...shared, ...volumesFrom(asObject(inspect['HostConfig'])), ...links(inspect)];
  return [...new Set(named)].filter((name) => name !== '' && nameIndex.idOf(name) === undefined);
}

/** The references after `container:`: full ids on Podman, any reference on Docker. */
function sharedNamespaces(inspect: JsonObject): readonly (readonly [reference: string, reason: EdgeReason])[] {
  const host = asObject(inspect['HostConfig']);
  return namespaceFields.flatMap(([field, reason]) => {
    const reference = /^container:(.+)$/.exec(asString(host[field]))?.[1]?.replace(/^\//, '');
    return reference === undefined ? [] : [[reference, reason] as const];
  });
}

/**
 * The id of the container that owns the network in the end: Docker mounts its files, from a folder named by its id.
 * Used with a reference by name, which may belong to another container by now; an id is exact, and in a chain it is the
 * next container (Docker 26.1.5). Undefined before the first start.
 */
function networkOwner(inspect: JsonObject): string | undefined {
  const id = /\/containers\/([0-9a-f]{64})\/[^/]+$/.exec(asString(inspect['HostsPath']))?.[1];
  return id === asString(inspect['Id']) ? undefined : id;
}

/** `name`, `id`, `name:ro`. */
function volumesFrom(host: JsonObject): readonly string[] {
  return asStrings(host['VolumesFrom']).map((entry) => entry.split(':')[0] ?? '');
}

/** Docker: `/base:/links/alias` on the default network, `base:alias` (name or id) on user networks. */
function links(inspect: JsonObject): readonly string[] {
  const networks = Object.values(asObject(asObject(inspect['NetworkSettings'])['Networks'])).map(asObject);
  const all = [asObject(inspect['HostConfig']), ...networks].flatMap((each) => asStrings(each['Links']));
  return all.map((entry) => (entry.split(':')[0] ?? '').replace(/^\//, ''));
}

/**
 * The type of an init container made by Podman's `--init-ctr`. No response up to 6.1 has a field for it, only the
 * command line. For init containers of other clients see `parsePodList`.
 */
export function initContainer(config: JsonObject): InitContainer | undefined {
  const [commandLine, ownCommand] = [asStrings(config['CreateCommand']), asStrings(config['Cmd'])];
  // The command line ends with the container's own command, which may contain the same options.
  const endsWithOwn =
    ownCommand.length > 0 && commandLine.slice(-ownCommand.length).join('\0') === ownCommand.join('\0');
  const options = endsWithOwn ? commandLine.slice(0, -ownCommand.length) : commandLine;
  const index = options.findIndex((value) => value === '--init-ctr' || value.startsWith('--init-ctr='));
  const value = options[index] === '--init-ctr' ? options[index + 1] : options[index]?.slice('--init-ctr='.length);
  return value === 'always' || value === 'once' ? value : undefined;
}

/** An inspected container of either engine, with details and edges. Throws `malformed` without an id. */
export function parseInspection(response: unknown, engine: EngineId, nameIndex: ContainerNameIndex): Inspection {
  const inspect = asObject(response);
  const id = asString(inspect['Id']);
  if (!id) throw new EngineError('malformed', 'inspect: a response without an id');
  const config = asObject(inspect['Config']);
  const host = asObject(inspect['HostConfig']);
  const status = asObject(inspect['State']);
  const pod = asString(inspect['Pod']);
  const state = parseState(status['Status']);
  const node: ContainerNode = {
    kind: 'container',
    key: nodeKey(engine, 'container', id),
    id,
    name: asString(inspect['Name']).replace(/^\//, '') || shortId(id),
    state,
    image: asString(inspect['ImageName']) || asString(config['Image']) || asString(inspect['Image']),
    imageId: imageIdOf(inspect['Image']) || undefined,
    networks: inspectedNetworks(inspect),
    createdAt: parseTimestamp(inspect['Created']),
    startedAt: parseTimestamp(status['StartedAt']),
    finishedAt: parseTimestamp(status['FinishedAt']),
    exitCode: state === 'exited' || state === 'dead' ? asNumber(status['ExitCode']) : undefined,
    ...(isUp(state) ? parseInspectHealth(status) : { health: undefined, lastCheck: undefined }),
    restartCount: asNumber(inspect['RestartCount']),
    justEnded: justEnded(status['Status']),
    pod: pod ? nodeKey(engine, 'pod', pod) : undefined,
    podName: pod ? nameIndex.podName(pod) : undefined,
    isInfra: inspect['IsInfra'] === true,
    isKubeService: inspect['IsService'] === true,
    labels: asLabels(config['Labels']),
    ports: parseInspectPorts(asObject(inspect['NetworkSettings'])['Ports'] ?? host['PortBindings']),
    details: parseDetails(inspect, config, host),
    unlisted: false,
  };
  return { node: withRestarting(node), edges: parseEdges(inspect, engine, nameIndex) };
}

function parseDetails(inspect: JsonObject, config: JsonObject, host: JsonObject): ContainerDetails {
  const volumes = asArray(inspect['Mounts'])
    .map(asObject)
    .filter((mount) => mount['Type'] === 'volume')
    .map((mount) => asString(mount['Name']))
    .filter((name) => name !== '');
  const init = initContainer(config);
  const hostNamespaces = namespaceFields.flatMap(([field, kind]) =>
    host[field] === 'host' && kind !== 'cgroup' ? [kind] : [],
  );
  const healthCheck = parseHealthCheck(config);
  return {
    stopTimeout: readStopTimeout(config['StopTimeout']) ?? defaultStopTimeout,
    stopSignal: parseStopSignal(config['StopSignal']),
    restartPolicy: asString(asObject(host['RestartPolicy'])['Name']),
    autoRemove: host['AutoRemove'] === true,
    ...(init ? { initContainer: init } : {}),
    ...(hostNamespaces.length > 0 ? { hostNamespaces } : {}),
    ...(healthCheck ? { healthCheck } : {}),
    anonymousVolumes: asStrings(volumes.filter(isAnonymousName)),
    namedVolumes: asStrings(volumes.filter((name) => !isAnonymousName(name))),
  };
}
