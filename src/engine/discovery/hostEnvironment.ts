import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import type { WindowContainer } from '../../graph/model/protection';

/** The machine as discovery reads it; injected for tests. */
export interface HostEnvironment {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Undefined on Windows. */
  readonly uid: number | undefined;
  /** The path with all links resolved; undefined if it does not exist. */
  realpath(path: string): string | undefined;
  /** Names of the existing named pipes; called only on Windows. */
  pipes(): readonly string[];
  /** Names in a folder; empty if it does not exist. */
  readdir(path: string): readonly string[];
  /** The content of a regular file; undefined if it does not exist or is large. Throws if it cannot be read. */
  readFile(path: string): string | undefined;
}

/** Bytes. Configuration files are smaller, and a pipe, whose read would block, has no size. */
const MAX_BYTES = 1024 * 1024;

export function hostEnvironment(): HostEnvironment {
  return {
    platform: process.platform,
    env: process.env,
    home: homedir(),
    uid: process.getuid?.(),
    realpath: (path) => {
      try {
        return realpathSync(path);
      } catch {
        return undefined;
      }
    },
    pipes: () => readdirOrEmpty('\\\\.\\pipe\\'),
    readdir: readdirOrEmpty,
    readFile: (path) => {
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat?.isFile() && stat.size <= MAX_BYTES ? readFileSync(path, 'utf8') : undefined;
    },
  };
}

function readdirOrEmpty(dir: string): readonly string[] {
  try {
    return readdirSync(dir).sort();
  } catch {
    return [];
  }
}

/** Returns the content of a file; undefined if it cannot be read. */
type ReadFile = (path: string) => string | undefined;

/** A line of `/proc/self/mountinfo` (proc(5)). */
interface Mount {
  /** The path within the mounted file system. */
  readonly root: string;
  readonly target: string;
  readonly type: string;
}

/** Full ids of containers or pods: `…/containers/<id>/hostname`, `…/libpod-<id>.scope`, `id="<id>"`. */
const fullIds = /(?<![0-9a-zA-Z])[0-9a-f]{64}(?![0-9a-zA-Z])/g;

/** A container's folder: Docker's `containers/<id>/`, Podman's `overlay-containers/<id>/userdata/`. */
const engineFolder = /\/(?:[\w.-]+-)?containers\/[0-9a-f]{64}\//;

/** Files that both engines mount into each container; with a shared network, those of the network's owner. */
const engineFiles: ReadonlySet<string> = new Set(['/etc/hostname', '/etc/hosts', '/etc/resolv.conf']);

/** Docker's default host name of a container: the first 12 digits of its id. */
const idAsHostName = /^[0-9a-f]{12}$/;

/**
 * Whether this process runs in a container. Docker and Podman create a marker file (not Podman 4.3 with a read-only
 * root), and both mount files.
 */
export function isInContainer(read: ReadFile): boolean {
  if (read('/.dockerenv') !== undefined || read('/run/.containerenv') !== undefined) return true;
  return mountsOf(read).some(({ root, target }) => engineFiles.has(target) && engineFolder.test(root));
}

/**
 * The ids of the container of this process; undefined outside containers. No single source is reliable:
 *
 * - `/run/.containerenv` is Podman's and the container's own, by its content (privileged only) and its mount;
 * - the cgroup is the container's own on Docker, but empty in a cgroup namespace (the default with cgroup v2). Podman
 * 4.3 starts `exec` in the cgroup of the pid namespace's owner, next to the pod;
 * - with a shared network, the mounts are the network owner's (all three files on Docker, `hosts` and `resolv.conf` on
 * Podman), and so are the host name and, on Docker, `$HOSTNAME`.
 *
 * @param hostNames the host name and `$HOSTNAME`, which differ with a shared UTS namespace
 */
export function currentContainerId(
  read: ReadFile,
  ...hostNames: readonly (string | undefined)[]
): WindowContainer | undefined {
  if (!isInContainer(read)) return undefined;
  const mounts = mountsOf(read);
  const fromMarker = idsIn(/^id=.*$/m.exec(read('/run/.containerenv') ?? '')?.[0] ?? '');
  const fromMarkerMount = mounts
    .filter(({ target }) => target === '/run/.containerenv')
    .flatMap(({ root }) => idsIn(root));
  const cgroupIds = [
    ...(read('/proc/self/cgroup') ?? '').split('\n').map(idsIn),
    ...mounts.filter(({ type }) => type.startsWith('cgroup')).map(({ root }) => idsIn(root)),
  ];
  // In nested containers, the innermost id is ours.
  const fromCgroup = cgroupIds.flatMap((ids) => ids.slice(-1));
  const own = unique([fromMarker, fromMarkerMount, fromCgroup].find((ids) => ids.length > 0) ?? []);
  const fromEngineMounts = mounts.filter(({ root }) => engineFolder.test(root)).flatMap(({ root }) => idsIn(root));
  const fromHostNames = hostNames.filter((name) => name !== undefined && idAsHostName.test(name)) as string[];
  const related = unique([
    ...fromMarker,
    ...fromMarkerMount,
    ...cgroupIds.flat(),
    ...fromEngineMounts,
    ...fromHostNames,
  ]);
  return { own, related: related.filter((id) => !own.some((one) => one.startsWith(id))) };
}

function mountsOf(read: ReadFile): readonly Mount[] {
  return (read('/proc/self/mountinfo') ?? '').split('\n').flatMap((line) => {
    const [fields = '', source = ''] = line.split(' - ');
    const [, , , root, target] = fields.split(' ');
    return root && target ? [{ root, target, type: source.split(' ')[0] ?? '' }] : [];
  });
}

function idsIn(text: string): string[] {
  return text.match(fullIds) ?? [];
}

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}

export const readLocalFile: ReadFile = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};
