import type { Address } from '../address';
import type { DefaultFor } from './connection';
import type { HostEnvironment } from './discover';

/** A place where an engine listens unless told otherwise. */
export interface DefaultEndpoint {
  readonly id: string;
  readonly label: string;
  readonly engineType: DefaultFor;
  readonly address: Extract<Address, { path: string; kind: 'unix' | 'npipe' }>;
}

/** The machine that `podman machine init` makes when it is given no name. */
const DEFAULT_MACHINE = 'podman-machine-default';

/** The places of this platform, Podman's first. Several may be one: links to the same socket. */
export function defaultEndpoints(around: HostEnvironment): readonly DefaultEndpoint[] {
  if (around.platform === 'win32') return windows(around);
  return around.platform === 'darwin' ? [...macMachines(around), ...macDocker(around)] : linux(around);
}

/** A machine `work` listens at the pipe `podman-work`; one whose name begins with `podman` at a pipe of that very name. */
function windows(around: HostEnvironment): readonly DefaultEndpoint[] {
  const machines = around.pipes().filter((name) => name.startsWith('podman') && name !== DEFAULT_MACHINE);
  const pipe = (name: string) => ({ kind: 'npipe', path: `//./pipe/${name}` }) as const;
  return [
    ...[DEFAULT_MACHINE, ...[...machines].sort()].map((name) => machine(name, pipe(name))),
    { id: 'docker', label: 'docker', engineType: 'docker', address: pipe('docker_engine') },
    { id: 'docker-desktop', label: 'docker desktop', engineType: 'docker', address: pipe('dockerDesktopLinuxEngine') },
  ];
}

function linux(around: HostEnvironment): readonly DefaultEndpoint[] {
  // The variable may name another folder (WSLg, snap) than the one in which systemd's sockets are.
  const given = [around.env['XDG_RUNTIME_DIR'] ?? '', around.uid ? `/run/user/${around.uid}` : ''];
  const runtimes = [...new Set(given.map((dir) => dir.replace(/\/+$/, '')).filter(Boolean))];
  const own = (id: string, label: string, path: string) =>
    runtimes.map((runtime) => socket(id, label, `${runtime}/${path}`));
  const isRoot = around.uid === 0;
  return [
    ...own(isRoot ? 'podman-user' : 'podman', isRoot ? 'podman (user)' : 'podman', 'podman/podman.sock'),
    socket(isRoot ? 'podman' : 'podman-root', isRoot ? 'podman' : 'podman (root)', '/run/podman/podman.sock'),
    ...runtimes.flatMap((runtime) => machinesIn(`${runtime}/podman`, around)),
    ...wslMachines(around),
    ...own('docker-rootless', 'docker (rootless)', 'docker.sock'),
    socket('docker', 'docker', '/var/run/docker.sock'),
    socket('docker', 'docker', '/run/docker.sock'),
  ];
}

/** Podman machines of Windows, which all WSL distributions share: `/mnt/wsl/podman-sockets/NAME/podman-{user,root}.sock`. */
function wslMachines(around: HostEnvironment): readonly DefaultEndpoint[] {
  const dir = '/mnt/wsl/podman-sockets';
  return around.readdir(dir).flatMap((name) =>
    ['user', 'root'].map((who) => {
      const { id, label, engineType, address } = machine(name, {
        kind: 'unix',
        path: `${dir}/${name}/podman-${who}.sock`,
      });
      return who === 'user'
        ? { id, label, engineType, address }
        : { id: `${id}-root`, label: `${label} (root)`, engineType, address };
    }),
  );
}

/** Podman 5 keeps the sockets of machines under TMPDIR, Podman 4 under the data folder; `machine/podman.sock` is 4's link to one. */
function macMachines(around: HostEnvironment): readonly DefaultEndpoint[] {
  const { env, home } = around;
  const data = `${home}/.local/share/containers/podman/machine`;
  const temporary = (env['TMPDIR'] || '/tmp').replace(/\/$/, '');
  const older = around.readdir(data).filter((name) => name !== DEFAULT_MACHINE && name !== 'qemu');
  return [
    ...machinesIn(`${temporary}/podman`, around),
    ...[`${data}/podman.sock`, `${data}/${DEFAULT_MACHINE}/podman.sock`, `${data}/qemu/podman.sock`].map((path) =>
      machine(DEFAULT_MACHINE, { kind: 'unix', path }),
    ),
    ...older.map((name) => machine(name, { kind: 'unix', path: `${data}/${name}/podman.sock` })),
  ];
}

/** `NAME-api.sock`, the default machine's first. */
function machinesIn(dir: string, around: HostEnvironment): readonly DefaultEndpoint[] {
  const ending = '-api.sock';
  const names = around.readdir(dir).flatMap((file) => (file.endsWith(ending) ? [file.slice(0, -ending.length)] : []));
  const sorted = names.sort(
    (a, b) => Number(b === DEFAULT_MACHINE) - Number(a === DEFAULT_MACHINE) || (a < b ? -1 : 1),
  );
  return sorted.map((name) => machine(name, { kind: 'unix', path: `${dir}/${name}${ending}` }));
}

function macDocker({ home }: HostEnvironment): readonly DefaultEndpoint[] {
  return [`${home}/.docker/run/docker.sock`, '/var/run/docker.sock'].map((path) => socket('docker', 'docker', path));
}

function machine(name: string, address: DefaultEndpoint['address']): DefaultEndpoint {
  if (name === DEFAULT_MACHINE) return { id: 'podman-machine', label: 'podman machine', engineType: 'podman', address };
  const short = name.replace(/^podman-(machine-)?/, '') || name;
  const slug = short
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return { id: `podman-machine-${slug}`, label: `podman machine ${short}`, engineType: 'podman', address };
}

function socket(id: string, label: string, path: string): DefaultEndpoint {
  return { id, label, engineType: id.startsWith('docker') ? 'docker' : 'podman', address: { kind: 'unix', path } };
}
