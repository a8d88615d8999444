/** The lines of engines that the project is tested against. */
export const ENGINE_VERSIONS = [
  'podman-4.3',
  'podman-4.3-rootless',
  'podman-5',
  'podman-5-rootless',
  'podman-5-systemd',
  'podman-6',
  'docker',
  'docker-28',
  'docker-28-rootless',
  'demo',
] as const;
export type EngineVersion = (typeof ENGINE_VERSIONS)[number];
/** A line whose engine is a program of another project. */
export type RealVersion = Exclude<EngineVersion, 'demo'>;

/** A line without its mode: what decides how an engine answers. */
export type EngineFamily = 'podman-4.3' | 'podman-5' | 'podman-6' | 'docker' | 'demo';

/**
 * How an engine is run: by root; by an ordinary user; or by root under a systemd of its own, with health checks by timers,
 * Quadlet units and control groups by systemd.
 */
export type EngineMode = 'rootful' | 'rootless' | 'systemd';

/** How a real engine of a line is obtained from Debian's archive. */
export interface RootfsRecipe {
  readonly flavour: 'podman' | 'docker';
  readonly mode: EngineMode;
  /** What its version must match to count as this line. */
  readonly version: RegExp;
  /** What the version of an ordinary user's own engine must match, where more than `version` will do. */
  readonly ownVersion?: RegExp;
  /** Debian suites that carry it, the one to try first in front. */
  readonly suites: readonly Suite[];
  readonly packages: readonly string[];
  /**
   * The control groups it is given where the machine's are hybrid, which crun refuses: 4.3 and dockerd run on version 1;
   * Podman 6 supports version 2 only, and so does everything rootless that can be paused.
   */
  readonly cgroups: 'v1' | 'v2';
}

export type Suite = 'bookworm' | 'trixie' | 'sid' | 'experimental';

const PODMAN_PACKAGES = ['podman', 'crun', 'conmon', 'netavark', 'aardvark-dns', 'catatonit', 'iptables'] as const;
const ROOTLESS_PACKAGES = ['uidmap', 'slirp4netns', 'passt'] as const;
const SYSTEMD_PACKAGES = ['systemd-sysv', 'dbus', 'dbus-user-session', 'libpam-systemd', 'iproute2'] as const;

const PODMAN_4: RootfsRecipe = {
  flavour: 'podman',
  mode: 'rootful',
  version: /^4\.3\./,
  suites: ['bookworm'],
  packages: [...PODMAN_PACKAGES, 'busybox-static'],
  cgroups: 'v1',
};

const PODMAN_5: RootfsRecipe = {
  flavour: 'podman',
  mode: 'rootful',
  version: /^5\./,
  suites: ['sid', 'trixie'],
  packages: [...PODMAN_PACKAGES, 'nftables', 'busybox-static'],
  cgroups: 'v2',
};

const DOCKER: RootfsRecipe = {
  flavour: 'docker',
  mode: 'rootful',
  version: /^2[67]\./,
  suites: ['trixie'],
  packages: ['docker.io', 'docker-cli', 'iptables', 'busybox-static'],
  cgroups: 'v1',
};

const DOCKER_28: RootfsRecipe = { ...DOCKER, version: /^(2[89]|[3-9]\d)\./, suites: ['sid'] };

export const RECIPES: Readonly<Record<RealVersion, RootfsRecipe>> = {
  'podman-4.3': PODMAN_4,
  'podman-4.3-rootless': {
    ...PODMAN_4,
    mode: 'rootless',
    ownVersion: /^4\./,
    packages: [...PODMAN_4.packages, ...ROOTLESS_PACKAGES],
    cgroups: 'v2',
  },
  'podman-5': PODMAN_5,
  'podman-5-rootless': {
    ...PODMAN_5,
    mode: 'rootless',
    ownVersion: /^([5-9]|\d\d)\./,
    packages: [...PODMAN_5.packages, ...ROOTLESS_PACKAGES],
  },
  'podman-5-systemd': {
    ...PODMAN_5,
    mode: 'systemd',
    packages: [...PODMAN_5.packages, ...ROOTLESS_PACKAGES, ...SYSTEMD_PACKAGES],
  },
  'podman-6': { ...PODMAN_5, version: /^6\./, suites: ['experimental', 'sid'] },
  docker: DOCKER,
  'docker-28': DOCKER_28,
  'docker-28-rootless': {
    ...DOCKER_28,
    mode: 'rootless',
    packages: [...DOCKER_28.packages, 'rootlesskit', 'uidmap', 'slirp4netns', 'iproute2'],
    cgroups: 'v2',
  },
};

/** The line whose answers a line's engine gives: `podman-5-rootless` answers like `podman-5`. */
export function familyOf(line: EngineVersion): EngineFamily {
  if (line.startsWith('docker')) return 'docker';
  return line.replace(/-(rootless|systemd)$/, '') as EngineFamily;
}

/** Reads a line's name as typed by a user. Throws an error that lists the names. */
export function engineLine(name: string | undefined): EngineVersion {
  const line = ENGINE_VERSIONS.find((known) => known === name);
  if (!line) throw new Error(`Unknown engine "${name ?? ''}". There are: ${ENGINE_VERSIONS.join(', ')}.`);
  return line;
}
