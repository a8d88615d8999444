import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import type { WindowContainer } from '../../graph/model/windowContainer';
import type { HostEnvironment } from './discover';

/** No configuration is that long; a pipe, whose reading never ends, has no size at all. */
const MOST_BYTES = 1024 * 1024;

/** This machine, as it is now. */
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
      return stat?.isFile() && stat.size <= MOST_BYTES ? readFileSync(path, 'utf8') : undefined;
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

/** Reads a file of this machine; undefined where there is none. */
type ReadFile = (path: string) => string | undefined;

/** What of `/proc/self/mountinfo` tells where a mount comes from (proc(5)). */
interface Mount {
  /** The folder or file within its file system that is mounted. */
  readonly root: string;
  readonly target: string;
  readonly type: string;
}

/** Every full id of a container or pod in a text: `…/containers/<id>/hostname`, `…/libpod-<id>.scope`, `id="<id>"`. */
const fullIds = /(?<![0-9a-zA-Z])[0-9a-f]{64}(?![0-9a-zA-Z])/g;

/** The engine's folder of one container: Docker's `containers/<id>/`, Podman's `overlay-containers/<id>/userdata/`. */
const engineFolder = /\/(?:[\w.-]+-)?containers\/[0-9a-f]{64}\//;

/** Files that both makes put into every container. Those of a borrowed network are its owner's. */
const engineFiles: ReadonlySet<string> = new Set(['/etc/hostname', '/etc/hosts', '/etc/resolv.conf']);

/** What Docker uses as the host name of a container where nobody chose another: the beginning of its id. */
const idAsHostName = /^[0-9a-f]{12}$/;

/**
 * Whether this program runs in a container at all: Docker and Podman leave a mark in each, but for Podman 4.3 where the root
 * is read-only, and both mount files of their own.
 */
export function isInContainer(read: ReadFile): boolean {
  if (read('/.dockerenv') !== undefined || read('/run/.containerenv') !== undefined) return true;
  return mountsOf(read).some(({ root, target }) => engineFiles.has(target) && engineFolder.test(root));
}

/**
 * What is known of the container that this program runs in; undefined when in none. No single source is right everywhere:
 *
 * - `/run/.containerenv` is Podman's and the container's own, its content (privileged only) as well as where it is mounted from;
 * - the cgroup is the container's own on Docker, but shows nothing in a cgroup namespace (the default with cgroup v2). Podman
 *   4.3 starts `exec` in the cgroup of the pid namespace's owner: there it names that one, beside the pod;
 * - mounts from the engine's folders are the network owner's where the network is borrowed (Docker all three files,
 *   Podman `hosts` and `resolv.conf`), and so are the host name and, on Docker, `$HOSTNAME`.
 *
 * @param hostNames the host name and `$HOSTNAME`, which differ where the UTS namespace is borrowed
 */
export function currentContainerId(
  read: ReadFile,
  ...hostNames: readonly (string | undefined)[]
): WindowContainer | undefined {
  if (!isInContainer(read)) return undefined;
  const mounts = mountsOf(read);
  const written = idsIn(/^id=.*$/m.exec(read('/run/.containerenv') ?? '')?.[0] ?? '');
  const marked = mounts.filter(({ target }) => target === '/run/.containerenv').flatMap(({ root }) => idsIn(root));
  const groups = [
    ...(read('/proc/self/cgroup') ?? '').split('\n').map(idsIn),
    ...mounts.filter(({ type }) => type.startsWith('cgroup')).map(({ root }) => idsIn(root)),
  ];
  // Of containers within containers, the innermost one is ours.
  const inCgroup = groups.flatMap((ids) => ids.slice(-1));
  const own = unique([written, marked, inCgroup].find((ids) => ids.length > 0) ?? []);
  const mounted = mounts.filter(({ root }) => engineFolder.test(root)).flatMap(({ root }) => idsIn(root));
  const named = hostNames.filter((name) => name !== undefined && idAsHostName.test(name)) as string[];
  const related = unique([...written, ...marked, ...groups.flat(), ...mounted, ...named]);
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

/** Reads this machine's own files. */
export const readLocalFile: ReadFile = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};
