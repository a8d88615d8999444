import type { Address } from '../address';
import type { Surroundings } from './discover';

/** A place where an engine listens unless told otherwise. */
export interface WellKnown {
  readonly id: string;
  readonly label: string;
  readonly address: Address;
}

/** The places of this platform, Podman's first. Several may be one: links to the same socket. */
export function wellKnownPlaces(around: Surroundings): readonly WellKnown[] {
  if (around.platform === 'win32') {
    return [
      { id: 'podman-machine', label: 'podman machine', address: pipe('podman-machine-default') },
      { id: 'docker', label: 'docker', address: pipe('docker_engine') },
    ];
  }
  return around.platform === 'darwin' ? [...macMachine(around), ...macDocker(around)] : linux(around);
}

function linux(around: Surroundings): readonly WellKnown[] {
  const runtime = around.env['XDG_RUNTIME_DIR'] || (around.uid ? `/run/user/${around.uid}` : '');
  const own = (id: string, label: string, path: string) => (runtime ? [socket(id, label, `${runtime}/${path}`)] : []);
  const isRoot = around.uid === 0;
  return [
    ...own(isRoot ? 'podman-user' : 'podman', isRoot ? 'podman (user)' : 'podman', 'podman/podman.sock'),
    socket(isRoot ? 'podman' : 'podman-root', isRoot ? 'podman' : 'podman (root)', '/run/podman/podman.sock'),
    ...own('docker-rootless', 'docker (rootless)', 'docker.sock'),
    socket('docker', 'docker', '/var/run/docker.sock'),
    socket('docker', 'docker', '/run/docker.sock'),
  ];
}

/** Podman 5 keeps the machine's socket under TMPDIR, Podman 4 under the data folder; `machine/podman.sock` is 4's link to it. */
function macMachine({ env, home }: Surroundings): readonly WellKnown[] {
  const data = `${home}/.local/share/containers/podman/machine`;
  const temporary = (env['TMPDIR'] || '/tmp').replace(/\/$/, '');
  return [
    `${temporary}/podman/podman-machine-default-api.sock`,
    `${data}/podman.sock`,
    `${data}/podman-machine-default/podman.sock`,
    `${data}/qemu/podman.sock`,
  ].map((path) => socket('podman-machine', 'podman machine', path));
}

function macDocker({ home }: Surroundings): readonly WellKnown[] {
  return [`${home}/.docker/run/docker.sock`, '/var/run/docker.sock'].map((path) => socket('docker', 'docker', path));
}

function socket(id: string, label: string, path: string): WellKnown {
  return { id, label, address: { kind: 'unix', path } };
}

function pipe(name: string): Address {
  return { kind: 'npipe', path: `//./pipe/${name}` };
}
