/** The Podman versions that the demo engine can emulate. */
export type ProfileName = '4.3' | '5' | '6';

/** Differences between Podman versions that clients can observe, measured on 4.3.1, 5.8.6 and 6.1.1. */
export interface Profile {
  name: ProfileName;
  version: string;
  /** Version of the Docker-compatible API, sent in the `Api-Version` header. */
  apiVersion: string;
  buildahVersion: string;
  goVersion: string;
  distribution: string;
  ociVersion: string;
  conmonVersion: string;
  runtimeVersion: string;
  /** Names take precedence over ids (5.8.6, 6.1.1). */
  namesFirst: boolean;
  /** Deletion reports include the input (4.3). */
  echoesRawInput: boolean;
  /** Concurrent removals of one container: 4.3 returns 404 to the losers, later versions 200. */
  raceLoserResponse: 'notFound' | 'succeed';
  /** Pod members are removed serially before 5.5, in parallel and in the removal pool since. */
  podMembersInParallel: boolean;
  /** `RemovedCtrs` in the response to a pod deletion, since 4.6. */
  reportsRemovedMembers: boolean;
  /** 4.3 applies the restart policy after a signal other than SIGKILL; later versions count any signal as a stop by the user. */
  restartsSignalled: boolean;
  /** `depend=true` on a diamond reports the base as removed but leaves it running (5.4, 5.8, 6.1). */
  dependSkipsBase: boolean;
  /** The infra container's image (4.3), or empty for a bare root file system (5 and later). */
  infraImage: string;
  defaultCgroupMode: string;
}

const modern = {
  apiVersion: '1.44',
  buildahVersion: '1.43.2',
  distribution: 'debian-unknown',
  ociVersion: '1.2.1',
  conmonVersion: '2.1.13',
  runtimeVersion: '1.28',
  namesFirst: true,
  echoesRawInput: false,
  raceLoserResponse: 'succeed',
  podMembersInParallel: true,
  reportsRemovedMembers: true,
  restartsSignalled: false,
  dependSkipsBase: true,
  infraImage: '',
  defaultCgroupMode: 'private',
} as const;

const profiles: Record<ProfileName, Profile> = {
  '4.3': {
    name: '4.3',
    version: '4.3.1',
    apiVersion: '1.41',
    buildahVersion: '1.28.2',
    goVersion: 'go1.19.8',
    distribution: 'debian-12',
    ociVersion: '1.0.2-dev',
    conmonVersion: '2.1.6',
    runtimeVersion: '1.8.1',
    namesFirst: false,
    echoesRawInput: true,
    raceLoserResponse: 'notFound',
    podMembersInParallel: false,
    reportsRemovedMembers: false,
    restartsSignalled: true,
    dependSkipsBase: false,
    infraImage: 'localhost/podman-pause:4.3.1-0',
    defaultCgroupMode: 'host',
  },
  '5': { ...modern, name: '5', version: '5.8.6', goVersion: 'go1.27.2' },
  '6': { ...modern, name: '6', version: '6.1.1', goVersion: 'go1.27.1' },
};

export function isProfileName(text: string): text is ProfileName {
  return text in profiles;
}

export function profileOf(name: ProfileName): Profile {
  return profiles[name];
}
