import { Mutex } from 'async-mutex';
import type { EventJournal } from './events';
import {
  dependencyIds,
  type Container,
  type Mount,
  type Pod,
  type PublishedPort,
  type RestartPolicy,
  type SharedNamespace,
  type Volume,
} from './model';
import type { Profile } from './profile';
import { dependsOnMember, dependsOnOutsider, nameInUse, podNameInUse, unknownReference } from './refusals';
import type { World } from './world';

/** What a container is made from. Other containers and the pod are named by name or id. */
export interface ContainerBlueprint {
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

export interface PodBlueprint {
  name?: string | undefined;
  labels?: Record<string, string>;
  infra?: boolean;
  /** The kube service container that goes with its last pod. */
  service?: string | undefined;
}

/** PID 1 `sleep`: ignores TERM, so that its whole grace passes before it is killed. */
export const stubbornCommand: readonly string[] = ['/busybox', 'sleep', '100000'];
/** Exits with 0 as soon as it gets a TERM. */
export const quickCommand: readonly string[] = [
  '/busybox',
  'sh',
  '-c',
  'trap "exit 0" TERM; /busybox sleep 100000 & wait',
];

export const defaultImage = 'localhost/bb:1';

/** Makes pods and containers as `create` does: names checked, ids looked up, infra containers added, nothing started. */
export class Creation {
  private unnamed = 0;

  constructor(
    private readonly world: World,
    private readonly events: EventJournal,
    private readonly profile: Profile,
    private readonly now: () => number,
  ) {}

  container(blueprint: ContainerBlueprint): Container {
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
    if (this.world.holderOf(name) !== undefined) throw podNameInUse(name);
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

  private add(blueprint: ContainerBlueprint, pod: Pod | undefined, isInfra: boolean): Container {
    const name = blueprint.name ?? `demo_container_${++this.unnamed}`;
    const holder = this.world.holderOf(name);
    if (holder !== undefined) throw nameInUse(name, holder);
    const shares = Object.entries(blueprint.shares ?? {}).map(([kind, ref]) => [
      kind,
      this.idOf(ref, `looking up container to share ${kind} namespace with: `),
    ]);
    const container: Container = {
      id: this.world.nextId(),
      name,
      image: blueprint.image ?? defaultImage,
      command: blueprint.command ?? quickCommand,
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
      heldSignals: [],
      printed: [],
      readers: new Set(),
      cancelExit: undefined,
    };
    this.checkBorders(container, pod);
    this.world.addContainer(container);
    this.events.container(container, 'create');
    return container;
  }

  private mountsOf(blueprint: ContainerBlueprint): Mount[] {
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
  private checkBorders(container: Container, pod: Pod | undefined): void {
    for (const id of dependencyIds(container)) {
      const dependency = this.world.containers.get(id);
      if (!dependency || dependency.podId === pod?.id) continue;
      throw pod ? dependsOnOutsider(pod, dependency) : dependsOnMember(this.profile, container, dependency);
    }
  }

  private idOf(ref: string, what: string): string {
    const found = this.world.findContainer(ref);
    if (!found) throw unknownReference('no such container', `${what}no container with name or ID "${ref}" found`);
    return found.id;
  }
}
