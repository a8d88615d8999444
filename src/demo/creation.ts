import { Mutex } from 'async-mutex';
import { signalNumber } from './command';
import type { EngineCore } from './core';
import { memberDependency, nameInUse, outsideDependency, podNameInUse, unknownReference } from './errors';
import {
  type Container,
  dependencyIds,
  type HealthCheckSpec,
  type Network,
  type Mount,
  type Pod,
  type PublishedPort,
  type RestartPolicy,
  type SharedNamespace,
  shortId,
  type Volume,
} from './model';
import { imageIdFor } from './serializers/containerList';

/** Parameters of a container; references to containers and the pod are names or ids. */
interface ContainerSpec {
  name?: string | undefined;
  image?: string | undefined;
  command?: readonly string[] | undefined;
  pod?: string | undefined;
  shares?: Partial<Record<SharedNamespace, string>> | undefined;
  requires?: readonly string[] | undefined;
  volumesFrom?: readonly string[] | undefined;
  network?: 'bridge' | 'host' | 'none' | undefined;
  networks?: readonly string[] | undefined;
  labels?: Record<string, string> | undefined;
  /** Without a volume name, the engine creates an anonymous volume. */
  mounts?: readonly { volume?: string | undefined; destination: string }[];
  published?: readonly PublishedPort[] | undefined;
  stopSignal?: number | undefined;
  stopTimeout?: number | undefined;
  restart?: { policy: RestartPolicy; retries: number };
  autoRemove?: boolean | undefined;
  healthCheck?: HealthCheckSpec | undefined;
  isService?: boolean | undefined;
}

interface PodSpec {
  name?: string | undefined;
  labels?: Record<string, string>;
  infra?: boolean;
  /** The kube service container, removed with its last pod. */
  service?: string | undefined;
}

/** PID 1 `sleep` ignores TERM, so stopping it takes the full stop timeout. */
export const ignoreSigtermCommand: readonly string[] = ['/busybox', 'sleep', '100000'];
/** Exits with 0 on TERM. */
export const exitOnSigtermCommand: readonly string[] = [
  '/busybox',
  'sh',
  '-c',
  'trap "exit 0" TERM; /busybox sleep 100000 & wait',
];

const defaultImage = 'localhost/bb:1';

/** Creates pods and containers: checks names, resolves references, adds infra containers; starts nothing. */
export class Creation {
  private nextNameNumber = 0;

  constructor(private readonly core: EngineCore) {}

  container(spec: ContainerSpec): Container {
    const pod = spec.pod === undefined ? undefined : this.core.store.findPod(spec.pod);
    if (spec.pod !== undefined && !pod) {
      throw unknownReference('no such pod', `no pod with name or ID ${spec.pod} found`);
    }
    const infra = pod?.infraId;
    const inPod = infra === undefined ? {} : { net: infra, ipc: infra, uts: infra };
    return this.add({ ...spec, shares: { ...inPod, ...spec.shares } }, pod, false);
  }

  pod(spec: PodSpec): Pod {
    const name = spec.name ?? `demo_pod_${++this.nextNameNumber}`;
    if (this.core.store.nameOwner(name) !== undefined) throw podNameInUse(name);
    const pod: Pod = {
      id: this.core.store.nextId(),
      name,
      created: this.core.timers.wallTime(),
      labels: spec.labels ?? {},
      serviceId: spec.service === undefined ? undefined : this.idOf(spec.service, ''),
      infraId: undefined,
      memberIds: new Set(),
      lock: new Mutex(),
    };
    this.core.store.addPod(pod);
    if (spec.infra ?? true) {
      const labels = { ...pod.labels, ...(this.core.profile.name === '4.3' ? { 'io.buildah.version': '1.28.2' } : {}) };
      const infra = this.add(
        {
          name: `${shortId(pod.id)}-infra`,
          image: this.core.profile.infraImage,
          command: ['/catatonit', '-P'],
          labels,
        },
        pod,
        true,
      );
      pod.infraId = infra.id;
    }
    this.core.events.pod(pod, 'create');
    return pod;
  }

