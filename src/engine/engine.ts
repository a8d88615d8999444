import type { ContainerNode, GraphEdge, Health, NodeKey, PodNode } from '../graph/model/model';
import type { ImageNode, NetworkNode, ResourceKind, VolumeNode } from '../graph/model/resources';
import type { StopTimeout } from '../graph/model/stopTimeout';
import type { RecipeOperations } from './recipe/recipe';
import type { SystemdAccess, SystemdOptions, UnitContainer } from './systemd/systemd';

/**
 * One container engine of any type; callers see neither HTTP nor libpod.
 *
 * Every method rejects only with an `EngineError`, and always settles: each call has a timeout, because docker-modem
 * 5.0.7 never calls back for a connection cut in mid-body.
 */
export interface Engine extends ContainerInspector, RecipeOperations {
  /** The address to display: `unix:///run/podman/podman.sock`. Contains no secret. */
  readonly endpoint: string;

  /** Detects type and versions. Call again after a lost connection. */
  connect(options?: CallOptions): Promise<EngineInfo>;

  /**
   * How many removals the engine runs at once; the others wait inside it. Undefined without a limit. Slow on a remote
   * Podman: its `info` visits every container and waits for those being removed.
   */
  parallelism(options?: CallOptions): Promise<number | undefined>;

  /**
   * A fingerprint that is the same for every address of one engine. Slow on Podman, as `parallelism` is. Cloned
   * machines may share it.
   */
  identity(options?: CallOptions): Promise<string>;

  /** All containers with infra containers, from one request; without details and edges. */
  listContainers(options?: ListOptions): Promise<readonly ContainerNode[]>;

  /**
   * All pods (none on Docker), without states. Podman waits for the lock of a pod that is being removed, for seconds:
   * do not call during a removal.
   */
  listPods(options?: CallOptions): Promise<readonly PodNode[]>;

  /** All volumes, networks or images; see `measureSizes` for the sizes of volumes. */
  listVolumes(options?: CallOptions): Promise<readonly VolumeNode[]>;
  listNetworks(options?: CallOptions): Promise<readonly NetworkNode[]>;
  listImages(options?: CallOptions): Promise<readonly ImageNode[]>;

  /**
   * Bytes of volumes and of containers' writable layers, as far as known. The engine reads each file, so this takes seconds
   * and more on large volumes.
   */
  measureSizes(options?: CallOptions): Promise<ReadonlyMap<NodeKey, number>>;

  /** One container with details and the edges from it to others. */
  inspect(key: NodeKey, options?: CallOptions): Promise<Inspection>;

  /**
   * Containers attached to a node at this moment: a pod's members with its infra container, a container's hard
   * dependents (not on Podman, which refuses such removals itself), the users of a volume, network or image. Rejects with
   * `gone` if a pod or container does not exist.
   */
  listAttached(key: NodeKey, options?: CallOptions): Promise<readonly AttachedContainer[]>;

  exists(key: NodeKey, options?: CallOptions): Promise<boolean>;

  /**
   * Removes one node, never its dependents. A pod is removed with its members, infra container and, always, their
   * anonymous volumes. A volume, network or image in use is refused (`inUse`), even with `force`. Rejects with `gone` if the
   * node did not exist. Success must be verified with `exists`.
   */
  remove(key: NodeKey, options: RemoveOptions): Promise<void>;

  /**
   * Runs the health check now and returns its result; on Docker, which runs all checks by itself, returns the last one.
   * Undefined without a check. The call's timeout must be longer than the check's.
   */
  checkHealth(key: NodeKey, options?: CallOptions): Promise<Health | undefined>;

  /** Sends the stop signal, and SIGKILL after the stop timeout. Resolves when the node is stopped. */
  stop(key: NodeKey, options?: StopOptions): Promise<void>;
  /** Sends a signal (`SIGTERM`) without waiting for its effect. */
  kill(key: NodeKey, signal: string, options?: CallOptions): Promise<void>;
  start(key: NodeKey, options?: CallOptions): Promise<void>;
  /** A container with `--rm` is kept. */
  restart(key: NodeKey, options?: StopOptions): Promise<void>;
  pause(key: NodeKey, options?: CallOptions): Promise<void>;
  unpause(key: NodeKey, options?: CallOptions): Promise<void>;

  /**
   * Streams the engine's events until the signal is aborted (resolves) or the stream ends or fails (rejects). `onOpen`
   * is called when the engine has accepted the request: later events are not missed.
   */
  events(listener: EventListener, options: { readonly signal: AbortSignal }): Promise<void>;

  /** The systemd whose units run these containers. Kept once found, while the engine's version stays the same. */
  systemd(containers: readonly UnitContainer[], options?: SystemdOptions): Promise<SystemdAccess>;

