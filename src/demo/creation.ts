import { Mutex } from 'async-mutex';
import { signalNumber } from './command';
import { memberDependency, nameInUse, outsideDependency, podNameInUse, unknownReference } from './errors';
import type { EventJournal } from './events';
import {
  type Container,
  dependencyIds,
  type Mount,
  type ObjectStore,
  type Pod,
  type PublishedPort,
  type RestartPolicy,
  type SharedNamespace,
  type Volume,
} from './model';
import type { Profile } from './profile';

/** What a container is made from. Other containers and the pod are named by name or id. */
interface ContainerSpec {
  name?: string | undefined;
  image?: string;
  command?: readonly string[];
  pod?: string | undefined;
  shares?: Partial<Record<SharedNamespace, string>>;
  requires?: readonly string[];
  volumesFrom?: readonly string[];
  network?: 'bridge' | 'host' | 'none';
  labels?: Record<string, string>;
  /** Mounts; without a volume name the engine makes an anonymous one. */
  mounts?: readonly { volume?: string | undefined; destination: string }[];
  published?: readonly PublishedPort[];
  stopSignal?: number;
  stopTimeout?: number;
  restart?: { policy: RestartPolicy; retries: number };
  autoRemove?: boolean;
  isService?: boolean;
}

interface PodBlueprint {
  name?: string | undefined;
  labels?: Record<string, string>;
  infra?: boolean;
  /** The kube service container that goes with its last pod. */
  service?: string | undefined;
}

/** PID 1 `sleep`: ignores TERM, so that its whole grace passes before it is killed. */
export const ignoreSigtermCommand: readonly string[] = ['/busybox', 'sleep', '100000'];
/** Exits with 0 as soon as it gets a TERM. */
export const exitOnSigtermCommand: readonly string[] = [
  '/busybox',
  'sh',
  '-c',
  'trap "exit 0" TERM; /busybox sleep 100000 & wait',
];

const defaultImage = 'localhost/bb:1';

/** Makes pods and containers as `create` does: names checked, ids looked up, infra containers added, nothing started. */
export class Creation {
  private unnamed = 0;

  constructor(
    private readonly world: ObjectStore,
    private readonly events: EventJournal,
    private readonly profile: Profile,
    private readonly now: () => number,
  ) {}

  container(blueprint: ContainerSpec): Container {
    const pod = blueprint.pod === undefined ? undefined : this.world.findPod(blueprint.pod);
    if (blueprint.pod !== undefined && !pod) {
      throw unknownReference('no such pod', `no pod with name or ID ${blueprint.pod} found`);
    }
    const infra = pod?.infraId;
    const inPod = infra === undefined ? {} : { net: infra, ipc: infra, uts: infra };
    return this.add({ ...blueprint, shares: { ...inPod, ...blueprint.shares } }, pod, false);
  }

  pod(blueprint: PodBlueprint): Pod {
    const name = blueprint.name ?? `demo_pod_${++this.unnamed}`;
    if (this.world.namespaceOwner(name) !== undefined) throw podNameInUse(name);
    const pod: Pod = {
      id: this.world.nextId(),
      name,
      created: this.now(),
      labels: blueprint.labels ?? {},
      serviceId: blueprint.service === undefined ? undefined : this.idOf(blueprint.service, ''),
      infraId: undefined,
      memberIds: new Set(),
      lock: new Mutex(),
    };
    this.world.addPod(pod);
    if (blueprint.infra ?? true) {
      const labels = { ...pod.labels, ...(this.profile.name === '4.3' ? { 'io.buildah.version': '1.28.2' } : {}) };
      const infra = this.add(
        { name: `${pod.id.slice(0, 12)}-infra`, image: this.profile.infraImage, command: ['/catatonit', '-P'], labels },
        pod,
        true,
      );
      pod.infraId = infra.id;
    }
    this.events.pod(pod, 'create');
    return pod;
  }

  private add(blueprint: ContainerSpec, pod: Pod | undefined, isInfra: boolean): Container {
    const name = blueprint.name ?? `demo_container_${++this.unnamed}`;
    const holder = this.world.namespaceOwner(name);
    if (holder !== undefined) throw nameInUse(name, holder);
    const shares = Object.entries(blueprint.shares ?? {}).map(([kind, ref]) => [
      kind,
      this.idOf(ref, `looking up container to share ${kind} namespace with: `),
    ]);
    const container: Container = {
      id: this.world.nextId(),
      name,
      image: blueprint.image ?? defaultImage,
      command: blueprint.command ?? exitOnSigtermCommand,
      created: this.now(),
      labels: blueprint.labels ?? {},
      podId: pod?.id,
      isInfra,
      isService: blueprint.isService ?? false,
      shares: Object.fromEntries(shares) as Container['shares'],
      requires: (blueprint.requires ?? []).map((ref) =>
        this.idOf(ref, `"${ref}" is not a valid container, cannot be used as a dependency: `),
      ),
      volumesFrom: blueprint.volumesFrom ?? [],
      network: blueprint.network ?? 'bridge',
      mounts: this.mountsOf(blueprint),
      published: blueprint.published ?? [],
      stopSignal: blueprint.stopSignal ?? 15,
      stopTimeout: blueprint.stopTimeout ?? 10,
      autoRemove: blueprint.autoRemove ?? false,
      restart: blueprint.restart ?? { policy: 'no', retries: 0 },
      state: 'created',
      pid: 0,
      exitCode: 0,
      startedAt: undefined,
      finishedAt: undefined,
      restartCount: 0,
      stoppedByUser: false,
      removal: undefined,
      exitWaiters: [],
      pendingSignals: [],
      printed: [],
      readers: new Set(),
      cancelExit: undefined,
    };
    this.checkPodBoundaries(container, pod);
    this.world.addContainer(container);
    this.events.container(container, 'create');
    return container;
  }

