import { createHash } from 'node:crypto';
import { type Container, type ObjectStore, type SharedNamespace, shortId } from '../model';
import type { Profile } from '../profile';

/** The `HostConfig` of an inspection: modes refer to other containers by id, `VolumesFrom` by name. */
export function hostConfig(container: Container, store: ObjectStore, profile: Profile): Record<string, unknown> {
  const since5 = profile.name !== '4.3';
  const since6 = profile.name === '6';
  const mode = (kind: SharedNamespace, otherwise: string): string => {
    const id = container.shares[kind];
    return id === undefined ? otherwise : `container:${id}`;
  };
  const policy = container.restart.policy;
  return {
    Binds: container.mounts.map((mount) => {
      const options = `${since5 ? '' : 'rw,'}rprivate,nosuid,nodev,rbind`;
      return `${mount.volume}:${mount.destination}:${options}`;
    }),
    CgroupManager: 'cgroupfs',
    CgroupMode: mode('cgroup', profile.defaultCgroupMode),
    ContainerIDFile: '',
    LogConfig: {
      Type: 'k8s-file',
      Config: null,
      Path: `/var/lib/containers/storage/overlay-containers/${container.id}/userdata/ctr.log`,
      Tag: '',
      Size: since5 ? '-1B' : '0B',
    },
    NetworkMode: mode('net', container.network),
    PortBindings: container.shares.net === undefined ? portBindings(container) : {},
    RestartPolicy: {
      Name: policy === 'no' && !since5 ? '' : policy,
      MaximumRetryCount: container.restart.retries,
    },
    AutoRemove: container.autoRemove,
    ...(since5 ? { AutoRemoveImage: false, Annotations: annotationsOf(container, store, profile) } : {}),
    VolumeDriver: '',
    VolumesFrom: container.volumesFrom.length === 0 ? null : container.volumesFrom,
    CapAdd: [],
    CapDrop: [],
    Dns: [],
    DnsOptions: since6 ? null : [],
    DnsSearch: since6 ? null : [],
    ExtraHosts: since6 ? null : [],
    ...(since5 ? { HostsFile: '' } : {}),
    GroupAdd: since6 ? null : [],
    IpcMode: mode('ipc', 'shareable'),
    Cgroup: '',
    Cgroups: 'default',
    Links: null,
    OomScoreAdj: 0,
    PidMode: mode('pid', 'private'),
    Privileged: false,
    PublishAllPorts: false,
    ReadonlyRootfs: false,
    SecurityOpt: [],
    Tmpfs: {},
    UTSMode: mode('uts', 'private'),
    UsernsMode: mode('user', ''),
    ShmSize: 65536000,
    Runtime: 'oci',
    ConsoleSize: [0, 0],
    Isolation: '',
    ...resources(container, since6),
  };
}

/** Annotations set by the engine; since 5 only after the first start. */
export function annotationsOf(
  container: Container,
  store: ObjectStore,
  profile: Profile,
): Record<string, string> | null {
  if (profile.name !== '4.3' && container.startedAt === undefined) return null;
  const infraId = store.podOf(container)?.infraId;
  const sandbox = infraId !== undefined && !container.isInfra ? { 'io.kubernetes.cri-o.SandboxID': infraId } : {};
  const volumesFrom =
    container.volumesFrom.length > 0 ? { 'io.podman.annotations.volumes-from': container.volumesFrom.join(',') } : {};
  const signal = String(container.stopSignal);
  const common = {
    'io.container.manager': 'libpod',
    ...sandbox,
    ...volumesFrom,
    'org.opencontainers.image.stopSignal': signal,
  };
  if (profile.name === '4.3') {
    return {
      ...common,
      'io.kubernetes.cri-o.Created': new Date(container.created).toISOString(),
      'io.podman.annotations.autoremove': container.autoRemove ? 'TRUE' : 'FALSE',
      'io.podman.annotations.init': 'FALSE',
      'io.podman.annotations.privileged': 'FALSE',
      'io.podman.annotations.publish-all': 'FALSE',
    };
  }
  return {
    ...common,
    'org.systemd.property.KillSignal': signal,
    'org.systemd.property.TimeoutStopUSec': `uint64 ${container.stopTimeout * 1_000_000}`,
  };
}