  private add(spec: ContainerSpec, pod: Pod | undefined, isInfra: boolean): Container {
    const name = spec.name ?? `demo_container_${++this.nextNameNumber}`;
    const owner = this.core.store.nameOwner(name);
    if (owner !== undefined) throw nameInUse(name, owner);
    const shares = Object.entries(spec.shares ?? {}).map(([kind, ref]) => [
      kind,
      this.idOf(ref, `looking up container to share ${kind} namespace with: `),
    ]);
    const container: Container = {
      id: this.core.store.nextId(),
      name,
      image: spec.image ?? defaultImage,
      command: spec.command ?? exitOnSigtermCommand,
      created: this.core.timers.wallTime(),
      labels: spec.labels ?? {},
      podId: pod?.id,
      isInfra,
      isService: spec.isService ?? false,
      shares: Object.fromEntries(shares) as Container['shares'],
      requires: (spec.requires ?? []).map((ref) =>
        this.idOf(ref, `"${ref}" is not a valid container, cannot be used as a dependency: `),
      ),
      volumesFrom: spec.volumesFrom ?? [],
      network: spec.network ?? 'bridge',
      networks: spec.networks?.length ? spec.networks : ['podman'],
      mounts: this.mountsOf(spec),
      published: spec.published ?? [],
      stopSignal: spec.stopSignal ?? 15,
      stopTimeout: spec.stopTimeout ?? 10,
      autoRemove: spec.autoRemove ?? false,
      healthCheck: spec.healthCheck,
      health: undefined,
      restart: spec.restart ?? { policy: 'no', retries: 0 },
      state: 'created',
      pid: 0,
      namespaces: undefined,
      exitCode: 0,
      startedAt: undefined,
      finishedAt: undefined,
      restartCount: 0,
      stoppedByUser: false,
      removal: undefined,
      exitWaiters: [],
      pendingSignals: [],
      logLines: [],
      logReaders: new Set(),
      cancelExit: undefined,
    };
    this.checkPodBoundaries(container, pod);
    this.addImage(container.image);
    for (const network of container.networks) this.network(network);
    this.core.store.addContainer(container);
    this.core.events.container(container, 'create');
    return container;
  }

  private mountsOf(spec: ContainerSpec): Mount[] {
    const own = (spec.mounts ?? []).map((mount) => {
      const volume = mount.volume ?? this.core.store.nextId();
      if (!this.core.store.volumes.has(volume)) this.volume(volume, mount.volume === undefined);
      return { volume, destination: mount.destination };
    });
    const inherited = (spec.volumesFrom ?? []).flatMap((ref) => {
      return this.core.store.containers.get(this.idOf(ref, ''))?.mounts ?? [];
    });
    const destinations = new Set(own.map(({ destination }) => destination));
    return [...own, ...inherited.filter(({ destination }) => !destinations.has(destination))];
  }

  volume(name: string, anonymous: boolean, more: Partial<Pick<Volume, 'created' | 'labels'>> = {}): void {
    this.core.store.volumes.set(name, { name, anonymous, created: this.core.timers.wallTime(), labels: {}, ...more });
    this.core.events.volume(name, 'create');
  }

  /** Does nothing if it exists. */
  network(name: string, more: Partial<Pick<Network, 'created' | 'labels'>> = {}): void {
    const { networks } = this.core.store;
    if (name === 'podman' || networks.has(name)) return;
    networks.set(name, { name, created: this.core.timers.wallTime(), labels: {}, ...more });
    this.core.events.network(name, 'create');
  }

  /** Any image exists as soon as a container refers to it. */
  private addImage(name: string): void {
    const id = imageIdFor(name);
    const { images } = this.core.store;
    if (name !== '' && !images.has(id)) images.set(id, { id, tags: [name], created: this.core.timers.wallTime() });
  }

  /** No edge crosses the border of a pod, in either direction. */
  private checkPodBoundaries(container: Container, pod: Pod | undefined): void {
    for (const id of dependencyIds(container)) {
      const dependency = this.core.store.containers.get(id);
      if (!dependency || dependency.podId === pod?.id) continue;
      throw pod ? outsideDependency(pod, dependency) : memberDependency(this.core.profile, container, dependency);
    }
  }

  private idOf(ref: string, context: string): string {
    const found = this.core.store.findContainer(ref);
    if (!found) throw unknownReference('no such container', `${context}no container with name or ID "${ref}" found`);
    return found.id;
  }
}