  private mountsOf(blueprint: ContainerSpec): Mount[] {
    const own = (blueprint.mounts ?? []).map((mount) => {
      const volume = mount.volume ?? this.world.nextId();
      if (!this.world.volumes.has(volume)) this.volume(volume, mount.volume === undefined);
      return { volume, destination: mount.destination };
    });
    const taken = (blueprint.volumesFrom ?? []).flatMap((ref) => {
      return this.world.containers.get(this.idOf(ref, ''))?.mounts ?? [];
    });
    return [...own, ...taken];
  }

  volume(name: string, anonymous: boolean, more: Partial<Pick<Volume, 'created' | 'labels'>> = {}): void {
    this.world.volumes.set(name, { name, anonymous, created: this.now(), labels: {}, ...more });
    this.events.volume(name, 'create');
  }

  /** No edge crosses the border of a pod, in either direction. */
  private checkPodBoundaries(container: Container, pod: Pod | undefined): void {
    for (const id of dependencyIds(container)) {
      const dependency = this.world.containers.get(id);
      if (!dependency || dependency.podId === pod?.id) continue;
      throw pod ? outsideDependency(pod, dependency) : memberDependency(this.profile, container, dependency);
    }
  }

  private idOf(ref: string, what: string): string {
    const found = this.world.findContainer(ref);
    if (!found) throw unknownReference('no such container', `${what}no container with name or ID "${ref}" found`);
    return found.id;
  }
}

/** The part of libpod's `SpecGenerator` (body of `containers/create`) that the demo engine understands. */
interface SpecGenerator {
  name?: string;
  image?: string;
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
  portmappings?: { host_port?: number; container_port?: number }[];
  netns?: Namespace;
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

/** Reads the body of `containers/create`. What the demo engine has no use for is passed over. */
export function containerBlueprintOf(body: unknown): ContainerSpec {
  const spec = (body ?? {}) as SpecGenerator;
  const shares: Partial<Record<SharedNamespace, string>> = {};
  for (const [kind, field] of Object.entries(namespaceFields) as [SharedNamespace, keyof typeof spec][]) {
    const namespace = spec[field] as Namespace | undefined;
    if (namespace?.nsmode === 'container' && namespace.value) shares[kind] = namespace.value;
  }
  const command = [...(spec.entrypoint ?? []), ...(spec.command ?? [])];
  const signal = spec.stop_signal === undefined ? undefined : signalNumber(String(spec.stop_signal));
  return {
    name: spec.name,
    pod: spec.pod,
    shares,
    ...(spec.image === undefined ? {} : { image: spec.image }),
    ...(command.length === 0 ? {} : { command }),
    ...(spec.labels ? { labels: spec.labels } : {}),
    ...(signal === undefined ? {} : { stopSignal: signal }),
    ...(spec.stop_timeout === undefined ? {} : { stopTimeout: spec.stop_timeout }),
    requires: spec.dependencyContainers ?? [],
    // `name:ro` is allowed.
    volumesFrom: (spec.volumes_from ?? []).map((text) => text.split(':')[0] ?? text),
    network: networkOf(spec.netns),
    mounts: (spec.volumes ?? []).map((volume) => ({
      volume: volume.Name || undefined,
      destination: volume.Dest ?? '/data',
    })),
    published: (spec.portmappings ?? []).map(({ host_port = 0, container_port = 0 }) => ({
      host: host_port,
      inner: container_port,
    })),
    restart: { policy: (spec.restart_policy || 'no') as RestartPolicy, retries: spec.restart_tries ?? 0 },
    autoRemove: spec.remove ?? false,
  };
}

/** Reads the body of `pods/create`. */
export function podBlueprintOf(body: unknown): PodBlueprint {
  const spec = (body ?? {}) as { name?: string; labels?: Record<string, string>; no_infra?: boolean };
  return { name: spec.name, labels: spec.labels ?? {}, infra: !spec.no_infra };
}

function networkOf(namespace: Namespace | undefined): 'bridge' | 'host' | 'none' {
  if (namespace?.nsmode === 'host') return 'host';
  return namespace?.nsmode === 'none' ? 'none' : 'bridge';
}
