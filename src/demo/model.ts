import type { Mutex } from 'async-mutex';
import { createHash, randomBytes } from 'node:crypto';

/** As in libpod's lists and inspections. */
export type ContainerState = 'created' | 'running' | 'paused' | 'stopping' | 'stopped' | 'exited';

export type RestartPolicy = 'no' | 'always' | 'unless-stopped' | 'on-failure';

/** Namespaces that containers can share. */
export type SharedNamespace = 'net' | 'pid' | 'ipc' | 'uts' | 'user' | 'cgroup';

/** Ids by kind. */
export type Namespaces = Readonly<Record<SharedNamespace, string>>;

export interface Mount {
  volume: string;
  destination: string;
}

export interface Volume {
  name: string;
  /** Removed with its pod, or with its container if `volumes=true`. */
  anonymous: boolean;
  /** Milliseconds since the epoch. */
  created: number;
  labels: Readonly<Record<string, string>>;
  /** A tar that a client extracted into it. */
  content?: Buffer;
}

export interface Network {
  name: string;
  /** Milliseconds since the epoch. */
  created: number;
  labels: Readonly<Record<string, string>>;
}

export interface Image {
  id: string;
  tags: readonly string[];
  /** Milliseconds since the epoch. */
  created: number;
}

/** A line in a container's log. */
export interface StoredLogLine {
  /** Milliseconds since the epoch. */
  at: number;
  stream: 'stdout' | 'stderr';
  text: string;
}

/** TCP only. */
export interface PublishedPort {
  readonly host: number;
  readonly container: number;
}

/** Durations in milliseconds. */
export interface HealthCheckSpec {
  /** As in `Config.Healthcheck.Test`. A command that ends with `false` fails. */
  test: readonly string[];
  interval: number;
  timeout: number;
  startPeriod: number;
  retries: number;
  /** The check fails before this time after a start. */
  healthyAfter: number;
  /** Whether the engine runs the checks by itself; Podman does not without systemd. */
  isScheduled: boolean;
}

export interface HealthState {
  status: 'starting' | 'healthy' | 'unhealthy';
  failingStreak: number;
  log: { at: number; exitCode: number; output: string }[];
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
  /** Ids of the containers whose namespaces it uses. */
  readonly shares: Readonly<Partial<Record<SharedNamespace, string>>>;
  /** Ids from `--requires`. */
  readonly requires: readonly string[];
  /** Names from `--volumes-from`: the engine does not count them as dependencies. */
  readonly volumesFrom: readonly string[];
  readonly network: 'bridge' | 'host' | 'none';
  /** Of a bridge. */
  readonly networks: readonly string[];
  readonly mounts: readonly Mount[];
  readonly published: readonly PublishedPort[];
  readonly stopSignal: number;
  /** Seconds between the stop signal and SIGKILL. */
  readonly stopTimeout: number;
  readonly autoRemove: boolean;
  readonly healthCheck: HealthCheckSpec | undefined;
  /** Since the last start; undefined without a check, and while it does not run. */
  health: HealthState | undefined;
  restart: { policy: RestartPolicy; retries: number };
  state: ContainerState;
  pid: number;
  /** Of the last start. */
  namespaces: Namespaces | undefined;
  exitCode: number;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  restartCount: number;
  stoppedByUser: boolean;
  /** Resolves when the current removal has succeeded or failed. */
  removal: Promise<void> | undefined;
  /** Called at the next exit, then cleared. */
  exitWaiters: (() => void)[];
  /** Signals to deliver at unpause. */
  pendingSignals: number[];
  /** The last lines of its log. */
  logLines: StoredLogLine[];
  readonly logReaders: Set<(line: StoredLogLine) => void>;
  /** Cancels a scheduled exit. */
  cancelExit: (() => void) | undefined;
}

export interface Pod {
  readonly id: string;
  readonly name: string;
  readonly created: number;
  readonly labels: Readonly<Record<string, string>>;
  /** The kube service container, removed with its last pod. */
  readonly serviceId: string | undefined;
  infraId: string | undefined;
  /** In creation order, including the infra container. */
  readonly memberIds: Set<string>;
  /** Locked while the pod is removed, started or stopped; pod lists and inspections wait for it. */
  readonly lock: Mutex;
}

