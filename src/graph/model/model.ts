/** Plain, frozen data. Keys contain their engine, so that one graph can hold nodes of several engines. */

import type { ResourceKind, ResourceNode } from './resources';
import type { StopTimeout } from './stopTimeout';

/** A short name of an engine connection, unique in the window, without slashes. */
export type EngineId = string;

export type NodeKind = 'container' | 'pod' | ResourceKind;

/** `engineId/container/<full id>`, the same with `pod`; `engineId/volume/<name>`, with `network`; `engineId/image/<id>`. */
export type NodeKey = `${string}/${NodeKind}/${string}`;

interface KeyParts {
  readonly engine: EngineId;
  readonly kind: NodeKind;
  readonly id: string;
}

export function nodeKey(engine: EngineId, kind: NodeKind, id: string): NodeKey {
  return `${engine}/${kind}/${id}`;
}

export function parseKey(key: NodeKey): KeyParts {
  const first = key.indexOf('/');
  const second = key.indexOf('/', first + 1);
  return { engine: key.slice(0, first), kind: key.slice(first + 1, second) as NodeKind, id: key.slice(second + 1) };
}

export function engineOf(key: NodeKey): EngineId {
  return key.slice(0, key.indexOf('/'));
}

/** `engineOf` for a sequence of keys: reuses the last result, because most neighbors are of the same engine. */
export function cachedEngineOf(): (key: NodeKey) => EngineId {
  let [engine, prefix] = ['', '/'];
  return (key) => {
    if (!key.startsWith(prefix)) {
      engine = engineOf(key);
      prefix = `${engine}/`;
    }
    return engine;
  };
}

/** The 12 digits of an id that Podman and Docker show. */
export function shortId(id: string): string {
  return id.slice(0, 12);
}

