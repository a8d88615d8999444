/**
 * What the graph is made of. Observations come from engines as these plain, frozen shapes; nothing here knows how they
 * were obtained. Keys carry their engine, so that many engines can stand in one graph.
 */

import type { StopTimeout } from './stopTimeout';

/** A short name for one engine connection, unique in the window; never holds a slash. */
export type EngineId = string;

export type NodeKind = 'container' | 'pod' | 'volume';

/** `engineId/container/<full id>`, `engineId/pod/<full id>` or `engineId/volume/<name>`. */
export type NodeKey = `${string}/${NodeKind}/${string}`;

export interface KeyDeps {
  readonly engine: EngineId;
  readonly kind: NodeKind;
  readonly id: string;
}

export function nodeKey(engine: EngineId, kind: NodeKind, id: string): NodeKey {
  return `${engine}/${kind}/${id}`;
}

/** The parts of a key. Engine ids hold no slash, and neither do engine-given ids. */
export function keyDeps(key: NodeKey): KeyDeps {
  const first = key.indexOf('/');
  const second = key.indexOf('/', first + 1);
  return { engine: key.slice(0, first), kind: key.slice(first + 1, second) as NodeKind, id: key.slice(second + 1) };
}

export function engineOf(key: NodeKey): EngineId {
  return key.slice(0, key.indexOf('/'));
}

/** `engineOf` for keys one after another: most are of the same engine as the one before, and a new text for each costs. */
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

/** Quicker than by its parts: it is asked of every node of a plan. */
export function isVolume(key: NodeKey): boolean {
  return key.startsWith('/volume/', key.indexOf('/'));
}

export type ContainerState =
  'created' | 'running' | 'paused' | 'stopping' | 'restarting' | 'exited' | 'dead' | 'removing' | 'unknown';

/** Derived from the states of a pod's containers; engines answer pod lists too slowly while a pod is being removed. */
export type PodState = 'empty' | 'created' | 'running' | 'degraded' | 'paused' | 'exited';

/**
 * A member of a Podman pod that runs to its end before the others are started: on each start of the pod, or once, after which
 * Podman removes it.
 */
export type InitContainer = 'always' | 'once';

/** What an inspect adds to a list entry. Fixed when a container is created, but for the restart policy. */
export interface ContainerDetails {
  /** Between the stop signal and the kill. */
  readonly stopTimeout: StopTimeout;
  /** As the kernel names it: `SIGTERM`. */
  readonly stopSignal: string;
  /** `''` or `no`, `always`, `unless-stopped`, `on-failure`. */
  readonly restartPolicy: string;
  readonly autoRemove: boolean;
  readonly initContainer?: InitContainer | undefined;
  /** Names of volumes that go with the container, and of those that stay. */
  readonly anonymousVolumes: readonly string[];
  readonly namedVolumes: readonly string[];
}

/** Why nothing may be sent to a node, so that no plan can hold it. */
export type KeptOut =
  /** It cannot be inspected, so that nobody knows what it needs; `text` is the engine's reason. */
  | { readonly kind: 'noDetails'; readonly text: string }
  /** Its id is also the name of another one, which the engine would take in its place. */
  | { readonly kind: 'ambiguousId'; readonly holder: string };

export interface ContainerNode {
  readonly kind: 'container';
  readonly key: NodeKey;
  /** Full id as the engine gives it. */
  readonly id: string;
  readonly name: string;
  readonly state: ContainerState;
  readonly image: string;
  /** Milliseconds since the epoch; undefined when the engine did not say. */
  readonly createdAt: number | undefined;
  readonly startedAt: number | undefined;
  readonly exitCode: number | undefined;
  /** Its process has ended, and the engine has not yet cleaned up or started it again: Podman's state `stopped`. */
  readonly justEnded?: boolean | undefined;
  /** Key of the pod this container is a member of, or whose infra container it is. */
  readonly pod: NodeKey | undefined;
  /** The pod's name as a container list tells it: pods can be shown without asking for pods. */
  readonly podName: string | undefined;
  readonly isInfra: boolean;
  /** Podman's kube service container (`IsService`): never removed while a pod is there. Known after inspect. */
  readonly isKubeService: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** `host:port -> port/proto`, as text for people. */
  readonly ports: readonly string[];
  /** Undefined until the container was inspected. */
  readonly details: ContainerDetails | undefined;
  /** A dependency that no list of its engine holds: known only because another container names it. */
  readonly unlisted: boolean;
  readonly keptOut?: KeptOut | undefined;
}

export interface PodNode {
  readonly kind: 'pod';
  readonly key: NodeKey;
  readonly id: string;
  readonly name: string;
  readonly state: PodState;
  readonly createdAt: number | undefined;
  /** The infra container is part of its pod: shown with it, removed with it, never a node of its own. */
  readonly isInfra: NodeKey | undefined;
  /** Members that have exited while the engine calls the pod running: init containers that have done their work. */
  readonly finishedInits?: readonly NodeKey[] | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly keptOut?: KeptOut | undefined;
}

/** What a graph is made of: what has edges. */
export type GraphNode = ContainerNode | PodNode;

/**
 * An anonymous volume: one that its engine made by itself, for a container. It stands in plans alone. The graph holds only
 * what needs something or is needed, and a volume that no container uses is neither.
 */
export interface VolumeNode {
  readonly kind: 'volume';
  readonly key: NodeKey;
  /** Its name: volumes have no other id. */
  readonly id: string;
  readonly name: string;
  readonly createdAt: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a plan may hold. */
export type PlanNode = GraphNode | VolumeNode;

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
  | 'depends-on';

/** `from` needs `to`: `to` is the dependency, `from` its dependent. One edge per pair, with all its reasons. */
export interface GraphEdge {
  readonly from: NodeKey;
  readonly to: NodeKey;
  readonly reasons: readonly EdgeReason[];
}

const softReasons: ReadonlySet<EdgeReason> = new Set(['volumes-from', 'depends-on', 'link']);

/** Hard: the engine refuses or breaks when the order is ignored. Soft: orders, never blocks. */
export function isHard(edge: GraphEdge): boolean {
  return edge.reasons.some((reason) => !softReasons.has(reason));
}

/** Whether a removal must stop the container first, or be told that it may. */
export function isActive(state: ContainerState): boolean {
  return state === 'running' || state === 'paused' || state === 'restarting' || state === 'stopping';
}

/** Whether a member of a pod is an init container, as far as the engine has told. */
export function isInitContainer(
  { key, details }: Pick<ContainerNode, 'key' | 'details'>,
  pod?: Pick<PodNode, 'finishedInits'>,
): boolean {
  return details?.initContainer !== undefined || (pod?.finishedInits?.includes(key) ?? false);
}

/** Whether the engine removes a container when it has ended by itself. */
export function goesWhenItEnds({ details }: Pick<ContainerNode, 'details'>): boolean {
  return details?.autoRemove === true || details?.initContainer === 'once';
}

/** Whether an engine starts a container again that has ended by itself. */
function comesBack({ details, exitCode }: Pick<ContainerNode, 'details' | 'exitCode'>): boolean {
  const policy = details?.restartPolicy ?? '';
  return policy === 'always' || policy === 'unless-stopped' || (policy === 'on-failure' && exitCode !== 0);
}

/**
 * A container with its state as the restart policy has it. Between two lives of a crash loop Docker calls it restarting and
 * Podman stopped, while that is exited for good once the engine has cleaned up (4.3 to 6.1).
 */
export function withRestarting(node: ContainerNode): ContainerNode {
  return node.state === 'exited' && node.justEnded && comesBack(node) ? { ...node, state: 'restarting' } : node;
}
