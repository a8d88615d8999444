import type { Container, ObjectStore } from '../model';
import type { Profile } from '../profile';
import { containerInspection } from './containerInspect';
import { imageId, seconds } from './containerList';
import { annotationsOf } from './hostConfig';

type Json = Record<string, unknown>;

/** One entry of the Docker-compatible `GET /containers/json` of Podman. */
export function compatListEntry(container: Container, store: ObjectStore, profile: Profile, now: number): Json {
  const inspection = containerInspection(container, store, profile, 4);
  const annotations = annotationsOf(container, store, profile);
  const networkMode = (inspection['HostConfig'] as Json)['NetworkMode'];
  return {
    Id: container.id,
    Names: [`/${container.name}`],
    Image: container.image,
    ImageID: imageOf(container),
    Command: container.isInfra ? '' : container.command.join(' '),
    Created: seconds(container.created),
    Ports: [],
    Labels: container.labels,
    State: container.state,
    Status: statusText(container, now),
    ...(profile.name === '6'
      ? { HostConfig: { NetworkMode: networkMode, ...(annotations && { Annotations: annotations }) } }
      : {}),
    NetworkSettings: { Networks: compatNetworks(inspection, profile) },
    Mounts: mountsOf(inspection),
    ...unusedMembers(profile),
  };
}

/** The Docker-compatible `GET /containers/{id}/json` of Podman. */
export function compatInspection(container: Container, store: ObjectStore, profile: Profile): Json {
  const full = containerInspection(container, store, profile, 4);
  const {
    OciVersion: _1,
    ConmonPid: _2,
    CgroupPath: _3,
    CheckpointedAt: _4,
    RestoredAt: _5,
    ...state
  } = full['State'] as Json;
  const hostConfig = full['HostConfig'] as Json;
  const retained = Object.fromEntries(sharedMembers.map((name) => [name, full[name]]));
  return {
    ...retained,
    State: state,
    Image: imageOf(container),
    LogPath: (hostConfig['LogConfig'] as Json)['Path'],
    Name: `/${container.name}`,
    Platform: 'linux',
    HostConfig: compatHostConfig(hostConfig, profile),
    GraphDriver: full['GraphDriver'],
    SizeRootFs: 0,
    Mounts: mountsOf(full),
    Config: compatConfig(full['Config'] as Json, container),
    NetworkSettings: {
      ...(full['NetworkSettings'] as Json),
      ...(profile.name === '6' ? {} : { SecondaryIPAddresses: null, SecondaryIPv6Addresses: null }),
      Networks: compatNetworks(full, profile),
    },
  };
}

const sharedMembers = [
  'Id',
  'Created',
  'Path',
  'Args',
  'ResolvConfPath',
  'HostnamePath',
  'HostsPath',
  'RestartCount',
  'Driver',
  'MountLabel',
  'ProcessLabel',
  'AppArmorProfile',
  'ExecIDs',
];

/** Members of libpod's host configuration that Docker's lacks. */
const libpodOnly = new Set([
  'CgroupManager',
  'CgroupMode',
  'AutoRemoveImage',
  'HostsFile',
  'Cgroups',
  'Tmpfs',
  'DiskQuota',
  'CgroupConf',
]);

function compatHostConfig(hostConfig: Json, profile: Profile): Json {
  const shared = Object.fromEntries(Object.entries(hostConfig).filter(([name]) => !libpodOnly.has(name)));
  const { KernelMemory: kernelMemory, ...rest } = shared;
  return {
    ...rest,
    ...(profile.name === '4.3' ? { KernelMemory: kernelMemory, KernelMemoryTCP: 0 } : {}),
    LogConfig: { Type: 'json-file', Config: null },
    CgroupnsMode: profile.name === '4.3' ? '' : hostConfig['CgroupMode'],
    DeviceCgroupRules: null,
    DeviceRequests: null,
    MaskedPaths: null,
    ReadonlyPaths: null,
  };
}

const libpodConfigOnly = /^(Annotations|Health.*|Umask|Timeout|Passwd)$/;

function compatConfig(config: Json, container: Container): Json {
  const shared = Object.fromEntries(Object.entries(config).filter(([name]) => !libpodConfigOnly.test(name)));
  return {
    ...shared,
    Cmd: container.isInfra ? [] : container.command,
    Entrypoint: container.isInfra ? container.command : [],
    Labels: container.labels,
    StopSignal: String(container.stopSignal),
  };
}

function compatNetworks(inspection: Json, profile: Profile): Json | null {
  const networks = (inspection['NetworkSettings'] as Json)['Networks'] as Record<string, Json> | undefined;
  if (!networks) return null;
  const more = profile.name === '4.3' ? {} : { GwPriority: 0, DNSNames: null };
  return Object.fromEntries(
    Object.entries(networks).map(([name, network]) => [name, { Aliases: null, ...network, ...more }]),
  );
}

function mountsOf(inspection: Json): Json[] {
  return (inspection['Mounts'] as Json[]).map(({ Options: _options, ...mount }) => mount);
}

function imageOf(container: Container): string {
  return container.image === '' ? 'sha256:' : `sha256:${imageId}`;
}

function statusText(container: Container, now: number): string {
  const ago = (since: number | undefined): string => {
    const passed = Math.floor((now - (since ?? now)) / 1000);
    return passed < 1 ? 'Less than a second' : `${passed} seconds`;
  };
  if (container.state === 'created') return 'Created';
  if (container.finishedAt !== undefined) return `Exited (${container.exitCode}) ${ago(container.finishedAt)} ago`;
  return `Up ${ago(container.startedAt)}${container.state === 'paused' ? ' (Paused)' : ''}`;
}

/** Unset members of Podman's Go types. */
function unusedMembers(profile: Profile): Json {
  if (profile.name === '6') return {};
  const common = { Name: '', Config: null, NetworkingConfig: null, Platform: null };
  return profile.name === '4.3'
    ? { ...common, AdjustCPUShares: false }
    : { ...common, DefaultReadOnlyNonRecursive: false };
}