/** Adds a value to the list of a key. */
export function addToList<K, V>(lists: Map<K, V[]>, key: K, value: V) {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

export const containerStates = [
  'created',
  'running',
  'paused',
  'stopping',
  'restarting',
  'exited',
  'dead',
  'removing',
  'unknown',
] as const;
export type ContainerState = (typeof containerStates)[number];

/** Derived from the states of a pod's containers: Podman lists pods slowly while it removes one. */
export type PodState = 'empty' | 'created' | 'running' | 'degraded' | 'paused' | 'exited';

/** The last result of a container's health check; `starting` until the first. */
export const healthStates = ['starting', 'healthy', 'unhealthy'] as const;
export type Health = (typeof healthStates)[number];

/** Durations in milliseconds. Failures count from the end of the start period; `retries` in a row make `unhealthy`. */
export interface HealthCheck {
  readonly interval: number;
  readonly timeout: number;
  readonly startPeriod: number;
  readonly retries: number;
}

/** One run of a health check. */
export interface HealthCheckResult {
  readonly output: string;
  readonly exitCode: number;
  /** Milliseconds since the epoch, by the engine's clock. */
  readonly at: number | undefined;
}

/** Whether an init container of a Podman pod runs at each start of the pod, or once, after which Podman removes it. */
export type InitContainer = 'always' | 'once';

/** Data from an inspect. Fixed at creation, except for the restart policy. */
export interface ContainerDetails {
  /** Between the stop signal and SIGKILL. */
  readonly stopTimeout: StopTimeout;
  /** For example `SIGTERM`. */
  readonly stopSignal: string;
  /** `''` or `no`, `always`, `unless-stopped`, `on-failure`. */
  readonly restartPolicy: string;
  readonly autoRemove: boolean;
  readonly initContainer?: InitContainer | undefined;
  /** Namespaces of the host that it uses in place of its own, which survive its restart; without `cgroup`. */
  readonly hostNamespaces?: readonly SharedNamespace[] | undefined;
  /** Undefined without a health check. */
  readonly healthCheck?: HealthCheck | undefined;
  /** Names of volumes that are removed with the container, and of those that are kept. */
  readonly anonymousVolumes: readonly string[];
  readonly namedVolumes: readonly string[];
}

/** Linux namespaces that a container can share with another, in the order of `ContainerNode.namespaces`. */
export const sharedNamespaces = ['network', 'pid', 'ipc', 'uts', 'user', 'cgroup'] as const;
export type SharedNamespace = (typeof sharedNamespaces)[number];

/** Why a node cannot be part of any plan. */
export type Unmanageable =
  /** Its inspect failed, so its dependencies are unknown; `text` is the engine's error message. */
  | { readonly kind: 'noDetails'; readonly text: string }
  /** Its id is also the name of another container, which the engine would use instead. */
  | { readonly kind: 'ambiguousId'; readonly holder: string };

/** The systemd unit that the label of a container or pod names, as last read from systemd. */
export interface SystemdUnitState {
  readonly name: string;
  /** `/etc/containers/systemd/web.container`; the unit file if it is not generated; empty if there is neither. */
  readonly file: string;
  /** Generated from a Quadlet file. Any other unit may do more than run this container. */
  readonly isQuadlet: boolean;
  /** Its Quadlet file may be deleted, see `isOwnQuadlet`. */
  readonly isDeletable?: boolean | undefined;
  /** `active`, `inactive`, `failed`, `activating`, `deactivating`, `reloading`. */
  readonly activeState: string;
  /** Failed without a stop: a container that exits by its stop signal also leaves its unit `failed`. */
  readonly hasFailed: boolean;
  /** `generated`, `enabled`, `disabled`, `static`, `transient`; empty if unknown. */
  readonly fileState: string;
  /** Its files have changed since systemd read them. */
  readonly needsReload: boolean;
}

export interface ContainerNode {
  readonly kind: 'container';
  readonly key: NodeKey;
  /** The full id. */
  readonly id: string;
  readonly name: string;
  readonly state: ContainerState;
  readonly image: string;
  /** The hexadecimal id of its image. */
  readonly imageId?: string | undefined;
  /** Names of the networks that it is attached to itself, not through another container. */
  readonly networks?: readonly string[] | undefined;
  /** Milliseconds since the epoch; undefined if the engine did not report it. */
  readonly createdAt: number | undefined;
  readonly startedAt: number | undefined;
  /** The last exit, also of a container that runs again. */
  readonly finishedAt?: number | undefined;
  /**
   * Ids of its namespaces, separated by spaces in the order of `sharedNamespaces`; only Podman lists them. Empty until they
   * were listed.
   */
  readonly namespaces?: string | undefined;
  readonly exitCode: number | undefined;
  /** Undefined unless it runs and has a health check. */
  readonly health?: Health | undefined;
  /** From the last inspect since `health` changed. */
  readonly lastCheck?: HealthCheckResult | undefined;
  /** Automatic restarts since it was last started by a client; undefined if unknown. */
  readonly restartCount?: number | undefined;
  /** Its process has exited, and the engine has not yet cleaned up or restarted it: Podman's state `stopped`. */
  readonly justEnded?: boolean | undefined;
  /** The pod that this container is a member or the infra container of. */
  readonly pod: NodeKey | undefined;
  /** The pod's name from the container list, which shows pods before they are listed. */
  readonly podName: string | undefined;
  readonly isInfra: boolean;
  /** Podman's service container of `kube play` (`IsService`), not removable while it has pods. Known after inspect. */
  readonly isKubeService: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Display text: `host:port -> port/proto`. */
  readonly ports: readonly string[];
  /** Undefined until the container was inspected. */
  readonly details: ContainerDetails | undefined;
  /** Undefined without a unit, or while its systemd cannot be reached. */
  readonly systemdUnit?: SystemdUnitState | undefined;
  /** Not listed by the engine: known from another container's inspect, or from systemd, see `isStoppedUnit`. */
  readonly unlisted: boolean;
  readonly unmanageable?: Unmanageable | undefined;
}

/**
 * A container with all fields, also the optional ones. Created by one object literal with this order of fields: V8 gives
 * each object of this size that was built by spreads its own hidden class, as heap snapshots of Node 20 show.
 */
export type CompleteContainer = { readonly [Field in keyof Required<ContainerNode>]: ContainerNode[Field] };

export interface PodNode {
  readonly kind: 'pod';
  readonly key: NodeKey;
  readonly id: string;
  readonly name: string;
  readonly state: PodState;
  readonly createdAt: number | undefined;
  /** The infra container belongs to its pod and is not a node. */
  readonly infra: NodeKey | undefined;
  /** Members that have exited while the engine reports the pod as running: completed init containers. */
  readonly finishedInits?: readonly NodeKey[] | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly systemdUnit?: SystemdUnitState | undefined;
  readonly unmanageable?: Unmanageable | undefined;
}

export type GraphNode = ContainerNode | PodNode;

/** Anything that a plan may hold. */
export type PlanNode = GraphNode | ResourceNode;

export type EdgeReason =
  | 'network'
  | 'pid'
  | 'ipc'
  | 'uts'
  | 'user'
  | 'cgroup'
  | 'mount'
  | 'requires'
  | 'member'
  | 'volumes-from'
  | 'link'
  | 'depends-on'
  /** Of units: `systemd` stops one with the other, `systemd-order` only starts and stops them in order. */
  | 'systemd'
  | 'systemd-order';

/** What compose's `depends_on` demands of a dependency before its dependent starts; other values are `unknown`. */
export type DependencyCondition = 'started' | 'healthy' | 'completed' | 'unknown';

/** `from` depends on `to`. One edge per pair, with all reasons. */
export interface GraphEdge {
  readonly from: NodeKey;
  readonly to: NodeKey;
  readonly reasons: readonly EdgeReason[];
  /** Undefined where none is declared. */
  readonly condition?: DependencyCondition | undefined;
  /** A restart of `to` also restarts `from`: compose's `restart: true`, systemd's `PartOf=`. */
  readonly propagatesRestart?: boolean | undefined;
}

/** A container of which nothing but its key and name is known. */
export function unlistedContainer(key: NodeKey, name: string): ContainerNode {
  return {
    kind: 'container',
    key,
    id: parseKey(key).id,
    name,
    state: 'unknown',
    image: '',
    createdAt: undefined,
    startedAt: undefined,
    exitCode: undefined,
    pod: undefined,
    podName: undefined,
    isInfra: false,
    isKubeService: false,
    labels: {},
    ports: [],
    details: undefined,
    unlisted: true,
  };
}

/** A systemd unit without a container: it makes one when it starts. Its id is the name of the unit. */
export function isStoppedUnit(node: PlanNode): boolean {
  return node.kind === 'container' && node.unlisted && node.systemdUnit !== undefined;
}

const softReasons: ReadonlySet<EdgeReason> = new Set(['volumes-from', 'depends-on', 'link', 'systemd-order']);

/** Hard: the engine rejects or breaks another order. Soft: determines only the order. */
export function isHard({ reasons }: Pick<GraphEdge, 'reasons'>): boolean {
  return reasons.some((reason) => !softReasons.has(reason));
}

/** Whether a removal must stop the container first, or needs force. */
export function isActive(state: ContainerState): boolean {
  return state === 'running' || state === 'paused' || state === 'restarting' || state === 'stopping';
}

/** Whether it has processes: between two runs of a crash loop it has not. */
export function isUp(state: ContainerState): boolean {
  return isActive(state) && state !== 'restarting';
}

/** Whether a member of a pod is an init container, as far as the engine has reported. */
export function isInitContainer(
  { key, details }: Pick<ContainerNode, 'key' | 'details'>,
  pod?: Pick<PodNode, 'finishedInits'>,
): boolean {
  return details?.initContainer !== undefined || (pod?.finishedInits?.includes(key) ?? false);
}

/** Restarts from which a container counts as being in a restart loop. */
const restartLoopThreshold = 3;

/** Whether the restart policy restarts the container again and again. */
export function isInRestartLoop({ state, restartCount = 0 }: Pick<ContainerNode, 'state' | 'restartCount'>): boolean {
  return restartCount >= restartLoopThreshold && (state === 'restarting' || state === 'running');
}

/** Exit codes of a container that a user of the engine has stopped: SIGINT, SIGKILL and SIGTERM. */
export const stopCodes: ReadonlySet<number | undefined> = new Set([130, 137, 143]);

/** Whether the container exited with an error, is dead or is in a restart loop, or its systemd unit has failed. */
export function hasFailed(
  container: Pick<ContainerNode, 'state' | 'exitCode' | 'restartCount' | 'systemdUnit'>,
): boolean {
  const { state, exitCode = 0, systemdUnit } = container;
  // A container that runs again has a unit that was not read yet.
  if (systemdUnit?.hasFailed && !isActive(state)) return true;
  return state === 'dead' || (state === 'exited' && exitCode !== 0) || isInRestartLoop(container);
}

/** Whether the engine removes a container once it exits. */
export function isRemovedOnExit({ details }: Pick<ContainerNode, 'details'>): boolean {
  return details?.autoRemove === true || details?.initContainer === 'once';
}

/** Whether the engine restarts a container once it exits. */
function isRestartedOnExit({ details, exitCode }: Pick<ContainerNode, 'details' | 'exitCode'>): boolean {
  const policy = details?.restartPolicy ?? '';
  return policy === 'always' || policy === 'unless-stopped' || (policy === 'on-failure' && exitCode !== 0);
}

/**
 * Corrects the state to `restarting` between two runs of a crash loop, as Docker reports it. There, Podman (4.3 to 6.1)
 * reports `stopped`, and `exited` after its cleanup.
 */
export function withRestarting(node: ContainerNode): ContainerNode {
  return node.state === 'exited' && node.justEnded && isRestartedOnExit(node) ? { ...node, state: 'restarting' } : node;
}
