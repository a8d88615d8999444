import type { Mutex } from 'async-mutex';

/** States as libpod words them in lists and inspections. */
export type ContainerState = 'created' | 'running' | 'paused' | 'stopping' | 'stopped' | 'exited';

export type RestartPolicy = 'no' | 'always' | 'unless-stopped' | 'on-failure';

/** The namespaces that one container can take from another. */
export const sharedNamespaces = ['net', 'pid', 'ipc', 'uts', 'user', 'cgroup'] as const;
export type SharedNamespace = (typeof sharedNamespaces)[number];

/** A volume as a container has it mounted. */
export interface Mount {
  volume: string;
  destination: string;
}

export interface Volume {
  name: string;
  /** Goes with its pod, or with its container when `volumes=true`. */
  anonymous: boolean;
  /** Milliseconds since the epoch. */
  created: number;
  labels: Readonly<Record<string, string>>;
}

/** A line in a container's log. */
export interface Printed {
  /** Milliseconds since the epoch. */
  at: number;
  stream: 'stdout' | 'stderr';
  text: string;
}

/** A port that the engine's machine listens on for a container; tcp. */
export interface PublishedPort {
  readonly host: number;
  readonly inner: number;
}

export interface Container {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly created: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly podId: string | undefined;
  readonly isInfra: boolean;
  readonly isService: boolean;
  /** Ids of the containers whose namespaces this one uses. */
  readonly shares: Readonly<Partial<Record<SharedNamespace, string>>>;
  /** Ids given by `--requires`. */
  readonly requires: readonly string[];
  /** Names given by `--volumes-from`: they order, and are no dependencies to the engine. */
  readonly volumesFrom: readonly string[];
  readonly network: 'bridge' | 'host' | 'none';
  readonly mounts: readonly Mount[];
  readonly published: readonly PublishedPort[];
  readonly stopSignal: number;
  /** Seconds of grace between the stop signal and the kill. */
  readonly stopTimeout: number;
  readonly autoRemove: boolean;
  restart: { policy: RestartPolicy; retries: number };
  state: ContainerState;
  pid: number;
  exitCode: number;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  restartCount: number;
  stoppedByUser: boolean;
  /** Resolves when the removal under way has ended, either way. */
  removal: Promise<void> | undefined;
  /** Called once, at the next exit. */
  exitWaiters: (() => void)[];
  /** Signals that reach the process when it is no longer paused. */
  heldSignals: number[];
  /** Lines that it was made to print, the newest of them; see `DemoEngine.print`. */
  printed: Printed[];
  /** Who reads its log at this moment. */
  readonly readers: Set<(line: Printed) => void>;
  /** Calls off the exit that the command would come to by itself, or the one a signal has brought about. */
  cancelExit: (() => void) | undefined;
}

export interface Pod {
  readonly id: string;
  readonly name: string;
  readonly created: number;
  readonly labels: Readonly<Record<string, string>>;
  /** The kube service container that goes with its last pod. */
  readonly serviceId: string | undefined;
  infraId: string | undefined;
  /** In the order of creation, infra container included. */
  readonly memberIds: Set<string>;
  /** Held while the pod is removed, started or stopped; lists and inspections of pods wait for it. */
  readonly lock: Mutex;
}

/** Ids of everything `container` depends on in the engine's eyes, each once. */
export function dependencyIds(container: Container): string[] {
  const ids = [...Object.values(container.shares), ...container.requires];
  return [...new Set(ids)];
}

/** True once the process has ended: `stopped` until the engine has cleaned up after it, `exited` then. */
export function hasEnded(container: Container): boolean {
  return container.state === 'stopped' || container.state === 'exited';
}

/** True while a deletion without force is refused. */
export function isUp(container: Container): boolean {
  return container.state === 'running' || container.state === 'paused' || container.state === 'stopping';
}
