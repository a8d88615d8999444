/** The lines of engines that the project is held against. */
export const ENGINE_LINES = ['podman-4.3', 'podman-5', 'podman-6', 'docker', 'demo'] as const;
export type EngineLine = (typeof ENGINE_LINES)[number];
/** A line that is a program of somebody else. */
export type RealLine = Exclude<EngineLine, 'demo'>;

/** How a real engine of a line is had from Debian's archive. */
export interface Recipe {
  readonly flavour: 'podman' | 'docker';
  /** What its version must begin with to count as this line. */
  readonly version: RegExp;
  /** Debian suites that carry it, the one to try first in front. */
  readonly suites: readonly Suite[];
  readonly packages: readonly string[];
  /**
   * The control groups it is given where the machine's are hybrid, which crun refuses: 4.3 and dockerd run on version 1;
   * Podman 6 knows version 2 only.
   */
  readonly cgroups: 'v1' | 'v2';
}

export type Suite = 'bookworm' | 'trixie' | 'sid' | 'experimental';

const PODMAN_PACKAGES = ['podman', 'crun', 'conmon', 'netavark', 'aardvark-dns', 'catatonit', 'iptables'] as const;

export const RECIPES: Readonly<Record<RealLine, Recipe>> = {
  'podman-4.3': {
    flavour: 'podman',
    version: /^4\.3\./,
    suites: ['bookworm'],
    packages: [...PODMAN_PACKAGES, 'busybox-static'],
    cgroups: 'v1',
  },
  'podman-5': {
    flavour: 'podman',
    version: /^5\./,
    suites: ['sid', 'trixie'],
    packages: [...PODMAN_PACKAGES, 'nftables', 'busybox-static'],
    cgroups: 'v2',
  },
  'podman-6': {
    flavour: 'podman',
    version: /^6\./,
    suites: ['experimental', 'sid'],
    packages: [...PODMAN_PACKAGES, 'nftables', 'busybox-static'],
    cgroups: 'v2',
  },
  docker: {
    flavour: 'docker',
    version: /^(2[6-9]|[3-9]\d)\./,
    suites: ['trixie', 'sid'],
    packages: ['docker.io', 'docker-cli', 'iptables', 'busybox-static'],
    cgroups: 'v1',
  },
};

/** Reads a line's name as a person types it. Throws with the names there are. */
export function engineLine(name: string | undefined): EngineLine {
  const line = ENGINE_LINES.find((known) => known === name);
  if (!line) throw new Error(`Unknown engine "${name ?? ''}". There are: ${ENGINE_LINES.join(', ')}.`);
  return line;
}
