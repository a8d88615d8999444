import type { Mutex } from 'async-mutex';
import { createHash, randomBytes } from 'node:crypto';

/** States as libpod words them in lists and inspections. */
export type ContainerState = 'created' | 'running' | 'paused' | 'stopping' | 'stopped' | 'exited';

export type RestartPolicy = 'no' | 'always' | 'unless-stopped' | 'on-failure';

/** The namespaces that one container can take from another. */
const sharedNamespaces = ['net', 'pid', 'ipc', 'uts', 'user', 'cgroup'] as const;
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
export interface LogLine {
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
  pendingSignals: number[];
  /** Lines that it was made to print, the newest of them; see `DemoEngine.print`. */
  printed: LogLine[];
  /** Who reads its log at this moment. */
  readonly readers: Set<(line: LogLine) => void>;
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
export function isFinished(container: Container): boolean {
  return container.state === 'stopped' || container.state === 'exited';
}

/** True while a deletion without force is refused. */
export function isActive(container: Container): boolean {
  return container.state === 'running' || container.state === 'paused' || container.state === 'stopping';
}

/** Everything the demo engine holds. Only stores and finds: what may happen to it is decided elsewhere. */
export class ObjectStore {
  readonly containers = new Map<string, Container>();
  readonly pods = new Map<string, Pod>();
  readonly volumes = new Map<string, Volume>();
  private readonly containerNames = new Map<string, string>();
  private readonly podNames = new Map<string, string>();
  private readonly dependentIds = new Map<string, Set<string>>();
  /** Where it says that it keeps its containers: its own, as ids are those of every demo engine. */
  readonly root = `/demo/${randomBytes(6).toString('hex')}`;
  private idsGiven = 0;
  private pidsGiven = 100;

  /** @param namesFirst whether a name counts before an id (5.8.6, 6.1.1) */
  constructor(private readonly namesFirst = false) {}

  /** A new id in the manner of Podman (64 hex digits), the same in each run. */
  nextId(): string {
    return createHash('sha256').update(`demo ${this.idsGiven++}`).digest('hex');
  }

  nextPid(): number {
    return ++this.pidsGiven;
  }

  addContainer(container: Container): void {
    this.containers.set(container.id, container);
    this.containerNames.set(container.name, container.id);
    for (const id of dependencyIds(container)) {
      const dependents = this.dependentIds.get(id) ?? new Set();
      this.dependentIds.set(id, dependents.add(container.id));
    }
    if (container.podId) this.pods.get(container.podId)?.memberIds.add(container.id);
  }

  deleteContainer(container: Container): void {
    this.containers.delete(container.id);
    this.containerNames.delete(container.name);
    for (const id of dependencyIds(container)) this.dependentIds.get(id)?.delete(container.id);
    this.dependentIds.delete(container.id);
    if (container.podId) this.pods.get(container.podId)?.memberIds.delete(container.id);
  }

  addPod(pod: Pod): void {
    this.pods.set(pod.id, pod);
    this.podNames.set(pod.name, pod.id);
  }

  deletePod(pod: Pod): void {
    this.pods.delete(pod.id);
    this.podNames.delete(pod.name);
  }

  /** Who holds a name: containers and pods share one space of names, as in Podman. */
  namespaceOwner(name: string): string | undefined {
    return this.containerNames.get(name) ?? this.podNames.get(name);
  }

  /** By name, id, or a beginning of an id that only one has. */
  findContainer(ref: string): Container | undefined {
    return find(ref, this.containers, this.containerNames, this.namesFirst);
  }

  findPod(ref: string): Pod | undefined {
    return find(ref, this.pods, this.podNames, this.namesFirst);
  }

  /** The containers that `container` cannot be removed before. */
  dependentsOf(container: Container): Container[] {
    return [...(this.dependentIds.get(container.id) ?? [])].flatMap((id) => this.containers.get(id) ?? []);
  }

  membersOf(pod: Pod): Container[] {
    return [...pod.memberIds].flatMap((id) => this.containers.get(id) ?? []);
  }

  podOf(container: Container): Pod | undefined {
    return container.podId === undefined ? undefined : this.pods.get(container.podId);
  }
}

function find<T>(ref: string, byId: Map<string, T>, idByName: Map<string, string>, namesFirst: boolean): T | undefined {
  const named = byId.get(idByName.get(ref) ?? '');
  const exact = namesFirst ? (named ?? byId.get(ref)) : (byId.get(ref) ?? named);
  if (exact || !/^[0-9a-f]+$/.test(ref)) return exact;
  const matches = [...byId.keys()].filter((id) => id.startsWith(ref));
  return matches.length === 1 ? byId.get(matches[0] ?? '') : undefined;
}

/** Of each container's log. */
const linesKept = 1000;

/** Puts a line into a container's log, and tells who reads it. */
export function appendLog(container: Container, line: LogLine): void {
  container.printed = [...container.printed, line].slice(-linesKept);
  for (const read of [...container.readers]) read(line);
}
