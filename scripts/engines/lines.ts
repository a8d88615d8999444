/** Engines that the project is tested with. */
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
/** A real engine. */
export type RealVersion = Exclude<EngineVersion, 'demo'>;

/** An engine version without its mode; determines its responses. */
export type EngineFamily = 'podman-4.3' | 'podman-5' | 'podman-6' | 'docker' | 'demo';

/**
 * `systemd` is rootful under its own systemd: health checks by timers, Quadlet units, control groups by systemd.
 */
export type EngineMode = 'rootful' | 'rootless' | 'systemd';

/** How a real engine is obtained from Debian's archive. */
export interface RootfsRecipe {
  readonly flavour: 'podman' | 'docker';
  readonly mode: EngineMode;
  /** Accepted versions. */
  readonly version: RegExp;
  /** Accepted versions of an ordinary user's own engine, if other than `version`. */
  readonly ownVersion?: RegExp;
  /** Debian suites with this version, in order of preference. */
  readonly suites: readonly Suite[];
  readonly packages: readonly string[];
  /**
   * Control groups on machines with hybrid ones, which crun rejects. Podman 4.3 and dockerd run on v1; Podman 6 and pausing
   * in rootless engines need v2.
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

/** The version without its mode: `podman-5-rootless` responds like `podman-5`. */
export function familyOf(line: EngineVersion): EngineFamily {
  if (line.startsWith('docker')) return 'docker';
  return line.replace(/-(rootless|systemd)$/, '') as EngineFamily;
}

/** Parses an engine name from the command line. Throws an error that lists the names. */
export function engineLine(name: string | undefined): EngineVersion {
  const line = ENGINE_VERSIONS.find((known) => known === name);
  if (!line) throw new Error(`Unknown engine "${name ?? ''}". Available: ${ENGINE_VERSIONS.join(', ')}.`);
  return line;
}
