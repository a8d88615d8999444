/** The lines of Podman that the demo engine can stand in for. */
export type ProfileName = '4.3' | '5' | '6';

/**
 * What differs between the lines of Podman as a client can see it. Each member was seen on the real engine of that line
 * (4.3.1, 5.8.6, 6.1.1), or is read in its source where the comment says so.
 */
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
  /** A reference counts as a name before it counts as an id (5.8.6, 6.1.1). */
  namesFirst: boolean;
  /** 4.3 echoes the input in each deletion report. */
  echoesRawInput: boolean;
  /** Who loses the race for one container: 4.3 tells the losers 404, later lines tell all of them 200. */
  losersOfARace: 'notFound' | 'succeed';
  /** Members of a pod are removed one after another before 5.5, in parallel since. */
  podMembersInParallel: boolean;
  /** 4.3 walks a pod's members outside the pool of removals; since 5.5 each starting member is a job of the pool. */
  podMembersTakeSlots: boolean;
  /** `RemovedCtrs` in the answer to a pod deletion, since 4.6. */
  reportsRemovedMembers: boolean;
  /**
   * 4.3 restarts a container that was signalled through the API if its policy says so, unless it was killed; later lines
   * count any signal as a stop by the user.
   */
  restartsSignalled: boolean;
  /** `depend=true` on a diamond lists the base as removed and leaves it running (5.4, 5.8, 6.1). */
  dependForgetsBase: boolean;
  /** The infra container has an image of its own (4.3) or a bare root file system (5 and later). */
  infraImage: string;
  defaultCgroupMode: string;
}

const later = {
  apiVersion: '1.44',
  buildahVersion: '1.43.2',
  distribution: 'debian-unknown',
  ociVersion: '1.2.1',
  conmonVersion: '2.1.13',
  runtimeVersion: '1.28',
  namesFirst: true,
  echoesRawInput: false,
  losersOfARace: 'succeed',
  podMembersInParallel: true,
  podMembersTakeSlots: true,
  reportsRemovedMembers: true,
  restartsSignalled: false,
  dependForgetsBase: true,
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
    losersOfARace: 'notFound',
    podMembersInParallel: false,
    podMembersTakeSlots: false,
    reportsRemovedMembers: false,
    restartsSignalled: true,
    dependForgetsBase: false,
    infraImage: 'localhost/podman-pause:4.3.1-0',
    defaultCgroupMode: 'host',
  },
  '5': { ...later, name: '5', version: '5.8.6', goVersion: 'go1.27.2' },
  '6': { ...later, name: '6', version: '6.1.1', goVersion: 'go1.27.1' },
};

/** True if `text` names a profile. */
export function isProfileName(text: string): text is ProfileName {
  return text in profiles;
}

/** The profile of that name. */
export function profileOf(name: ProfileName): Profile {
  return profiles[name];
}
