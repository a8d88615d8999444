import type { Address } from '../address';
import type { DefaultFor } from './connection';
import type { HostEnvironment } from './hostEnvironment';

/** An endpoint where an engine listens by default. */
export interface DefaultEndpoint {
  readonly id: string;
  readonly label: string;
  readonly engineType: DefaultFor;
  readonly address: Extract<Address, { path: string; kind: 'unix' | 'npipe' }>;
}

/** The default name of `podman machine init`. */
const DEFAULT_MACHINE = 'podman-machine-default';

/** The default endpoints of this platform, Podman's first. Several may be links to the same socket. */
export function defaultEndpoints(host: HostEnvironment): readonly DefaultEndpoint[] {
  if (host.platform === 'win32') return windows(host);
  return host.platform === 'darwin' ? [...macMachines(host), ...macDocker(host)] : linux(host);
}

/** The machine `work` listens at the pipe `podman-work`; a machine `podman…` at a pipe of its own name. */
function windows(host: HostEnvironment): readonly DefaultEndpoint[] {
  const machines = host.pipes().filter((name) => name.startsWith('podman') && name !== DEFAULT_MACHINE);
  const pipe = (name: string) => ({ kind: 'npipe', path: `//./pipe/${name}` }) as const;
  return [
    ...[DEFAULT_MACHINE, ...[...machines].sort()].map((name) => machine(name, pipe(name))),
    { id: 'docker', label: 'docker', engineType: 'docker', address: pipe('docker_engine') },
    { id: 'docker-desktop', label: 'docker desktop', engineType: 'docker', address: pipe('dockerDesktopLinuxEngine') },
  ];
}

function linux(host: HostEnvironment): readonly DefaultEndpoint[] {
  // `XDG_RUNTIME_DIR` may differ from the folder of systemd's sockets (WSLg, snap).
  const candidates = [host.env['XDG_RUNTIME_DIR'] ?? '', host.uid ? `/run/user/${host.uid}` : ''];
  const runtimes = [...new Set(candidates.map((dir) => dir.replace(/\/+$/, '')).filter(Boolean))];
  const perRuntime = (id: string, label: string, path: string) =>
    runtimes.map((runtime) => socket(id, label, `${runtime}/${path}`));
  const isRoot = host.uid === 0;
  return [
    ...perRuntime(isRoot ? 'podman-user' : 'podman', isRoot ? 'podman (user)' : 'podman', 'podman/podman.sock'),
    socket(isRoot ? 'podman' : 'podman-root', isRoot ? 'podman' : 'podman (root)', '/run/podman/podman.sock'),
    ...runtimes.flatMap((runtime) => machinesIn(`${runtime}/podman`, host)),
    ...wslMachines(host),
    ...perRuntime('docker-rootless', 'docker (rootless)', 'docker.sock'),
    socket('docker', 'docker', '/var/run/docker.sock'),
    socket('docker', 'docker', '/run/docker.sock'),
  ];
}

/**
 * Podman machines of Windows, shared by all WSL distributions: `/mnt/wsl/podman-sockets/NAME/podman-{user,root}.sock`.
 */
function wslMachines(host: HostEnvironment): readonly DefaultEndpoint[] {
  const dir = '/mnt/wsl/podman-sockets';
  return host.readdir(dir).flatMap((name) =>
    ['user', 'root'].map((mode) => {
      const { id, label, engineType, address } = machine(name, {
        kind: 'unix',
        path: `${dir}/${name}/podman-${mode}.sock`,
      });
      return mode === 'user'
        ? { id, label, engineType, address }
        : { id: `${id}-root`, label: `${label} (root)`, engineType, address };
    }),
  );
}

/**
 * Machine sockets: below TMPDIR in Podman 5, below the data folder in Podman 4, with the link `machine/podman.sock`.
 */
function macMachines(host: HostEnvironment): readonly DefaultEndpoint[] {
  const { env, home } = host;
  const dataFolder = `${home}/.local/share/containers/podman/machine`;
  const temporaryFolder = (env['TMPDIR'] || '/tmp').replace(/\/$/, '');
  const legacyMachines = host.readdir(dataFolder).filter((name) => name !== DEFAULT_MACHINE && name !== 'qemu');
  return [
    ...machinesIn(`${temporaryFolder}/podman`, host),
    ...[
      `${dataFolder}/podman.sock`,
      `${dataFolder}/${DEFAULT_MACHINE}/podman.sock`,
      `${dataFolder}/qemu/podman.sock`,
    ].map((path) => machine(DEFAULT_MACHINE, { kind: 'unix', path })),
    ...legacyMachines.map((name) => machine(name, { kind: 'unix', path: `${dataFolder}/${name}/podman.sock` })),
  ];
}

/** `NAME-api.sock`, the default machine first. */
function machinesIn(dir: string, host: HostEnvironment): readonly DefaultEndpoint[] {
  const suffix = '-api.sock';
  const names = host.readdir(dir).flatMap((file) => (file.endsWith(suffix) ? [file.slice(0, -suffix.length)] : []));
  const sorted = names.sort(
    (a, b) => Number(b === DEFAULT_MACHINE) - Number(a === DEFAULT_MACHINE) || (a < b ? -1 : 1),
  );
  return sorted.map((name) => machine(name, { kind: 'unix', path: `${dir}/${name}${suffix}` }));
}

function macDocker({ home }: HostEnvironment): readonly DefaultEndpoint[] {
  return [`${home}/.docker/run/docker.sock`, '/var/run/docker.sock'].map((path) => socket('docker', 'docker', path));
}

function machine(name: string, address: DefaultEndpoint['address']): DefaultEndpoint {
  if (name === DEFAULT_MACHINE) return { id: 'podman-machine', label: 'podman machine', engineType: 'podman', address };
  const shortName = name.replace(/^podman-(machine-)?/, '') || name;
  const slug = shortName
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return { id: `podman-machine-${slug}`, label: `podman machine ${shortName}`, engineType: 'podman', address };
}

function socket(id: string, label: string, path: string): DefaultEndpoint {
  return { id, label, engineType: id.startsWith('docker') ? 'docker' : 'podman', address: { kind: 'unix', path } };
}
