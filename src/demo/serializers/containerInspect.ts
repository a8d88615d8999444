import { signalName } from '../command';
import {
  type Container,
  dependencyIds,
  type HealthCheckSpec,
  type HealthState,
  isActive,
  type ObjectStore,
  shortId,
} from '../model';
import type { Profile } from '../profile';
import { imageIdFor, labelsOrNull, timestamp } from './containerList';
import { annotationsOf, hostConfig, networkSettings } from './hostConfig';

const storage = '/var/lib/containers/storage';
const run = '/run/containers/storage';

/** Default capabilities of all versions. */
const defaultCaps =
  'CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(' ');
const extraCaps43 = ['AUDIT_WRITE', 'MKNOD', 'NET_RAW'];

/**
 * The response to `GET /libpod/containers/{id}/json`.
 * @param apiMajor major version in the request's path: up to 4 the stop signal is a number and the entrypoint one string
 */
export function containerInspection(
  container: Container,
  store: ObjectStore,
  profile: Profile,
  apiMajor: number,
): Record<string, unknown> {
  const since5 = profile.name !== '4.3';
  const caps = [...(since5 ? [] : extraCaps43), ...defaultCaps].sort().map((cap) => `CAP_${cap}`);
  const runDir = `${run}/overlay-containers/${container.id}/userdata`;
  const staticDir = `${storage}/overlay-containers/${container.id}/userdata`;
  const started = container.startedAt !== undefined;
  const networkOwner = container.shares.net ?? container.id;
  const hasNetwork = started && container.network === 'bridge';
  return {
    Id: container.id,
    Created: timestamp(container.created),
    Path: container.command[0] ?? '',
    Args: container.command.slice(1),
    State: stateOf(container, profile),
    Image: container.image === '' ? '' : imageIdFor(container.image),
    ImageDigest: container.image === '' ? '' : `sha256:${imageIdFor(container.image)}`,
    ImageName: container.image,
    Rootfs: container.isInfra && since5 ? `${run}/infra-container` : '',
    Pod: container.podId ?? '',
    ResolvConfPath: hasNetwork ? `${run}/overlay-containers/${networkOwner}/userdata/resolv.conf` : '',
    HostnamePath: started ? `${runDir}/hostname` : '',
    HostsPath: hasNetwork ? `${run}/overlay-containers/${networkOwner}/userdata/hosts` : '',
    StaticDir: staticDir,
    ...(started ? { OCIConfigPath: `${staticDir}/config.json` } : {}),
    OCIRuntime: 'crun',
    ConmonPidFile: `${runDir}/conmon.pid`,
    PidFile: `${runDir}/pidfile`,
    Name: container.name,
    RestartCount: container.restartCount,
    Driver: 'overlay',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    EffectiveCaps: caps,
    BoundingCaps: caps,
    ExecIDs: [],
    GraphDriver: graphDriver(container, since5),
    Mounts: container.mounts.map((mount) => ({
      Type: 'volume',
      Name: mount.volume,
      Source: `${storage}/volumes/${mount.volume}/_data`,
      Destination: mount.destination,
      Driver: 'local',
      Mode: '',
      Options: ['nosuid', 'nodev', 'rbind'],
      RW: true,
      Propagation: 'rprivate',
    })),
    Dependencies: dependencyIds(container),
    NetworkSettings: networkSettings(container, store, profile),
    Namespace: '',
    IsInfra: container.isInfra,
    IsService: container.isService,
    ...(since5 ? { KubeExitCodePropagation: 'invalid', lockNumber: parseInt(container.id.slice(0, 3), 16) } : {}),
    Config: config(container, store, profile, apiMajor),
    HostConfig: hostConfig(container, store, profile),
    ...(since5 ? { UseImageHosts: false, UseImageHostname: false } : {}),
  };
}

