import os from 'node:os';
import type { Container, ObjectStore, Pod } from '../model';
import type { Profile } from '../profile';
import { timestamp } from './containerList';

/** A pod's status from its members' states (`createPodStatusResults` in `libpod/pod_status.go`). */
export function podStatus(members: readonly Container[]): string {
  const count = (...states: string[]): number => members.filter((member) => states.includes(member.state)).length;
  if (members.length === 0) return 'Created';
  const running = count('running');
  if (running === members.length) return 'Running';
  if (running > 0) return 'Degraded';
  if (count('paused') === members.length) return 'Paused';
  const down = count('stopped', 'exited');
  if (down === members.length) return 'Exited';
  if (down > 0) return 'Stopped';
  return count('stopping', 'paused') > 0 ? 'Error' : 'Created';
}

/** One entry of `GET /libpod/pods/json`. */
export function podListEntry(pod: Pod, store: ObjectStore, profile: Profile): Record<string, unknown> {
  const members = store.membersOf(pod);
  return {
    Cgroup: '/libpod_parent',
    Containers: members.map((member) => ({
      Id: member.id,
      Names: member.name,
      Status: member.state,
      ...(profile.name === '4.3' ? {} : { RestartCount: member.restartCount }),
    })),
    Created: timestamp(pod.created),
    Id: pod.id,
    InfraId: pod.infraId ?? '',
    Name: pod.name,
    Namespace: '',
    Networks: pod.infraId === undefined ? [] : ['podman'],
    Status: podStatus(members),
    Labels: pod.labels,
  };
}

/** The response to `GET /libpod/pods/{id}/json`. */
export function podInspection(pod: Pod, store: ObjectStore, profile: Profile): Record<string, unknown> {
  const members = store.membersOf(pod);
  const since5 = profile.name !== '4.3';
  const hasInfra = pod.infraId !== undefined;
  const hasCgroup = hasInfra || since5;
  return {
    Id: pod.id,
    Name: pod.name,
    Created: timestamp(pod.created),
    ExitPolicy: 'continue',
    State: podStatus(members),
    Hostname: '',
    ...(Object.keys(pod.labels).length === 0 ? {} : { Labels: pod.labels }),
    CreateCgroup: hasCgroup,
    CgroupParent: '/libpod_parent',
    ...(hasCgroup ? { CgroupPath: `/libpod_parent/${pod.id}` } : {}),
    CreateInfra: hasInfra,
    ...(hasInfra
      ? { InfraContainerID: pod.infraId, InfraConfig: infraConfig(since5), SharedNamespaces: ['ipc', 'net', 'uts'] }
      : {}),
    NumContainers: members.length,
    ...(members.length === 0
      ? {}
      : { Containers: members.map((member) => ({ Id: member.id, Name: member.name, State: member.state })) }),
    ...(since5 ? { LockNumber: parseInt(pod.id.slice(0, 3), 16) } : {}),
  };
}

function infraConfig(since5: boolean): Record<string, unknown> {
  return {
    PortBindings: {},
    HostNetwork: false,
    StaticIP: '',
    StaticMAC: '',
    NoManageResolvConf: false,
    DNSServer: null,
    DNSSearch: null,
    DNSOption: null,
    ...(since5 ? { NoManageHostname: false } : {}),
    NoManageHosts: false,
    HostAdd: null,
    ...(since5 ? { HostsFile: '' } : {}),
    Networks: ['podman'],
    NetworkOptions: null,
    pid_ns: 'private',
    userns: 'host',
    uts_ns: 'private',
  };
}

/** The response to `GET /version` and `GET /v…/libpod/version`. */
export function versionInfo(profile: Profile): Record<string, unknown> {
  const machine = {
    Arch: 'amd64',
    BuildTime: '1970-01-01T00:00:00Z',
    GitCommit: '',
    GoVersion: profile.goVersion,
    KernelVersion: 'demo',
    Os: 'linux',
  };
  return {
    Platform: { Name: `linux/amd64/${profile.distribution}` },
    Components: [
      {
        Name: 'Podman Engine',
        Version: profile.version,
        Details: { APIVersion: profile.version, Experimental: 'false', MinAPIVersion: '4.0.0', ...machine },
      },
      {
        Name: 'Conmon',
        Version: `conmon version ${profile.conmonVersion}, commit: unknown`,
        Details: { Package: `conmon_${profile.conmonVersion}` },
      },
      {
        Name: 'OCI Runtime (crun)',
        Version: `crun version ${profile.runtimeVersion}`,
        Details: { Package: `crun_${profile.runtimeVersion}` },
      },
    ],
    Version: profile.version,
    ApiVersion: profile.apiVersion,
    MinAPIVersion: '1.24',
    ...machine,
  };
}

/** The parts of `GET /libpod/info` that clients use. */
export function engineInfo(profile: Profile, store: ObjectStore): Record<string, unknown> {
  const count = (...states: string[]): number =>
    [...store.containers.values()].filter((container) => states.includes(container.state)).length;
  return {
    host: {
      arch: 'amd64',
      os: 'linux',
      hostname: 'demo',
      cpus: os.availableParallelism(),
      cgroupManager: 'cgroupfs',
      cgroupVersion: profile.name === '4.3' ? 'v1' : 'v2',
      eventLogger: 'file',
      security: { rootless: false },
      remoteSocket: { exists: true },
      serviceIsRemote: false,
    },
    store: {
      graphDriverName: 'overlay',
      graphRoot: `${store.root}/storage`,
      runRoot: `${store.root}/run`,
      containerStore: {
        number: store.containers.size,
        paused: count('paused'),
        running: count('running'),
        stopped: count('created', 'exited'),
      },
      imageStore: { number: 1 },
    },
    version: {
      APIVersion: profile.version,
      Version: profile.version,
      GoVersion: profile.goVersion,
      OsArch: 'linux/amd64',
    },
  };
}