/** The part of libpod's `SpecGenerator` (body of `containers/create`) that the demo engine understands. */
interface SpecGenerator {
  name?: string;
  image?: string;
  /** The image's name where `image` is an id. */
  raw_image_name?: string;
  command?: string[];
  entrypoint?: string[];
  pod?: string;
  labels?: Record<string, string>;
  remove?: boolean;
  restart_policy?: string;
  restart_tries?: number;
  stop_signal?: number | string;
  stop_timeout?: number;
  dependencyContainers?: string[];
  volumes_from?: string[];
  volumes?: { Name?: string; Dest?: string }[];
  healthconfig?: { Test?: string[]; Interval?: number; Timeout?: number; StartPeriod?: number; Retries?: number };
  portmappings?: { host_port?: number; container_port?: number }[];
  netns?: Namespace;
  Networks?: Record<string, object>;
  pidns?: Namespace;
  ipcns?: Namespace;
  utsns?: Namespace;
  userns?: Namespace;
  cgroupns?: Namespace;
}

interface Namespace {
  nsmode?: string;
  value?: string;
}

const namespaceFields = {
  net: 'netns',
  pid: 'pidns',
  ipc: 'ipcns',
  uts: 'utsns',
  user: 'userns',
  cgroup: 'cgroupns',
} as const satisfies Record<SharedNamespace, keyof SpecGenerator>;

/** Parses the body of `containers/create`; other fields are ignored. */
export function parseContainerSpec(body: unknown): ContainerSpec {
  const spec = (body ?? {}) as SpecGenerator;
  const shares: Partial<Record<SharedNamespace, string>> = {};
  for (const [kind, field] of Object.entries(namespaceFields) as [SharedNamespace, keyof typeof spec][]) {
    const namespace = spec[field] as Namespace | undefined;
    if (namespace?.nsmode === 'container' && namespace.value) shares[kind] = namespace.value;
  }
  const command = [...(spec.entrypoint ?? []), ...(spec.command ?? [])];
  return {
    name: spec.name,
    pod: spec.pod,
    shares,
    image: spec.raw_image_name || spec.image,
    command: command.length === 0 ? undefined : command,
    labels: spec.labels,
    stopSignal: spec.stop_signal === undefined ? undefined : signalNumber(String(spec.stop_signal)),
    stopTimeout: spec.stop_timeout,
    requires: spec.dependencyContainers,
    // May be `name:ro`.
    volumesFrom: (spec.volumes_from ?? []).map((text) => text.split(':')[0] ?? text),
    network: networkOf(spec.netns),
    networks: Object.keys(spec.Networks ?? {}),
    mounts: (spec.volumes ?? []).map((volume) => ({
      volume: volume.Name || undefined,
      destination: volume.Dest ?? '/data',
    })),
    published: (spec.portmappings ?? []).map(({ host_port = 0, container_port = 0 }) => ({
      host: host_port,
      container: container_port,
    })),
    restart: { policy: (spec.restart_policy || 'no') as RestartPolicy, retries: spec.restart_tries ?? 0 },
    autoRemove: spec.remove,
    healthCheck: healthCheckOf(spec.healthconfig),
  };
}

/** Durations arrive in nanoseconds. As on Podman without systemd, the check runs only on request. */
function healthCheckOf(config: SpecGenerator['healthconfig']): HealthCheckSpec | undefined {
  if (!config?.Test || config.Test[0] === 'NONE') return undefined;
  const ms = (nanoseconds = 0) => nanoseconds / 1e6;
  return {
    test: config.Test,
    interval: ms(config.Interval) || 30_000,
    timeout: ms(config.Timeout) || 30_000,
    startPeriod: ms(config.StartPeriod),
    retries: config.Retries || 3,
    healthyAfter: 0,
    isScheduled: false,
  };
}

/** Parses the body of `pods/create`. */
export function parsePodSpec(body: unknown): PodSpec {
  const spec = (body ?? {}) as { name?: string; labels?: Record<string, string>; no_infra?: boolean };
  return { name: spec.name, labels: spec.labels ?? {}, infra: !spec.no_infra };
}

function networkOf(namespace: Namespace | undefined): 'bridge' | 'host' | 'none' {
  if (namespace?.nsmode === 'host') return 'host';
  return namespace?.nsmode === 'none' ? 'none' : 'bridge';
}