/** The 12 digits of an id that Podman shows. */
export function shortId(id: string): string {
  return id.slice(0, 12);
}

/** Distinct ids of all dependencies as the engine counts them. */
export function dependencyIds(container: Container): string[] {
  const ids = [...Object.values(container.shares), ...container.requires];
  return [...new Set(ids)];
}

/** Whether the process has exited: `stopped` before the engine's cleanup, `exited` after it. */
export function isFinished(container: Container): boolean {
  return container.state === 'stopped' || container.state === 'exited';
}

/** Whether a removal requires force. */
export function isActive(container: Container): boolean {
  return container.state === 'running' || container.state === 'paused' || container.state === 'stopping';
}

/** The engine's storage with indexes; it enforces no rules. */
export class ObjectStore {
  readonly containers = new Map<string, Container>();
  readonly pods = new Map<string, Pod>();
  readonly volumes = new Map<string, Volume>();
  /** Without the default one. */
  readonly networks = new Map<string, Network>();
  /** By id. */
  readonly images = new Map<string, Image>();
  private readonly containerNames = new Map<string, string>();
  private readonly podNames = new Map<string, string>();
  private readonly dependentIds = new Map<string, Set<string>>();
  /** The reported storage root; unique, because ids are the same in all demo engines. */
  readonly root = `/demo/${randomBytes(6).toString('hex')}`;
  private idCount = 0;
  private lastPid = 100;

  /** @param namesFirst whether names take precedence over ids (5.8.6, 6.1.1) */
  constructor(private readonly namesFirst = false) {}

  /** A new deterministic id of 64 hex digits. */
  nextId(): string {
    return createHash('sha256').update(`demo ${this.idCount++}`).digest('hex');
  }

  nextPid(): number {
    return ++this.lastPid;
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

  /** Id of the container or pod with the name: they share one namespace, as in Podman. */
  nameOwner(name: string): string | undefined {
    return this.containerNames.get(name) ?? this.podNames.get(name);
  }

  /** By name, id, or unique id prefix. */
  findContainer(ref: string): Container | undefined {
    return find(ref, this.containers, this.containerNames, this.namesFirst);
  }

  findPod(ref: string): Pod | undefined {
    return find(ref, this.pods, this.podNames, this.namesFirst);
  }

  /** The containers that must be removed before `container`. */
  dependentsOf(container: Container): Container[] {
    return [...(this.dependentIds.get(container.id) ?? [])].flatMap((id) => this.containers.get(id) ?? []);
  }

  membersOf(pod: Pod): Container[] {
    return [...pod.memberIds].flatMap((id) => this.containers.get(id) ?? []);
  }

  podOf(container: Container): Pod | undefined {
    return container.podId === undefined ? undefined : this.pods.get(container.podId);
  }

  /**
   * Takes a backup. The returned function restores pods and containers removed since, stopped, and returns their number.
   */
  checkpoint(): () => number {
    const pods = [...this.pods.values()];
    const containers = [...this.containers.values()];
    return () => {
      const removedPods = pods.filter(({ id }) => !this.pods.has(id));
      const removed = containers.filter(({ id }) => !this.containers.has(id));
      for (const pod of removedPods) {
        pod.memberIds.clear();
        this.addPod(pod);
      }
      for (const container of removed) {
        container.state = 'exited';
        container.removal = undefined;
        this.addContainer(container);
      }
      return removedPods.length + removed.length;
    };
  }
}

function find<T>(ref: string, byId: Map<string, T>, idByName: Map<string, string>, namesFirst: boolean): T | undefined {
  const named = byId.get(idByName.get(ref) ?? '');
  const exact = namesFirst ? (named ?? byId.get(ref)) : (byId.get(ref) ?? named);
  if (exact || !/^[0-9a-f]+$/.test(ref)) return exact;
  const matches = [...byId.keys()].filter((id) => id.startsWith(ref));
  return matches.length === 1 ? byId.get(matches[0] ?? '') : undefined;
}

const maxLogLines = 1000;

/** Appends a line to a container's log and notifies its readers. */
export function appendLog(container: Container, line: StoredLogLine): void {
  container.logLines = [...container.logLines, line].slice(-maxLogLines);
  for (const read of [...container.logReaders]) read(line);
}