function stateOf(container: Container, profile: Profile): Record<string, unknown> {
  const cgroup = container.podId ? `/libpod_parent/${container.podId}` : '/libpod_parent';
  return {
    OciVersion: profile.ociVersion,
    Status: container.state,
    Running: container.state === 'running',
    Paused: container.state === 'paused',
    Restarting: false,
    OOMKilled: false,
    Dead: false,
    Pid: container.pid,
    ...(isActive(container) ? { ConmonPid: container.pid - 1 } : {}),
    ExitCode: container.exitCode,
    Error: '',
    StartedAt: timestamp(container.startedAt),
    FinishedAt: timestamp(container.finishedAt),
    ...healthOf(container, profile),
    ...(isActive(container) ? { CgroupPath: `${cgroup}/libpod-${container.id}` } : {}),
    CheckpointedAt: timestamp(undefined),
    RestoredAt: timestamp(undefined),
  };
}

function config(container: Container, store: ObjectStore, profile: Profile, apiMajor: number): Record<string, unknown> {
  const pod = store.podOf(container);
  const since5 = profile.name !== '4.3';
  const hostname = pod?.name ?? shortId(container.id);
  const usesV5Format = since5 && apiMajor >= 5;
  const entrypoint = container.isInfra ? container.command : [];
  return {
    Hostname: hostname,
    Domainname: '',
    User: '',
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Env: [
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'container=podman',
      `HOSTNAME=${hostname}`,
    ],
    Cmd: container.isInfra ? null : container.command,
    Image: container.image,
    Volumes: null,
    WorkingDir: '/',
    Entrypoint: usesV5Format ? (entrypoint.length === 0 ? null : entrypoint) : entrypoint.join(' '),
    OnBuild: null,
    Labels: labelsOrNull(container.labels),
    Annotations: annotationsOf(container, store, profile),
    StopSignal: usesV5Format ? signalName(container.stopSignal) : container.stopSignal,
    ...(container.healthCheck ? { Healthcheck: healthCheckConfig(container.healthCheck) } : {}),
    HealthcheckOnFailureAction: 'none',
    ...(since5 ? { HealthLogDestination: 'local', HealthcheckMaxLogCount: 5, HealthcheckMaxLogSize: 500 } : {}),
    Umask: container.isInfra ? '0000' : '0022',
    Timeout: 0,
    StopTimeout: container.stopTimeout,
    Passwd: true,
  };
}

function healthCheckConfig(check: HealthCheckSpec): Record<string, unknown> {
  const nanoseconds = (ms: number) => ms * 1e6;
  return {
    Test: check.test,
    StartPeriod: nanoseconds(check.startPeriod),
    Interval: nanoseconds(check.interval),
    Timeout: nanoseconds(check.timeout),
    Retries: check.retries,
  };
}

/** 4.3 has the field without a check too. */
function healthOf({ health }: Container, profile: Profile): Record<string, unknown> {
  if (!health) return profile.name === '4.3' ? { Health: { Status: '', FailingStreak: 0, Log: null } } : {};
  return { Health: healthJson(health) };
}

/** Also the response to `GET /libpod/containers/{id}/healthcheck`. */
export function healthJson({ status, failingStreak, log }: HealthState): Record<string, unknown> {
  const entries = log.map(({ at, exitCode, output }) => ({
    Start: timestamp(at),
    End: timestamp(at),
    ExitCode: exitCode,
    Output: output,
  }));
  return { Status: status, FailingStreak: failingStreak, Log: entries.length > 0 ? entries : null };
}

function graphDriver(container: Container, since5: boolean): Record<string, unknown> {
  const layer = `${storage}/overlay/${container.id}`;
  const writable = { UpperDir: `${layer}/diff`, WorkDir: `${layer}/work` };
  const isRootfs = container.isInfra && since5;
  return {
    Name: 'overlay',
    Data: isRootfs
      ? writable
      : {
          LowerDir: `${storage}/overlay/${imageIdFor(container.image)}/diff`,
          MergedDir: `${layer}/merged`,
          ...writable,
        },
  };
}
