import type { EngineMode, RootfsRecipe } from './lines';

/** Paths inside the engine's namespaces: the run folder, the user's XDG_RUNTIME_DIR, the socket folder. */
export const INSIDE = '/mnt/lab';
export const INSIDE_RUNTIME = '/run/podgraph/xdg';
export const INSIDE_SOCKETS = '/run/podgraph/sockets';

/** Configuration of an isolated engine beyond its command line. */
export interface EngineConfiguration {
  readonly mode: EngineMode;
  /** Whether containers can have networks. */
  readonly networking: boolean;
  readonly runtime: 'crun' | 'runc';
  /** Podman's events backend, if not the default. */
  readonly events?: 'none' | undefined;
}

/**
 * Locks are files in the run folder: in /dev/shm all engines of a user would share one file, sized by the first. Limits
 * never exceed the caller's, because sandboxes lack CAP_SYS_RESOURCE. No session keyring per container: the kernel limits an
 * ordinary user to 200. Under systemd, events and logs go to journald.
 */
export function containersConf({ mode, networking, runtime, events }: EngineConfiguration): string {
  return `[containers]
pids_limit = 0
keyring = false
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
${networking ? '' : 'netns = "none"\n'}[network]
network_backend = "netavark"
network_config_dir = "${INSIDE}/networks"
[engine]
cgroup_manager = "${mode === 'systemd' ? 'systemd' : 'cgroupfs'}"
events_logger = "${events ?? (mode === 'systemd' ? 'journald' : 'file')}"
runtime = "${runtime}"
num_locks = 16384
lock_type = "file"
`;
}

/** Podman's volatile folders; an ordinary user's are in XDG_RUNTIME_DIR. */
function runFolders(mode: EngineMode): readonly [run: string, tmp: string] {
  if (mode === 'systemd') return ['/run/containers/storage', '/run/libpod'];
  const own = mode === 'rootless' ? `${INSIDE_RUNTIME}/containers` : '/run/podgraph/run';
  return [own, mode === 'rootless' ? `${INSIDE_RUNTIME}/libpod/tmp` : '/run/podgraph/tmp'];
}

export function storageConf({ mode }: EngineConfiguration): string {
  const graph = mode === 'systemd' ? '/var/lib/containers/storage' : `${INSIDE}/storage`;
  const [run] = runFolders(mode);
  return `[storage]\ndriver = "overlay"\ngraphroot = "${graph}"\nrunroot = "${run}"\n`;
}

interface CommandLines {
  /** The engine's local command line; arguments follow. */
  readonly cli: readonly string[];
  /** The same as a client of the service. */
  readonly remote: readonly string[];
  readonly service: readonly string[];
}

function dockerLines(address: string, mode: EngineMode): CommandLines {
  const program = mode === 'rootless' ? '/usr/share/docker.io/contrib/dockerd-rootless.sh' : 'dockerd';
  return {
    cli: ['docker', '-H', address],
    remote: ['docker', '-H', address],
    service: [
      ...[program, '-H', address, '--data-root', `${INSIDE}/storage`, '--exec-root', '/run/podgraph/exec'],
      ...['--pidfile', '/run/podgraph/docker.pid', '--exec-opt', 'native.cgroupdriver=cgroupfs'],
      ...['--default-ulimit', 'nofile=4096:4096', '--iptables=false', '--ip6tables=false', '--bridge=none'],
    ],
  };
}

/** Command lines of an engine with separate folders; run-time files are in the namespace's /run. */
export function commandLines(
  { flavour }: RootfsRecipe,
  configuration: EngineConfiguration,
  socketName: string,
): CommandLines {
  const { mode, runtime, events = 'file' } = configuration;
  const address = `unix://${INSIDE_SOCKETS}/${socketName}`;
  if (flavour === 'docker') return dockerLines(address, mode);
  const remote = ['podman', '--remote', '--url', address];
  if (mode === 'systemd') return { cli: ['podman'], remote, service: [] };
  const [run, tmp] = runFolders(mode);
  const podman = [
    ...['podman', '--root', `${INSIDE}/storage`, '--runroot', run, '--tmpdir', tmp],
    ...[
      '--storage-driver',
      'overlay',
      '--cgroup-manager',
      'cgroupfs',
      '--events-backend',
      events,
      '--runtime',
      runtime,
    ],
  ];
  return { cli: podman, remote, service: [...podman, '--log-level', 'warn', 'system', 'service', '--time=0', address] };
}