  /** Closes all connections. Pending calls reject. */
  close(): void;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the call rejects with `timeout`; may be infinite. Each method has its own default. */
  readonly timeoutMs?: number | undefined;
}

export interface ListOptions extends CallOptions {
  /** False leaves out the ids of namespaces: with them, Podman's list takes up to half as long again. */
  readonly namespaces?: boolean;
}

export type AttachedContainer = Pick<ContainerNode, 'key' | 'name' | 'state' | 'isInfra'>;

export interface StopOptions extends CallOptions {
  /** Undefined: the container's own stop timeout. 0 kills at once. */
  readonly timeout?: StopTimeout | undefined;
}

export interface RemoveOptions extends StopOptions {
  /** Stop running containers first; otherwise they are refused. */
  readonly force: boolean;
  /** Delete the container's anonymous volumes, too; by default they are kept. */
  readonly deleteVolumes?: boolean | undefined;
}

export interface Inspection {
  readonly node: ContainerNode;
  readonly edges: readonly GraphEdge[];
}

export interface EngineInfo {
  readonly type: 'podman' | 'docker';
  /** `4.3.1` */
  readonly version: string;
  /** `podman 4.3.1` */
  readonly title: string;
  readonly apiVersion: string;
  readonly capabilities: Capabilities;
}

/** Known after `connect`, so unsupported commands can be disabled with a reason. */
export interface Capabilities {
  readonly pods: boolean;
  /** The engine refuses to remove a container with dependents; otherwise the caller must order removals. */
  readonly enforcesDependencies: boolean;
  /** The restart policy is not applied to a container that ends by `kill` (not on Podman 4). */
  readonly killPreventsRestart: boolean;
}

export type EventAction =
  'create' | 'start' | 'exit' | 'stop' | 'pause' | 'unpause' | 'rename' | 'update' | 'remove' | 'health' | 'other';

export interface EngineEvent {
  /** A container or a pod. */
  readonly key: NodeKey;
  readonly action: EventAction;
  readonly name: string | undefined;
  readonly exitCode: number | undefined;
  /** The result of a health check; undefined for other actions, and where the engine's event does not contain it. */
  readonly health?: Health | undefined;
  /** Milliseconds since the epoch, by the engine's clock. */
  readonly at: number;
}

export interface EventListener {
  onOpen(): void;
  onEvent(event: EngineEvent): void;
  /** A volume, network or image was created, changed or removed. */
  onResourceEvent?(kind: ResourceKind): void;
}

/** Inspection of one container. Nothing here changes the engine, except programs started by `exec`. */
export interface ContainerInspector {
  /** The engine's own inspect output of a container or pod. */
  inspectRaw(key: NodeKey, options?: CallOptions): Promise<unknown>;

  /**
   * Reads a container's logs, and with `follow` its further output. Resolves when the engine ends the response or the
   * signal is aborted; rejects on failure. Podman 5.8.6 may end it while the container still runs.
   */
  logs(key: NodeKey, options: LogOptions): Promise<void>;

  fileExists(key: NodeKey, path: string, options?: CallOptions): Promise<boolean>;

  /** Starts a program with a terminal in a running container. */
  exec(key: NodeKey, options: ExecOptions): Promise<ExecSession>;

  /** Starts a program in a running container, without waiting for it. */
  execDetached(key: NodeKey, command: readonly string[], options?: CallOptions): Promise<void>;
}

export interface LogOptions {
  readonly signal: AbortSignal;
  readonly follow: boolean;
  /** Seconds since the epoch; earlier entries are skipped. */
  readonly since?: number | undefined;
  /** The number of newest entries to start with. */
  readonly tail?: number | undefined;
  /** Called with the entries of one chunk. Reading pauses until it resolves. */
  readonly onEntries: (entries: readonly LogEntry[]) => Promise<void> | void;
}

/** A log line, or a part of a long or slowly written one. */
export interface LogEntry {
  readonly stream: 'stdout' | 'stderr';
  /** In the engine's format, to the second on Podman 4.3; empty for the later parts of a line. */
  readonly time: string;
  /** Includes the newline, if complete. */
  readonly text: string;
}

export interface ExecOptions extends CallOptions {
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly size: TerminalSize;
  readonly onData: (chunk: Uint8Array) => void;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A program with a terminal in a container. */
export interface ExecSession {
  /** Resolves when the connection has ended, with the exit code if the engine still has it. Never rejects. */
  readonly done: Promise<number | undefined>;
  write(text: string): void;
  resize(size: TerminalSize): Promise<void>;
  /** Closes the connection. The program continues to run. */
  close(): void;
}
