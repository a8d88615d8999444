import type { ContainerNode, EngineId, GraphEdge, NodeKey, PodNode, VolumeNode } from '../graph/model/model';
import type { StopTimeout } from '../graph/model/stopTimeout';
import type { ContainerInspector } from './inspector';

/**
 * One container engine, whatever its make. Everything above this floor speaks only this language: no HTTP, no libpod.
 *
 * Every method rejects with an `EngineError` and nothing else, and always settles: a deadline races each call, because a
 * connection cut in mid-body never calls back (docker-modem 5.0.7).
 */
export interface Engine extends ContainerInspector {
  readonly id: EngineId;
  /** Where it is reached, for people: `unix:///run/podman/podman.sock`. Never holds a secret. */
  readonly endpoint: string;

  /** Asks version and API once; the answer is kept. Call again after a lost connection. */
  connect(options?: CallOptions): Promise<EngineInfo>;

  /**
   * How many removals the engine carries out at once itself: more of them wait inside it, unseen. Undefined where it has no
   * such limit. Slow on a Podman that is not on this machine: it looks about all of its own for the answer, and at every
   * container, so that it waits for those that are being removed. Ask when it is needed, and once.
   */
  parallelism(options?: CallOptions): Promise<number | undefined>;

  /**
   * What tells this engine from every other one, whatever the way it is reached by. Slow on Podman, as `parallelism` is. Nothing to
   * rely on alone: machines that were copied have the same.
   */
  identity(options?: CallOptions): Promise<string>;

  /** All containers, infra containers among them, without details: one call, no edges. */
  listContainers(options?: CallOptions): Promise<readonly ContainerNode[]>;

  /**
   * All pods (none on Docker). On Podman this waits for the lock of a pod that is being removed, seconds long: never ask
   * while a removal runs. States are left to the graph.
   */
  listPods(options?: CallOptions): Promise<readonly PodNode[]>;

  /**
   * The anonymous volumes that no container uses, as far as the engine knows. Named ones are never told, nor those that only
   * look anonymous: see `readVolumeList`.
   */
  listVolumes(options?: CallOptions): Promise<readonly VolumeNode[]>;

  /** One container with details and its edges to others (`from` is always this container). */
  inspect(key: NodeKey, options?: CallOptions): Promise<Inspection>;

  /**
   * The containers that hang on this node as the engine knows them at this moment: a pod's members and infra container,
   * or a container's hard dependents (on Podman, where the engine itself refuses, dependents may be left out). Rejects with
   * reason `gone` when there is no such node.
   */
  listAttached(key: NodeKey, options?: CallOptions): Promise<readonly AttachedContainer[]>;

  /** Whether the engine still knows the node. */
  exists(key: NodeKey, options?: CallOptions): Promise<boolean>;

  /**
   * Removes one pod, one container or one volume; never what depends on it. A pod takes its members, its infra container and
   * their anonymous volumes along. A volume that is used is refused (`inUse`), forced or not. Rejects with reason `gone` when
   * there was nothing to remove.
   * An answer is not proof: see `exists`.
   */
  remove(key: NodeKey, options: RemoveOptions): Promise<void>;

  /** Stop signal, stop timeout, then kill. Resolves when it is down. */
  stop(key: NodeKey, options?: StopOptions): Promise<void>;
  /** Sends a signal (`SIGTERM`) and returns at once. */
  kill(key: NodeKey, signal: string, options?: CallOptions): Promise<void>;
  start(key: NodeKey, options?: CallOptions): Promise<void>;
  /** A stop and a start in one: what was made to go when it stops (`--rm`) stays. */
  restart(key: NodeKey, options?: StopOptions): Promise<void>;
  pause(key: NodeKey, options?: CallOptions): Promise<void>;
  unpause(key: NodeKey, options?: CallOptions): Promise<void>;

  /**
   * Follows the engine's events until the signal is aborted (resolves) or the stream ends or breaks (rejects).
   * `onOpen` is called once the engine has taken the request: what happens from then on is told.
   */
  events(listener: EventListener, options: { readonly signal: AbortSignal }): Promise<void>;

  /** Lets go of sockets. Calls under way reject. */
  close(): void;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the call rejects with reason `timeout`; infinite for never. Each method has its own default. */
  readonly deadline?: number | undefined;
}

/** What is to be known of a container before that on which it hangs goes. */
export type AttachedContainer = Pick<ContainerNode, 'key' | 'name' | 'state' | 'isInfra'>;

export interface StopOptions extends CallOptions {
  /** The stop timeout; the container's own when undefined. 0 kills at once. */
  readonly timeout?: StopTimeout | undefined;
}

export interface RemoveOptions extends StopOptions {
  /** Stop what runs first, with its stop timeout. Without it a running container is refused. */
  readonly force: boolean;
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

/** What an engine can do, asked once: what it cannot is greyed out with the reason, never tried and failed. */
export interface Capabilities {
  readonly pods: boolean;
  /** The engine refuses to remove a container with dependents; where it does not, order is ours alone. */
  readonly enforcesDependencies: boolean;
  /** A container that ends by a signal sent with `kill` stays down whatever its restart policy (not on Podman 4). */
  readonly killPreventsRestart: boolean;
}

export type EventAction =
  'create' | 'start' | 'exit' | 'stop' | 'pause' | 'unpause' | 'rename' | 'update' | 'remove' | 'other';

export interface EngineEvent {
  /** Of a container or a pod; other kinds are not told. */
  readonly key: NodeKey;
  readonly action: EventAction;
  readonly name: string | undefined;
  readonly pod: NodeKey | undefined;
  readonly exitCode: number | undefined;
  /** Milliseconds since the epoch, by the engine's clock. */
  readonly at: number;
}

export interface EventListener {
  onOpen(): void;
  onEvent(event: EngineEvent): void;
}