/** Members with the same value, by their names. */
function members<T>(value: T, names: string): Record<string, T> {
  return Object.fromEntries(names.split(' ').map((name) => [name, value]));
}

const unlimited = {
  ...members(
    0,
    'CpuShares Memory NanoCpus BlkioWeight CpuPeriod CpuQuota CpuRealtimePeriod CpuRealtimeRuntime DiskQuota',
  ),
  ...members(0, 'KernelMemory MemoryReservation MemorySwap PidsLimit CpuCount CpuPercent IOMaximumIOps'),
  ...members(null, 'BlkioWeightDevice BlkioDeviceReadBps BlkioDeviceWriteBps BlkioDeviceReadIOps BlkioDeviceWriteIOps'),
  IOMaximumBandwidth: 0,
  CpusetCpus: '',
  CpusetMems: '',
  Devices: [],
  OomKillDisable: false,
  CgroupConf: null,
  Ulimits: ['RLIMIT_NOFILE', 'RLIMIT_NPROC'].map((name) => ({ Name: name, Soft: 4096, Hard: 4096 })),
};

function resources(container: Container, since6: boolean): Record<string, unknown> {
  return {
    ...unlimited,
    CgroupParent: container.podId ? `/libpod_parent/${container.podId}` : '',
    MemorySwappiness: since6 ? null : 0,
  };
}

const nowhere = {
  ...members('', 'EndpointID Gateway IPAddress IPv6Gateway GlobalIPv6Address MacAddress'),
  IPPrefixLen: 0,
  GlobalIPv6PrefixLen: 0,
};

/** The `NetworkSettings` of an inspection; a shared network shows its owner's settings. */
export function networkSettings(container: Container, store: ObjectStore, profile: Profile): Record<string, unknown> {
  const owner = store.containers.get(container.shares.net ?? '') ?? container;
  const since5 = profile.name !== '4.3';
  const connected = owner.network === 'bridge' && owner.state === 'running';
  const address = connected ? addressOf(owner) : nowhere;
  return {
    ...address,
    Bridge: '',
    SandboxID: '',
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    Ports: portBindings(owner),
    SandboxKey: connected ? `/run/netns/netns-${owner.id.slice(0, 8)}` : sandboxOf(container, since5),
    ...networks(owner, store, since5, address),
  };
}

function portBindings({ published }: Container): Record<string, unknown> {
  return Object.fromEntries(
    published.map(({ host, container: port }) => [`${port}/tcp`, [{ HostIp: '', HostPort: String(host) }]]),
  );
}

function sandboxOf(container: Container, since5: boolean): string {
  return since5 && container.pid > 0 ? `/proc/${container.pid}/ns/net` : '';
}

function networks(
  owner: Container,
  store: ObjectStore,
  since5: boolean,
  address: Record<string, unknown>,
): Record<string, unknown> {
  const common = { DriverOpts: null, IPAMConfig: null, Links: null };
  if (owner.network === 'bridge') {
    const podName = store.podOf(owner)?.name;
    const aliases = [shortId(owner.id), ...(since5 && podName ? [podName] : [])];
    const networkId = since5 ? '2f259bab93aaaaa2542ba43ef33eb990d0999ee1b9924b557b7be53c0b7a1bb9' : 'podman';
    const entries = owner.networks.map((name) => {
      const id = name === 'podman' ? networkId : createHash('sha256').update(name).digest('hex');
      return [name, { ...address, NetworkID: id, ...common, Aliases: aliases }];
    });
    return { Networks: Object.fromEntries(entries) as Record<string, unknown> };
  }
  return since5 ? { Networks: { [owner.network]: { ...nowhere, NetworkID: owner.network, ...common } } } : {};
}

function addressOf(owner: Container): Record<string, unknown> {
  const pair = (offset: number): string => owner.id.slice(offset, offset + 2);
  return {
    ...nowhere,
    Gateway: '10.88.0.1',
    IPAddress: `10.88.${(owner.pid >> 8) & 255}.${owner.pid & 255}`,
    IPPrefixLen: 16,
    MacAddress: ['92', pair(0), pair(2), pair(4), pair(6), pair(8)].join(':'),
  };
}
