import os from 'node:os';
import type { Profile } from '../profile';
import type { World } from '../world';

/** The answer to `GET /version` and `GET /v…/libpod/version`. */
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

/** The part of `GET /libpod/info` that clients ask for. */
export function engineInfo(profile: Profile, world: World): Record<string, unknown> {
  const count = (...states: string[]): number =>
    [...world.containers.values()].filter((container) => states.includes(container.state)).length;
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
      graphRoot: `${world.root}/storage`,
      runRoot: `${world.root}/run`,
      containerStore: {
        number: world.containers.size,
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
